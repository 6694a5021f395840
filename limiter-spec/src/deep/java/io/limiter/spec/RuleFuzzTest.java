package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import io.limiter.rule.Limits;
import io.limiter.rule.RuleSyntaxException;
import java.lang.management.ManagementFactory;

/**
 * Arbitrary text is rules whose canonical text means the same, or is refused with a column inside
 * the text. Parsing it allocates a share for each character at most: what is quadratic in time makes
 * itself felt in the fuzzer's rate, what is quadratic in space fails here.
 */
class RuleFuzzTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long BYTES = 100_000; // for classes that are loaded, and messages
  private static final long BYTES_A_CHARACTER = 1_000;

  @FuzzTest(maxDuration = "3m")
  void parse(FuzzedDataProvider data) {
    String text = data.consumeRemainingAsString();
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    try {
      Limits limits = Limits.parse(text);
      Limits again = Limits.parse(limits.canonical());
      assertEquals(limits, again);
      assertEquals(limits.canonical(), again.canonical());
    } catch (RuleSyntaxException refusal) {
      int column = refusal.column();
      assertTrue(column >= 1 && column <= text.length() + 1, () -> refusal + " in " + text);
    }
    long spent = THREADS.getThreadAllocatedBytes(thread) - before;
    assertTrue(spent <= BYTES + BYTES_A_CHARACTER * text.length(), () -> spent + " bytes");
  }
}
