package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReplayTest {
  private static final String CLF = " - - [17/May/2015:10:05:0%d +0000] \"GET /\" 200 1\n";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String tsv(byte[] log) {
    return ToolRun.of(log, Terminal.NONE, "replay", "1/minute", "-", "--format", "tsv")
        .out();
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
        """, tsv(utf8("1 b\n1 b\n?\n2 a\n2.5 a\n3 a\n4 c")));
  }

  @Test
  void json_smallLog_beginsWithTheTotals() {
    String json = ToolRun.of(
            "1 \"q\\\n2 \"q\\\n3 \u00e9\n4 \u00e9", "replay", "1/minute", "-", "--format=json")
        .out();
    assertTrue(
        json.startsWith(
            "{\"command\":\"replay\",\"events\":4,\"admitted\":2,\"denied\":2,\"keys\":2,"
                + "\"keys_denied\":2,\"skipped\":0,"
                + "\"denied_key\":[{\"key\":\"\\\"q\\\\\",\"count\":1,\"events\":2},"
                + "{\"key\":\"\u00e9\",\"count\":1,\"events\":2}],"),
        json);
  }

  @Test
  void keys_bytesThatAreNotText_areEscaped() {
    byte[] log = utf8("1 ?!\n2 ?!\n3 b\n");
    log[2] = log[7] = (byte) 0xff;
    log[3] = log[8] = 0x1b;
    assertTrue(tsv(log).endsWith("denied_key\t\\xff\\x1b\t1\n"));
    String json = ToolRun.of(log, Terminal.NONE, "replay", "1/minute", "-", "--format=json")
        .out();
    assertTrue(json.contains("[{\"key\":\"\ufffd\\u001b\",\"count\":1,"), json);
  }

  @Test
  void worst_moreThanTen_areTheWorstTenInOrder() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 15; i++) {
      text.append(("1 k" + (char) ('o' - i) + "\n").repeat(2 + i % 3));
    }
    Log log = ToolRun.read(text.toString());
    String[] worst = ToolRun.replay("1/minute", log).worst().stream()
        .map(offender -> log.keyText(offender.key(), 80))
        .toArray(String[]::new);
    assertArrayEquals(
        new String[] {"ka", "kd", "kg", "kj", "km", "kb", "ke", "kh", "kk", "kn"}, worst);
  }

  @Test
  void offenders_haveTheirOwnTimelines() {
    Column column = ToolRun.replay("1/minute", ToolRun.read("0 a\n0 b\n1 a\n1 b\n2 b\n2 a\n2 a\n"));
    Column.Offender a = column.worst().get(0);
    int last = a.admittedSpans().length - 1;
    assertEquals(4, a.events());
    assertEquals(1, a.admittedSpans()[0]);
    assertEquals(0, a.admittedSpans()[last]);
    assertEquals(2, a.deniedSpans()[last]);
    assertEquals(3, column.denied(last));
    assertEquals(1, column.worst().get(1).deniedSpans()[last]);
  }

  @Test
  void events_outOfOrder_areSortedAndTiesKeepTheirOrder() {
    // Ties turned around, the 3 at second 1 would pass, and the 2 at second 5 would not.
    Column column =
        ToolRun.replay("1/second burst 3", ToolRun.read("5 a 2\n5 a 1\n5 a 1\n1 a 1\n1 a 3"));
    assertEquals(2, column.denied());
    assertEquals(3, column.firstDenials().get(0).permits());
    assertEquals(1, column.firstDenials().get(1).permits());
  }

  @Test
  void byAll_clients_shareOneLimiter() {
    ToolRun run =
        ToolRun.of("1 a\n1 b\n1 c", "replay", "2/minute", "-", "--by", "all", "--format", "tsv");
    assertTrue(run.out().contains("\ndenied\t1\nkeys\t1\nkeys_denied\t1\n"), run.out());
    assertTrue(run.out().endsWith("denied_key\tall\t1\n"));
  }

  @Test
  void fixedWindow_startsAtTheFirstEventForAllClients() {
    // Windows from 7 s and from 67 s.
    Column column =
        ToolRun.replay("1/minute fixed-window", ToolRun.read("7 a\n66 a\n67 a\n50 b\n66 b\n67 b"));
    assertEquals(2, column.denied());
    assertEquals(1_000_000_000, column.firstDenials().get(0).retryAfterNanos());
  }

  @Test
  void denials_first_carryTheirWait() {
    Column column = ToolRun.replay("1/second", ToolRun.read("0 a\n0.25 a\n0.5 b 9\n"));
    assertEquals(2, column.firstDenials().size());
    Column.Denial first = column.firstDenials().get(0);
    assertEquals(250_000_000, first.nanos());
    assertEquals(750_000_000, first.retryAfterNanos());
    assertEquals(Decision.NEVER, column.firstDenials().get(1).retryAfterNanos());
  }

  @Test
  void denials_moreThanFive_areTheFirstFiveOfAllKeys() {
    Column column = ToolRun.replay("1/minute", ToolRun.read("9 a\n9 a\n".repeat(9) + "1 b\n2 b\n"));
    assertEquals(18, column.denied());
    assertEquals(5, column.firstDenials().size());
    assertEquals(1, column.firstDenials().get(0).key());
  }

  @Test
  void blockedAndUnlimited_denyAllAndNone() {
    assertEquals(2, ToolRun.replay("blocked", ToolRun.read("1 a\n2 b")).denied());
    assertEquals(0, ToolRun.replay("unlimited", ToolRun.read("1 a\n2 b")).denied());
  }

  @Test
  void lines_unreadable_areCountedAndTheFirstThreeKept() {
    Log log = ToolRun.read("x\n1 a\n\ny\u0007" + "z".repeat(80) + "\n\n2 a\nlast");
    assertEquals(5, log.skipped());
    assertEquals(3, log.unreadable().size());
    assertEquals(
        new Log.Unreadable("line 1", "x", "not: seconds key [permits]"),
        log.unreadable().get(0));
    assertEquals("line 3", log.unreadable().get(1).where());
    assertEquals("y\\x07" + "z".repeat(58) + "...", log.unreadable().get(2).text());
  }

  @Test
  void times_tooFarFromTheFirst_areNotRead() {
    Log log = ToolRun.read("0 a\n3155760000 b\n-3155760000 c\n3155760001 d\n");
    assertEquals(3, log.events().size());
    assertEquals(3, log.keys().size());
    assertEquals(LogReader.TOO_FAR, log.unreadable().get(0).reason());
    assertEquals(0, ToolRun.replay("1/second", log).denied());
  }

  @Test
  void permits_beyondAnyRule_areNotRead() {
    Log log = ToolRun.read("0 a 1000000000000\n0 a 1000000000001\n");
    assertEquals(1, log.events().size());
    assertEquals(LogReader.BAD_PERMITS, log.unreadable().get(0).reason());
  }

  @Test
  void lines_withByteOrderMarkAndCarriageReturns_areRead() {
    Log log = ToolRun.read("\ufeff1 a\r\n2 a\r\n");
    assertEquals(0, log.skipped());
    assertEquals(1, log.keys().size());
  }

  @Test
  void lines_longerThanTheBuffer_areReadIfTheirStartSays() {
    String line = String.format("192.0.2.1" + CLF, 3).replace("/\"", "/" + "x".repeat(500) + "\"");
    byte[] log = utf8(line + "1431857104 192.0.2.1 " + "0".repeat(300) + "1\n" + line);
    Log read = ToolRun.read(log, new LogOptions(), new EventStore(), 128);
    assertEquals(2, read.events().size());
    assertEquals(1, read.skipped());
    assertEquals(LineScanner.TOO_LONG, read.unreadable().get(0).reason());
    assertEquals("line 2", read.unreadable().get(0).where());
  }

  @Test
  void events_moreThanMemoryHolds_areReplayedAlike() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      text.append(i * 37 % 500).append(" k").append(i % 7).append('\n');
    }
    Log spilled =
        ToolRun.read(utf8(text.toString()), new LogOptions(), new EventStore(100), 1 << 16);
    Column column = ToolRun.replay("3/second, 60/hour", spilled);
    Column expected = ToolRun.replay("3/second, 60/hour", ToolRun.read(text.toString()));
    assertEquals(expected.denied(), column.denied());
    assertEquals(expected.deniedBy(0), column.deniedBy(0));
    assertEquals(expected.firstDenials(), column.firstDenials());
  }
}
