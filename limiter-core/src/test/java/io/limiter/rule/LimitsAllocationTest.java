package io.limiter.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.limiter.rule.Limits.Rule;
import java.lang.management.ManagementFactory;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Parsing allocates its result and nothing else. */
class LimitsAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int CALLS = 1000;

  private static Object sink; // so that no result is optimised away

  @Test
  void parse_rules_allocatesTheResultAlone() {
    for (String text : new String[] {
      "480/minute",
      " 1_000 requests PER 15 minutes\tburst = 20 tokens token bucket",
      "10-S fixed-window",
      "60/hour, 3/second, 5 concurrent",
      "1/1 s; 2/2 s; 3/3 s; 4/4 s; 5/5 s; 6/6 s; 7/7 s; 8/8 s; 9/9 s; 10/10 s; 11/11 s; 12/12 s;"
          + " 13/13 s; 14/14 s; 15/15 s; 16/16 s",
      "unlimited",
      "blocked"
    }) {
      assertEquals(sizeOf(Limits.parse(text)), bytesEach(() -> Limits.parse(text)), text);
    }
  }

  @Test
  void bytesEach_parserThatCopiesTheText_isMore() {
    String text = "480/minute";
    long copying = bytesEach(() -> Limits.parse(text.toUpperCase()));
    assertTrue(copying > sizeOf(Limits.parse(text)), copying + " bytes");
  }

  @Test
  void parse_oneRule_isSmall() {
    assertTrue(sizeOf(Limits.parse("480/minute")) <= 72);
  }

  /** Bytes that it takes to make these objects by hand. */
  private static long sizeOf(Limits limits) {
    int rules = limits.rules().size();
    return rules == 0 ? 0 : bytesEach(() -> byHand(rules)); // unlimited and blocked are shared
  }

  private static Limits byHand(int rules) {
    Rule last = null;
    for (int i = 0; i < rules; i++) {
      last = new Rule(last, 0, 0, 1, 1, 0, null);
    }
    return Limits.of(last);
  }

  /** Bytes of each call: the least of some rounds, less what the measuring costs. */
  private static long bytesEach(Supplier<Object> call) {
    long thread = Thread.currentThread().getId();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 10; round++) {
      long start = THREADS.getThreadAllocatedBytes(thread);
      long own = THREADS.getThreadAllocatedBytes(thread) - start;
      long before = THREADS.getThreadAllocatedBytes(thread);
      for (int i = 0; i < CALLS; i++) {
        sink = call.get();
      }
      best = Math.min(best, THREADS.getThreadAllocatedBytes(thread) - before - own);
    }
    return best / CALLS;
  }
}
