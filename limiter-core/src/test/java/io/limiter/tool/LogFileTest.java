package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  @TempDir
  Path directory;

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private String write(String name, byte[] bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes).toString();
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  private static String events(ToolRun run) {
    return run.out().lines().limit(1).findFirst().orElse("") + ", " + run.status();
  }

  private static ToolRun replay(byte[] input, String... logs) {
    String[] words = new String[5 + logs.length];
    String[] start = {"replay", "1/second", "--format", "tsv", "--log"};
    System.arraycopy(start, 0, words, 0, 5);
    System.arraycopy(logs, 0, words, 5, logs.length);
    return ToolRun.of(input, Terminal.NONE, words);
  }

  @Test
  void gzip_byContent_isRead() throws IOException {
    byte[] log = joined(gzip("0 a\n1 a\n"), gzip("2 a\n"));
    assertEquals("events\t3, 0", events(replay(new byte[0], write("a.log", log))));
    assertEquals("events\t3, 0", events(replay(log, "-")));
    assertEquals("events\t1, 0", events(replay(new byte[0], write("b.gz", "0 a\n".getBytes()))));
  }

  @Test
  void gzip_thatIsCut_isReadUpToThere() throws IOException {
    StringBuilder text = new StringBuilder();
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      text.append(i).append(" k").append(random.nextInt()).append('\n');
    }
    byte[] whole = gzip(text.toString());
    byte[] flipped = whole.clone();
    flipped[whole.length / 2] ^= 0x55;
    for (byte[] bad : new byte[][] {Arrays.copyOf(whole, whole.length / 2), flipped}) {
      ToolRun run = replay(new byte[0], write("cut.gz", bad));
      assertEquals(0, run.status(), run.err());
      assertTrue(
          run.err().contains("cut.gz is cut or damaged: what comes before that place is used"),
          run.err());
      long events = Long.parseLong(run.out().split("[\t\n]")[1]);
      assertTrue(events > 10_000 && events < 100_000, "" + events);
    }
    assertEquals(1, replay(new byte[0], write("x.gz", Arrays.copyOf(whole, 5))).status());
  }

  @Test
  void otherCompressions_sayHowToUnpack() throws IOException {
    byte[][] starts = {
      {(byte) 0xfd, '7', 'z', 'X', 'Z', 0},
      {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0},
      "BZh91AY".getBytes(),
      {'P', 'K', 3, 4, 0},
      {0x04, 0x22, 0x4d, 0x18}
    };
    String[] tools = {"xz -dc", "zstd -dc", "bzip2 -dc", "unzip -p", "lz4 -dc"};
    for (int i = 0; i < starts.length; i++) {
      String file = write("packed", starts[i]);
      ToolRun run = replay(new byte[0], file);
      assertEquals(Main.WRONG_USAGE, run.status());
      assertEquals(
          "limiter: " + file + " is compressed in a way that the JDK cannot read; write: "
              + tools[i] + " " + file + " | java -jar limiter-core.jar ... -\n",
          run.err());
    }
  }

  @Test
  void directory_rotatedFiles_areInOrderOfTime() throws IOException {
    write("access.log", "30 a\n31 b\n".getBytes());
    write("access.log.1", "20 a\n21 b\n".getBytes());
    write("access.log.10.gz", gzip("0 a\n1 b\n"));
    write("access.log.2.gz", gzip("10 a\n11 b\n"));
    write(".hidden", "0 c\n".getBytes());
    Files.createDirectory(directory.resolve("more"));
    ToolRun run = ToolRun.of("", "replay", "9/second", directory.toString(), "--format=json");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("\"events\":8,"), run.out());
    Map<?, ?> log = (Map<?, ?>) ((Map<?, ?>) JsonSchema.parse(run.out())).get("log");
    assertEquals(
        List.of("access.log.10.gz", "access.log.2.gz", "access.log.1", "access.log"),
        ((List<?>) log.get("sources"))
            .stream()
                .map(source -> source.toString().replaceAll("(?s): .*", "").replaceAll(".*/", ""))
                .toList());
    assertTrue(
        run.err().contains("seconds key [permits]; 0 of 8 lines unreadable (4 files)"), run.err());
  }

  @Test
  void files_severalAndOneOfAnotherKind_areReadTogether() throws IOException {
    String a = write("a.log", "1431857103 x\n1431857104 x\n".getBytes());
    String b = write("b.log", "{\"ts\":1431857105,\"ip\":\"x\"}\nbad\n".getBytes());
    String c = write("error.log", "nothing\nreadable\n".getBytes());
    ToolRun run = replay("1431857106 y\n".getBytes(), a, b, c, "-");
    assertEquals("events\t4, 0", events(run));
    assertTrue(run.out().contains("skipped\t3\n"), run.out());
    assertTrue(run.err().contains(c + ": no line can be read; it is left out"), run.err());
    assertTrue(run.err().contains("  " + b + ", line 2: "), run.err());
  }

  @Test
  void suggest_severalLogs_areOne() throws IOException {
    String a = write("a.log", "0 x\n".getBytes());
    String b = write("b.log", "0 x\n".getBytes());
    ToolRun run = ToolRun.of("", "suggest", a, b, "--format=tsv", "--per=minute", "--spare=100");
    assertEquals("minute\t100\t2\t1\n", run.out());
  }
}
