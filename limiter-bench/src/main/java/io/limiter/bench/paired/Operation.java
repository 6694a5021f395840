package io.limiter.bench.paired;

import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.SlidingLog;
import io.limiter.StripedLimiter;
import io.limiter.bench.Library;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * What is measured. Every loop is written out, although they look alike: a shared one would be
 * compiled for both sides of a pair at once. A limiter of an admitted operation never denies in a
 * run; a limiter of a denied one has given its only permit of the day away.
 */
enum Operation {
  CLOCK("clock", () -> {
    return calls -> {
      long sum = 0;
      for (int i = 0; i < calls; i++) {
        sum += System.nanoTime();
      }
      return sum;
    };
  }),
  CLOCK_AND_CAS("clock + CAS", () -> {
    AtomicLong word = new AtomicLong();
    long[] step = {1}; // in memory, as the increment of a limiter
    return calls -> {
      long sum = 0;
      for (int i = 0; i < calls; i++) {
        sum += System.nanoTime();
        long old = word.get();
        admitted(word.compareAndSet(old, old + step[0]));
      }
      return sum;
    };
  }),
  GCRA_ADMITTED("Gcra admitted", () -> {
    Gcra limiter = Gcra.create(Limit.PLENTY, Rate.MAX_PERMITS, NanoClock.system());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  GCRA_DENIED("Gcra denied", () -> {
    Gcra limiter = Gcra.create(Limit.SCARCE, 1, NanoClock.system());
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SLIDING_LOG_ADMITTED("SlidingLog admitted", () -> {
    // A million permits in a millisecond: what the loop cannot use up and memory can hold.
    SlidingLog limiter = SlidingLog.create(Rate.ofNanos(1_000_000, 1_000_000), NanoClock.system());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  TWO_WINDOWS_ADMITTED("SlidingLog of two windows admitted", () -> {
    SlidingLog limiter = SlidingLog.create(
        List.of(Rate.ofNanos(1_000_000, 1_000_000), Rate.ofNanos(900_000, 500_000)),
        NanoClock.system());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SEVERAL_ADMITTED("SlidingLog, three permits a call, admitted", () -> {
    SlidingLog limiter = SlidingLog.create(Rate.ofNanos(1_000_000, 1_000_000), NanoClock.system());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire(3));
      }
      return calls;
    };
  }),
  SLIDING_LOG_DENIED("SlidingLog denied", () -> {
    SlidingLog limiter = SlidingLog.create(Limit.SCARCE, NanoClock.system());
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  RULE_TEXT_ADMITTED("one-rule text admitted", () -> {
    RateLimiter limiter =
        Limits.parse("1000000/ms burst 1000000000000").newRateLimiter(NanoClock.system());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  RULE_TEXT_DENIED("one-rule text denied", () -> {
    RateLimiter limiter = Limits.parse("1/day").newRateLimiter(NanoClock.system());
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  ALL_OF_TWO_ADMITTED("AllOf of two admitted", () -> {
    AllOf limiter = AllOf.of(
        Gcra.create(Limit.PLENTY, Rate.MAX_PERMITS, NanoClock.system()),
        Gcra.create(Limit.PLENTY, Rate.MAX_PERMITS, NanoClock.system()));
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  ALL_OF_TWO_DENIED("AllOf of two denied", () -> {
    AllOf limiter = AllOf.of(
        Gcra.create(Limit.PLENTY, Rate.MAX_PERMITS, NanoClock.system()),
        Gcra.create(Limit.SCARCE, 1, NanoClock.system()));
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  STRIPED_ADMITTED("Gcra, striped, admitted", () -> {
    StripedLimiter limiter =
        Gcra.create(Limit.PLENTY, Rate.MAX_PERMITS, NanoClock.system()).striped();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SEMAPHORE_PAIR("Semaphore, taken and given back", () -> {
    Semaphore permits = new Semaphore(1_000_000);
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(permits.tryAcquire());
        permits.release();
      }
      return calls;
    };
  }),
  PERMIT_PAIR("ConcurrencyLimiter, taken and given back", () -> {
    ConcurrencyLimiter permits = ConcurrencyLimiter.create(1_000_000);
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(permits.tryAcquire());
        permits.release();
      }
      return calls;
    };
  }),
  STRIPED_PAIR("ConcurrencyLimiter, striped, taken and given back", () -> {
    ConcurrencyLimiter permits = ConcurrencyLimiter.create(1_000_000).striped();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(permits.tryAcquire());
        permits.release();
      }
      return calls;
    };
  }),
  BUCKET4J_ADMITTED("Bucket4j admitted", () -> {
    Bucket limiter = (Bucket) Library.BUCKET4J.admitting().limiter();
    return calls -> {
      long sum = 0;
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryConsume(1));
      }
      return sum;
    };
  }),
  BUCKET4J_DENIED("Bucket4j denied", () -> {
    Bucket limiter = (Bucket) Library.BUCKET4J.denying().limiter();
    return calls -> {
      long sum = 0;
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryConsume(1));
      }
      return sum;
    };
  }),
  GUAVA_ADMITTED("Guava admitted", () -> {
    com.google.common.util.concurrent.RateLimiter limiter =
        (com.google.common.util.concurrent.RateLimiter)
            Library.GUAVA.admitting().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  GUAVA_DENIED("Guava denied", () -> {
    com.google.common.util.concurrent.RateLimiter limiter =
        (com.google.common.util.concurrent.RateLimiter) Library.GUAVA.denying().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  RESILIENCE4J_ADMITTED("Resilience4j admitted", () -> {
    AtomicRateLimiter limiter =
        (AtomicRateLimiter) Library.RESILIENCE4J.admitting().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.acquirePermission());
      }
      return calls;
    };
  }),
  RESILIENCE4J_DENIED("Resilience4j denied", () -> {
    AtomicRateLimiter limiter =
        (AtomicRateLimiter) Library.RESILIENCE4J.denying().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.acquirePermission());
      }
      return calls;
    };
  }),
  FAILSAFE_SMOOTH_ADMITTED("Failsafe, smooth admitted", () -> {
    dev.failsafe.RateLimiter<?> limiter =
        (dev.failsafe.RateLimiter<?>) Library.FAILSAFE_SMOOTH.admitting().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquirePermit());
      }
      return calls;
    };
  }),
  FAILSAFE_SMOOTH_DENIED("Failsafe, smooth denied", () -> {
    dev.failsafe.RateLimiter<?> limiter =
        (dev.failsafe.RateLimiter<?>) Library.FAILSAFE_SMOOTH.denying().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquirePermit());
      }
      return calls;
    };
  }),
  FAILSAFE_BURSTY_ADMITTED("Failsafe, bursty admitted", () -> {
    dev.failsafe.RateLimiter<?> limiter =
        (dev.failsafe.RateLimiter<?>) Library.FAILSAFE_BURSTY.admitting().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquirePermit());
      }
      return calls;
    };
  }),
  FAILSAFE_BURSTY_DENIED("Failsafe, bursty denied", () -> {
    dev.failsafe.RateLimiter<?> limiter =
        (dev.failsafe.RateLimiter<?>) Library.FAILSAFE_BURSTY.denying().limiter();
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquirePermit());
      }
      return calls;
    };
  }),
  SYNCHRONIZED_ADMITTED("synchronized long admitted", () -> {
    HomeMade.Synchronized limiter = new HomeMade.Synchronized(Rate.MAX_PERMITS, 1);
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SYNCHRONIZED_DENIED("synchronized long denied", () -> {
    HomeMade.Synchronized limiter = new HomeMade.Synchronized(1, Limit.DAY);
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SEMAPHORE_ADMITTED("Semaphore, refilled admitted", () -> {
    HomeMade.RefilledSemaphore limiter = new HomeMade.RefilledSemaphore(1_000_000_000, 1_000_000);
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  SEMAPHORE_DENIED("Semaphore, refilled denied", () -> {
    HomeMade.RefilledSemaphore limiter = new HomeMade.RefilledSemaphore(1, Limit.DAY);
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  ADDER_WINDOW_ADMITTED("LongAdder window admitted", () -> {
    HomeMade.AdderWindow limiter = new HomeMade.AdderWindow(1_000_000_000, 1_000_000_000);
    return calls -> {
      for (int i = 0; i < calls; i++) {
        admitted(limiter.tryAcquire());
      }
      return calls;
    };
  }),
  ADDER_WINDOW_DENIED("LongAdder window denied", () -> {
    HomeMade.AdderWindow limiter = new HomeMade.AdderWindow(1, Limit.DAY);
    admitted(limiter.tryAcquire());
    return calls -> {
      for (int i = 0; i < calls; i++) {
        denied(limiter.tryAcquire());
      }
      return calls;
    };
  });

  private static final class Limit {
    static final Rate PLENTY = Rate.perSecond(1_000_000_000);
    static final Rate SCARCE = Rate.perDay(1);
    static final long DAY = 86_400_000_000_000L; // ns
  }

  private final String label;
  private final Supplier<Loop> loops;

  Operation(String label, Supplier<Loop> loops) {
    this.label = label;
    this.loops = loops;
  }

  /** The name for people. */
  String label() {
    return label;
  }

  /** A loop with a limiter of its own. */
  Loop loop() {
    return loops.get();
  }

  private static void admitted(boolean verdict) {
    if (!verdict) {
      throw new IllegalStateException("denied, in a loop of admissions");
    }
  }

  private static void denied(boolean verdict) {
    if (verdict) {
      throw new IllegalStateException("admitted, in a loop of denials");
    }
  }
}
