package io.limiter.keyed;

import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import java.util.Arrays;

/**
 * Brings so many distinct invented keys to a limiter of 10^5 keys, among them calls of 100 real keys
 * that have to be decided exactly as by a limiter of their own. A program of its own, so that a test
 * can give it a small heap.
 */
final class Flood {
  private static final int MAX_KEYS = 100_000;
  private static final int REAL_KEYS = 100;

  private Flood() {}

  public static void main(String[] arguments) {
    long keys = Long.parseLong(arguments[0]);
    ManualClock clock = ManualClock.create();
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("100/hour"), clock)
        .maxKeys(MAX_KEYS)
        .build();
    Gcra[] exact = new Gcra[REAL_KEYS];
    Arrays.setAll(exact, i -> Gcra.create(Rate.perHour(100), clock));
    for (int i = 0; i < REAL_KEYS; i++) {
      check(limiter, exact[i], i, 100);
    }
    long admitted = 0;
    long nanos = NanoClock.system().nanoTime();
    for (long i = 0; i < keys; i++) {
      clock.advanceNanos(1_000);
      admitted += limiter.tryAcquire("invented-" + i) ? 1 : 0;
      if (i % 100 == 0) {
        int real = (int) (i / 100 % REAL_KEYS);
        check(limiter, exact[real], real, 1);
      }
      if (i % 10_000 == 0 && limiter.size() > MAX_KEYS * 16L / 10) {
        throw new AssertionError(limiter + " after " + i);
      }
    }
    nanos = NanoClock.system().nanoTime() - nanos;
    System.out.println(keys + " invented keys, " + admitted + " admitted, " + limiter.size()
        + " known, " + nanos / keys + " ns a key, " + Runtime.getRuntime().maxMemory() / (1 << 20)
        + " MiB heap");
  }

  private static void check(KeyedLimiter<String> limiter, Gcra exact, int real, long permits) {
    if (limiter.tryAcquire("real-" + real, permits) != exact.tryAcquire(permits)
        || !limiter.peek("real-" + real).equals(exact.peek())) {
      throw new AssertionError("real-" + real + " differs from " + exact);
    }
  }
}
