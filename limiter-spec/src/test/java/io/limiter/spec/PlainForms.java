package io.limiter.spec;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** The operations in their plain form, which reads the clock. */
final class PlainForms {
  private PlainForms() {}

  /** Each plain operation reads the clock exactly once, whether it admits or denies. */
  static void readTheClockOnce(Function<NanoClock, RateLimiter> factory) {
    AtomicInteger readings = new AtomicInteger();
    ManualClock clock = ManualClock.create();
    NanoClock counting = () -> {
      readings.incrementAndGet();
      return clock.nanoTime();
    };
    RateLimiter limiter = factory.apply(counting);
    for (long permits : new long[] {1, 1, 1, Long.MAX_VALUE}) {
      each(limiter, permits, call -> {
        readings.set(0);
        call.run();
        if (readings.get() != 1) {
          throw new AssertionError(readings + " readings (expected: 1)");
        }
      });
    }
  }

  /** Each operation refuses {@code permits} below 0, and says what it expects. */
  static void refuse(Subject subject, long permits) {
    String expected = "permits: " + permits + " (expected: >= 0)";
    List<Runnable> calls = List.of(
        () -> subject.peekAt(0, permits),
        () -> subject.decideAt(0, permits),
        () -> subject.tryAcquireAt(0, permits),
        () -> subject.refundAt(0, permits));
    for (Runnable call : calls) {
      try {
        call.run();
      } catch (IllegalArgumentException refusal) {
        if (expected.equals(refusal.getMessage())) {
          continue;
        }
        throw new AssertionError(refusal.getMessage(), refusal);
      }
      throw new AssertionError("accepted permits: " + permits);
    }
  }

  /** Hands each plain operation to {@code check}. */
  static void each(RateLimiter limiter, long permits, Consumer<Runnable> check) {
    List<Runnable> calls = List.of(
        () -> limiter.peek(permits),
        () -> limiter.decide(permits),
        () -> limiter.tryAcquire(permits),
        () -> limiter.refund(permits));
    calls.forEach(check);
  }
}
