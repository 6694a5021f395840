package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Every reader on any bytes: no exception, and no field that is not on the line. */
class ReaderFuzzProperties {
  private static final String[] GOOD = {
    "192.0.2.1 - ann [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" \"1.2.3.4\"",
    "www.example.com:80 192.0.2.1 - - [2015-05-17T10:05:03+00:00] \"GET / HTTP/1.1\" 200 5",
    "1431857103.5 key 3",
    "{\"ts\":1431857103.5,\"request\":{\"remote_ip\":\"192.0.2.1\",\"h\":[\"a\\u0041\\n\",{\"b\":null}]}}",
    "{\"log\":\"1 a\\n\",\"stream\":\"stdout\",\"time\":\"2015-05-17T10:05:03Z\"}",
    "2015-05-17T10:05:03.1Z stdout F 1 a",
    "time=2015-05-17T10:05:03Z msg=\"a \\\"b\\\"\" ip=192.0.2.1",
    "2015-05-17 10:05:03,192.0.2.1,\"a, \"\"b\"\"\"",
    "2015-05-17\t10:05:03\t192.0.2.1\t/a",
    "http 2015-05-17T10:05:03.0Z lb 192.0.2.1:1 10.0.0.1:80 0 0 0 200 200 1 1 \"GET http://a/ HTTP/1.1\" \"x\" - -",
    "2015-05-17T10:05:03.0Z lb 192.0.2.1:1 10.0.0.1:80 0 0 0 200 200 1 1 \"GET http://a/ HTTP/1.1\" \"x\" - -",
    "h haproxy[1]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in s/1 1/0/3 200 1 - - ---- 1/1 0/0 \"GET / HTTP/1.1\""
  };

  private static List<LineScanner> scanners() {
    byte[] header = Bytes.of("time,ip,note");
    Delimited w3c = Delimited.w3c();
    byte[] fields = Bytes.of("#Fields: date time c-ip cs-uri-stem");
    w3c.scan(fields, 0, fields.length, false, Sample.NOBODY);
    try {
      return List.of(
          new CommonLog(false, true),
          new CommonLog(true, true),
          new PlainLog(),
          new JsonLines(),
          new DockerLog(new JsonLines()),
          new KubernetesLog(new Logfmt()),
          new Logfmt(),
          Delimited.csv("CSV", ',', header, 0, header.length),
          w3c,
          LoadBalancerLog.application(),
          LoadBalancerLog.classic(),
          new HaproxyLog(),
          PatternLog.of("^(?<time>\\S+) (?<client>\\S+)"));
    } catch (UsageException e) {
      throw new AssertionError(e);
    }
  }

  private final List<LineScanner> scanners = scanners();

  private void scanAll(byte[] bytes, int from, int to, boolean cut) {
    Address address = new Address(2, 24, 64);
    TimeParser time = new TimeParser();
    for (LineScanner scanner : scanners) {
      List<Field> fields = new ArrayList<>();
      String problem = scanner.scan(
          bytes, from, to, cut, (name, nameFrom, nameTo, value, valueFrom, valueTo) -> {
            assertTrue(0 <= nameFrom && nameFrom <= nameTo && nameTo <= name.length);
            assertTrue(0 <= valueFrom && valueFrom <= valueTo && valueTo <= value.length);
            assertTrue(value != bytes || from <= valueFrom && valueTo <= to, scanner::kind);
            Field field = new Field();
            field.set(value, valueFrom, valueTo);
            fields.add(field);
          });
      assertTrue(problem == null || !problem.isEmpty());
      for (Field field : fields) {
        time.parse(field.bytes, field.from, field.to);
        for (FieldRef.Part part : FieldRef.Part.values()) {
          Field narrowed = new Field();
          narrowed.set(field);
          new FieldRef("x", part).narrow(narrowed, address);
          assertTrue(
              0 <= narrowed.from && narrowed.from <= narrowed.to, () -> scanner.kind() + part);
          assertTrue(narrowed.to <= narrowed.bytes.length);
        }
      }
    }
  }

  @Property
  void anyBytesAreReadOrRefused(@ForAll byte[] bytes, @ForAll boolean cut) {
    scanAll(bytes, 0, bytes.length, cut);
  }

