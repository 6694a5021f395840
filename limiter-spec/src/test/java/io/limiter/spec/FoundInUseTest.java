package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Rate;
import io.limiter.SlidingLog;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the scripts of limiters in use found, each as a test named for what broke. */
class FoundInUseTest {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final ManualClock clock = ManualClock.create();

  /** It had written entries of times ahead into the ring, and later admissions took their slots. */
  @Test
  void debtOfALog_refused_leavesNoTrace() {
    SlidingLog log = SlidingLog.create(Rate.ofNanos(6, 5), clock);
    assertEquals(Decision.NEVER, log.acquireForced(8, Duration.ZERO));
    assertEquals(0, log.acquireForced(1));
    assertEquals(5, log.peek().remaining());
    assertEquals(5, log.peek(6).retryAfterNanos());
  }
}
