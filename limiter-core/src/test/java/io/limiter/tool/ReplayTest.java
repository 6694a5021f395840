package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.rule.Limits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static final String CLF = " - - [17/May/2015:10:05:0%d +0000] \"GET /\" 200 1\n";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static LogReader read(byte[] log, boolean byClient) {
    try {
      return LogReader.read(new ByteArrayInputStream(log), byClient);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Replay replay(String rules, LogReader log) {
    return Replay.run(log, Limits.parse(rules));
  }

  private static Report report(String rules, byte[] log) {
    LogReader reader = read(log, true);
    return new Report(reader, replay(rules, reader));
  }

  private static String tsv(String rules, byte[] log) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report(rules, log).tsv(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String json(String rules, byte[] log) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report(rules, log).json(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void tsv_smallLog_isExact() {
    assertEquals("""
        events\t6
        admitted\t3
        denied\t3
        keys\t3
        keys_denied\t2
        skipped\t1
        denied_key\ta\t2
        denied_key\tb\t1
        """, tsv("1/minute", utf8("1 b\n1 b\n?\n2 a\n2.5 a\n3 a\n4 c")));
  }

  @Test
  void json_smallLog_isOneObject() {
    assertEquals(
        "{\"events\":4,\"admitted\":2,\"denied\":2,\"keys\":2,\"keys_denied\":2,\"skipped\":0,"
            + "\"denied_key\":[{\"key\":\"\\\"q\\\\\",\"count\":1},"
            + "{\"key\":\"\u00e9\",\"count\":1}]}\n",
        json("1/minute", utf8("1 \"q\\\n2 \"q\\\n3 \u00e9\n4 \u00e9")));
    assertEquals(
        "{\"events\":0,\"admitted\":0,\"denied\":0,\"keys\":0,\"keys_denied\":0,\"skipped\":0,"
            + "\"denied_key\":[]}\n",
        json("1/minute", new byte[0]));
  }

  @Test
  void keys_bytesThatAreNotText_areEscaped() {
    byte[] log = utf8("1 ?!\n2 ?!\n");
    log[2] = log[7] = (byte) 0xff;
    log[3] = log[8] = 0x1b;
    assertTrue(tsv("1/minute", log).endsWith("denied_key\t\\xff\\x1b\t1\n"));
    assertTrue(json("1/minute", log).endsWith("[{\"key\":\"\ufffd\\u001b\",\"count\":1}]}\n"));
  }

  @Test
  void worst_moreThanTen_areTheWorstTenInOrder() {
    StringBuilder log = new StringBuilder();
    for (int i = 0; i < 15; i++) {
      log.append(("1 k" + (char) ('o' - i) + "\n").repeat(2 + i % 3));
    }
    LogReader reader = read(utf8(log.toString()), true);
    String[] worst = Arrays.stream(replay("1/minute", reader).worst(reader.keys()))
        .mapToObj(key -> new String(reader.keys().key(key), StandardCharsets.UTF_8))
        .toArray(String[]::new);
    assertArrayEquals(
        new String[] {"ka", "kd", "kg", "kj", "km", "kb", "ke", "kh", "kk", "kn"}, worst);
  }

  @Test
  void events_outOfOrder_areSortedAndTiesKeepTheirOrder() {
    // Ties turned around, the 3 at second 1 would pass, and the 2 at second 5 would not.
    LogReader log = read(utf8("5 a 2\n5 a 1\n5 a 1\n1 a 1\n1 a 3"), true);
    Replay replay = replay("1/second burst 3", log);
    assertEquals(2, replay.denied());
    assertEquals(3, replay.firstDenials().get(0).permits());
    assertEquals(1, replay.firstDenials().get(1).permits());
  }

  @Test
  void byAll_clients_shareOneLimiter() {
    LogReader log = read(utf8("1 a\n1 b\n1 c"), false);
    Replay replay = replay("2/minute", log);
    assertEquals(1, log.keys().size());
    assertEquals("all", new String(log.keys().key(0), StandardCharsets.US_ASCII));
    assertEquals(1, replay.denied());
    assertEquals(1, replay.keysDenied());
  }

  @Test
  void fixedWindow_startsAtTheFirstEventForAllClients() {
    // Windows from 7 s and from 67 s.
    LogReader log = read(utf8("7 a\n66 a\n67 a\n50 b\n66 b\n67 b"), true);
    Replay replay = replay("1/minute fixed-window", log);
    assertEquals(2, replay.denied());
    assertEquals(1_000_000_000, replay.firstDenials().get(0).decision().retryAfterNanos());
  }

  @Test
  void denials_first_carryTheirWait() {
    LogReader log = read(utf8("0 a\n0.25 a\n0.5 b 9\n"), true);
    Replay replay = replay("1/second", log);
    assertEquals(2, replay.firstDenials().size());
    Replay.Denial first = replay.firstDenials().get(0);
    assertEquals(250_000_000, first.nanos());
    assertEquals(750_000_000, first.decision().retryAfterNanos());
    assertEquals(Decision.NEVER, replay.firstDenials().get(1).decision().retryAfterNanos());
  }

  @Test
  void blockedAndUnlimited_denyAllAndNone() {
    assertEquals(2, replay("blocked", read(utf8("1 a\n2 b"), true)).denied());
    assertEquals(0, replay("unlimited", read(utf8("1 a\n2 b"), true)).denied());
  }

  @Test
  void lines_unreadable_areCountedAndTheFirstThreeKept() {
    String log = "x\n1 a\n\ny\u0007" + "z".repeat(80) + "\n\n2 a\nlast";
    LogReader reader = read(utf8(log), true);
    assertEquals(5, reader.skipped());
    assertEquals(3, reader.unreadable().size());
    assertEquals(
        new LogReader.Unreadable(1, "x", LineParser.NOT_A_LOG_LINE),
        reader.unreadable().get(0));
    assertEquals(3, reader.unreadable().get(1).number());
    assertEquals("y\\x07" + "z".repeat(58) + "...", reader.unreadable().get(2).text());
  }

  @Test
  void times_tooFarFromTheFirst_areNotRead() {
    // 2^62 ns are 146 years and 50 days.
    LogReader reader = read(utf8("0 a\n4611686017 b\n-4611686017 c\n4611686019 d\n"), true);
    assertEquals(3, reader.events().size());
    assertEquals(3, reader.keys().size());
    assertEquals(LogReader.TOO_FAR, reader.unreadable().get(0).reason());
    assertEquals(0, replay("1/second", reader).denied());
    assertEquals(
        1, read(utf8("999999999999999999 a\n-999999999999999999 a"), true).skipped());
  }

  @Test
  void lines_withByteOrderMarkAndCarriageReturns_areRead() {
    LogReader reader = read(utf8("\ufeff1 a\r\n2 a\r\n"), true);
    assertEquals(0, reader.skipped());
    assertEquals(1, reader.keys().size());
  }

  @Test
  void lines_longerThanTheBuffer_areReadIfTheirStartSays() throws IOException {
    String line = String.format("192.0.2.1" + CLF, 3).replace("/\"", "/" + "x".repeat(500) + "\"");
    byte[] log = utf8(line + "1431857104 192.0.2.1 " + "0".repeat(300) + "1\n" + line);
    LogReader reader = LogReader.read(new ByteArrayInputStream(log), true, 128);
    assertEquals(2, reader.events().size());
    assertEquals(1, reader.skipped());
    assertEquals(LineParser.TOO_LONG, reader.unreadable().get(0).reason());
    assertEquals(2, reader.unreadable().get(0).number());
  }

  @Test
  void lines_byteOrderMarkAlone_isAnEmptyLine() {
    LogReader reader = read(utf8("\ufeff\n1 a\n"), true);
    assertEquals(
        new LogReader.Unreadable(1, "", LineParser.NOT_A_LOG_LINE),
        reader.unreadable().get(0));
    assertEquals(1, reader.events().size());
  }

  @Test
  void events_one_isReplayed() {
    assertEquals(
        "events\t1\nadmitted\t0\ndenied\t1\nkeys\t1\nkeys_denied\t1\nskipped\t0\n"
            + "denied_key\ta\t1\n",
        tsv("blocked", utf8("1 a\n")));
  }

  @Test
  void denials_moreThanFive_areTheFirstFive() {
    Replay replay = replay("1/minute", read(utf8("1 a\n1 a\n".repeat(9)), true));
    assertEquals(17, replay.denied());
    assertEquals(5, replay.firstDenials().size());
  }
}