  /** Good lines with bytes changed, dropped or repeated; in the middle of an array of other bytes. */
  @Property(tries = 3_000)
  void nearMissesAreReadOrRefused(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] line = GOOD[random.nextInt(GOOD.length)].getBytes(StandardCharsets.UTF_8);
    byte[] special = Bytes.of("\"\\[]{}:,= \t\r\0-\u00e9#'.0\u202e");
    for (int i = random.nextInt(6); i > 0; i--) {
      int at = random.nextInt(line.length);
      switch (random.nextInt(3)) {
        case 0 -> line[at] = special[random.nextInt(special.length)];
        case 1 -> line[at] = (byte) random.nextInt();
        default -> line = Arrays.copyOf(line, Math.max(1, at));
      }
    }
    byte[] around = new byte[line.length + 20];
    random.nextBytes(around);
    int from = random.nextInt(20);
    System.arraycopy(line, 0, around, from, line.length);
    scanAll(around, from, from + line.length, random.nextInt(5) == 0);
    scanAll(line, 0, line.length, false);
  }

  /** The whole command line, in every format, on logs of such lines. */
  @Property(tries = 150)
  void whateverIsReadIsReported(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder log = new StringBuilder();
    String kind = GOOD[random.nextInt(GOOD.length)];
    for (int i = 0; i < 30; i++) {
      String line = random.nextInt(4) == 0 ? GOOD[random.nextInt(GOOD.length)] : kind;
      int at = random.nextInt(line.length());
      log.append(
              random.nextInt(3) == 0
                  ? line.substring(0, at) + (char) random.nextInt(0x3000) + line.substring(at)
                  : line)
          .append('\n');
    }
    for (Options.Format format : Options.Format.values()) {
      ToolRun run = ToolRun.of(
          log.toString(),
          "replay",
          "1/minute",
          "9/day",
          "--log",
          "-",
          "--retry",
          "--format",
          format.toString().toLowerCase(java.util.Locale.ROOT));
      assertTrue(run.status() <= Main.WRONG_USAGE, run.err());
      for (String text : new String[] {run.out(), run.err()}) {
        assertEquals(
            -1, text.chars().filter(c -> isUnsafe((char) c)).findFirst().orElse(-1), text);
      }
    }
  }

  /** What a terminal might obey, or turn around. */
  private static boolean isUnsafe(char c) {
    return c < ' ' && c != '\n' && c != '\t'
        || c >= 0x7f && c < 0xa0
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029';
  }

  /** {@code start}, then so many bytes that are {@code fill}, then {@code end}. */
  private static InputStream stream(byte[] start, long size, byte fill, byte[] end) {
    InputStream filled = new InputStream() {
      private long left = size;

      @Override
      public int read() {
        return left-- > 0 ? fill & 0xff : -1;
      }

      @Override
      public int read(byte[] buffer, int from, int length) {
        int read = (int) Math.min(length, left);
        Arrays.fill(buffer, from, from + read, fill);
        left -= read;
        return read == 0 && length > 0 ? -1 : read;
      }
    };
    return new SequenceInputStream(
        new SequenceInputStream(new ByteArrayInputStream(start), filled),
        new ByteArrayInputStream(end));
  }

  /** A line of a gigabyte costs the memory of a buffer: the heap of the test is less. */
  @Example
  void lineOfAGigabyteIsOneLine() throws IOException, UsageException {
    byte[] start = Bytes.of("1 a\n{\"ts\":1,\"ip\":\"x");
    for (byte fill : new byte[] {'x', 0, (byte) 0xff}) {
      InputStream in = stream(start, 1L << 30, fill, Bytes.of("\n2 a\n"));
      Log log = LogReader.read(
          List.of(LogFile.of("x", in)), new LogOptions(), UnaryOperator.identity(), told -> {});
      assertEquals(2, log.events().size());
      assertEquals(1, log.skipped());
      assertEquals(LineScanner.TOO_LONG, log.unreadable().get(0).reason());
    }
  }

  /**
   * Twice the line, twice the steps: lines made to be hard for each reader. A reader that goes back
   * over what it has read would need 2^36 steps for these, which is hours.
   */
  @Example
  void hardLinesAreLinear() {
    int size = 1 << 18;
    for (String part : new String[] {
      "[",
      "\"",
      "\\\"",
      "a=",
      "a=\"",
      "{\"a\":",
      "[17/May/2015:10:05:03 ",
      ",",
      "\"\",",
      "x, ",
      ":",
      "= ",
      "\\",
      "a ",
      "a,",
      "::",
      "1:"
    }) {
      byte[] line = Bytes.of("1 - - " + part.repeat(size / part.length()));
      scanAll(line, 6, line.length, false);
      scanAll(line, 0, line.length, true);
    }
  }
}
