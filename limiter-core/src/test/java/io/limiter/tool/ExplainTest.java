package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.TokenBucket;
import io.limiter.rule.Limits;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jol.info.GraphLayout;

class ExplainTest {

  private static String explain(String rules) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Explain.print(Limits.parse(rules), new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void explain_gcra_saysItsNumbers() {
    assertEquals("""
        3/second

        rule 1: 3/second
          algorithm          gcra
          emission interval  333333333 1/3 ns (about 333.333 ms)
          burst              3
          in one period      at most 6 in any 1 second: 3 + 3
          in any window w    at most 3 + floor(w * 3 / 1 second)
          as a client        of a server that counts the last second, write 3/second
                             sliding-log: this rule sends up to 5 in less than that
          state              96 bytes

        A limiter of these rules takes 280 bytes, besides its clock.
        """, explain(" 3 req per sec "));
  }

  @Test
  void explain_everyAlgorithm_saysItsGuarantee() {
    assertEquals(
        """
        5/2 seconds burst 9 token-bucket, 60/hour fixed-window, 100/day sliding-log, 4 concurrent

        rule 1: 5/2 seconds burst 9 token-bucket
          algorithm          token-bucket
          emission interval  400 ms
          burst              9
          in one period      at most 14 in any 2 seconds: 9 + 5
          in any window w    at most 9 + floor(w * 5 / 2 seconds)
          state              96 bytes

        rule 2: 60/hour fixed-window
          algorithm          fixed-window
          emission interval  none: 60 at once, every 1 hour
          burst              60
          in one period      at most 60 in a window, 120 in any 1 hour
          in any window w    at most 60 * (1 + ceil(w / 1 hour))
          state              128 bytes

        rule 3: 100/day sliding-log
          algorithm          sliding-log
          emission interval  none: a permit comes back 1 day after it was taken
          burst              100
          in one period      at most 100 in any 1 day
          in any window w    at most 100 * ceil(w / 1 day)
          state              264 bytes when new, 1000 with its log full

        rule 4: 4 concurrent
          algorithm          concurrent
          emission interval  none: a permit comes back when it is released
          burst              4
          in flight          at most 4 at any instant
          in any window w    no limit: it depends on how long calls take
          state              40 bytes

        A call passes if every rule admits it; then every rule is charged.
        A limiter of these rules takes 832 bytes when new, 1568 with its log full, besides its clock.
        """,
        explain(
            "5/2 s burst 9 token-bucket, 60/hour fixed-window, 100/day sliding-log, 4 concurrent"));
  }

  private final ManualClock clock = ManualClock.create();

  private long bytes(Object limiter) {
    return GraphLayout.parseInstance(limiter).totalSize()
        - GraphLayout.parseInstance(clock).totalSize();
  }

  private static void assertSays(String rule, String start, String expected) {
    String text = explain(rule);
    assertTrue(text.contains(start + expected), () -> expected + ", but\n" + text);
  }

  @Test
  void explain_bytes_areThoseMeasured() {
    Rate rate = Rate.perSecond(3);
    String state = "  state              ";
    assertSays("3/second", state, bytes(Gcra.create(rate, clock)) + " bytes\n");
    assertSays("3/second token-bucket", state, bytes(TokenBucket.create(rate, clock)) + " bytes\n");
    assertSays(
        "3/second fixed-window", state, bytes(TokenBucket.stepwise(rate, clock)) + " bytes\n");
    assertSays("5 concurrent", state, bytes(ConcurrencyLimiter.create(5, clock)) + " bytes\n");
  }

  @Test
  void explain_bytesOfALimiter_areThoseMeasured() {
    for (String rules : List.of(
        "3/second",
        "3/second, 60/hour token-bucket",
        "3/second fixed-window, 60/hour, 7/day, 8/2 days, 9/3 days",
        "5 concurrent",
        "480/minute, 5 concurrent, 9/day")) {
      Limits limits = Limits.parse(rules);
      Object limiter =
          limits.concurrency().isPresent() ? limits.newGate(clock) : limits.newRateLimiter(clock);
      assertSays(rules, "rules takes ", bytes(limiter) + " bytes, besides its clock.\n");
    }
  }

  @Test
  void explain_bytesOfALog_areThoseMeasured() {
    for (String rules : List.of(
        "1/hour sliding-log",
        "7/hour sliding-log",
        "100/minute sliding-log",
        "480/hour sliding-log, 3/second, 400/minute sliding-log")) {
      RateLimiter limiter = Limits.parse(rules).newRateLimiter(clock);
      long fresh = bytes(limiter);
      for (int i = 0; i < 1_000; i++) {
        limiter.tryAcquire(1);
        clock.advanceNanos(400_000_000);
      }
      long full = bytes(limiter);
      assertSays(
          rules,
          "rules takes ",
          fresh == full ? fresh + " bytes, " : fresh + " bytes when new, " + full + " with its");
    }
    assertSays(
        "9/hour sliding-log, 3/day sliding-log", "state              ", "in the log of rule 1");
  }

  @Test
  void explain_bareRate_saysWhatAClientShouldWrite() {
    assertSays(
        "480/minute",
        "counts the last minute, write 480/minute\n",
        "                     sliding-log: this rule sends up to 959 in less than that\n");
    ManualClock clock = ManualClock.create();
    RateLimiter bare = Limits.parse("480/minute").newRateLimiter(clock);
    int sent = 480;
    assertTrue(bare.tryAcquire(480));
    for (long i = 0; i < 59_999; i++) {
      clock.advanceNanos(1_000_000);
      sent += bare.tryAcquire() ? 1 : 0;
    }
    assertEquals(959, sent);
    for (String other :
        List.of("480/minute burst 5", "480/minute gcra", "480/minute fixed-window")) {
      assertTrue(!explain(other).contains("as a client"), other);
    }
  }

  @Test
  void explain_rateThatDoesNotFit_saysSo() {
    assertTrue(explain("7/day burst 1000000000000").contains("rounded up"));
    assertTrue(!explain("7/day burst 1000").contains("rounded up"));
  }

  @Test
  void explain_warnings_areShown() {
    Limits limits = Limits.parse("10/minute; 1000/hour");
    assertEquals(1, limits.warnings().size());
    assertTrue(explain("10/minute; 1000/hour")
        .endsWith("besides its clock.\n\nwarning: " + limits.warnings().get(0) + "\n"));
  }

  @Test
  void explain_unlimitedAndBlocked_haveNoRules() {
    assertEquals("unlimited\n  every call is admitted\n", explain("UNLIMITED"));
    assertEquals("blocked\n  every call is denied\n", explain("blocked"));
  }
}
