package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
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
          state              96 bytes
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
          state              120 bytes

        rule 2: 60/hour fixed-window
          algorithm          fixed-window
          emission interval  none: 60 at once, every 1 hour
          burst              60
          in one period      at most 60 in a window, 120 in any 1 hour
          in any window w    at most 60 * (1 + ceil(w / 1 hour))
          state              168 bytes

        rule 3: 100/day sliding-log
          algorithm          sliding-log
          emission interval  none: a permit comes back 1 day after it was taken
          burst              100
          in one period      at most 100 in any 1 day
          in any window w    at most 100 * ceil(w / 1 day)
          state              a word for each permit: up to 800 bytes

        rule 4: 4 concurrent
          algorithm          concurrent
          emission interval  none: a permit comes back when it is released
          burst              4
          in flight          at most 4 at any instant
          in any window w    no limit: it depends on how long calls take
          state              80 bytes

        A call passes if every rule admits it; then every rule is charged.
        """,
        explain(
            "5/2 s burst 9 token-bucket, 60/hour fixed-window, 100/day sliding-log, 4 concurrent"));
  }

  @Test
  void explain_bytes_areThoseMeasured() {
    for (String rule :
        new String[] {"3/second", "3/second token-bucket", "3/second fixed-window"}) {
      ManualClock clock = ManualClock.create();
      RateLimiter limiter = Limits.parse(rule).newRateLimiter(clock);
      long bytes = GraphLayout.parseInstance(limiter).totalSize()
          - GraphLayout.parseInstance(clock).totalSize();
      String text = explain(rule);
      assertTrue(text.contains(" " + bytes + " bytes\n"), () -> bytes + " bytes, but\n" + text);
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
        .endsWith("charged.\n\nwarning: " + limits.warnings().get(0) + "\n"));
  }

  @Test
  void explain_unlimitedAndBlocked_haveNoRules() {
    assertEquals("unlimited\n  every call is admitted\n", explain("UNLIMITED"));
    assertEquals("blocked\n  every call is denied\n", explain("blocked"));
  }
}
