package io.limiter.bench;

import com.google.common.util.concurrent.RateLimiter;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import java.time.Duration;

/**
 * Whose limiter: each without waiting, by the nanosecond clock where there is a choice, and as its
 * manual says. {@link #admitting} is asked for less than a permit a nanosecond and never denies;
 * {@link #denying} has one permit a day, which is gone.
 */
public enum Library {
  /** Burst 10^12. */
  LIMITER("Limiter") {
    private final GcraMath plenty = GcraMath.of(Rate.perSecond(1_000_000_000), Rate.MAX_PERMITS);
    private final GcraMath scarce = GcraMath.of(Rate.perDay(1), 1);

    @Override
    Subject create(boolean admits) {
      return new Ours(Gcra.create(admits ? plenty : scarce, NanoClock.system()));
    }
  },
  /** The same for many threads. */
  LIMITER_STRIPED("Limiter, striped") {
    @Override
    Subject create(boolean admits) {
      Rate rate = admits ? Rate.perSecond(1_000_000_000) : Rate.perDay(1);
      return new Ours(
          Gcra.create(rate, admits ? Rate.MAX_PERMITS : 1, NanoClock.system()).striped());
    }
  },
  /** Lock-free (its default), greedy refill, nanosecond precision; burst 10^12. */
  BUCKET4J("Bucket4j") {
    @Override
    Subject create(boolean admits) {
      long capacity = admits ? Rate.MAX_PERMITS : 1;
      long refill = admits ? 1_000_000_000 : 1;
      Duration period = admits ? Duration.ofSeconds(1) : Duration.ofDays(1);
      return new Bucket4j(Bucket.builder()
          .addLimit(limit -> limit.capacity(capacity).refillGreedy(refill, period))
          .withNanosecondPrecision()
          .build());
    }
  },
  /** Burst of one second; counts microseconds, and lets one call overdraw: not the same promise. */
  GUAVA("Guava") {
    @Override
    Subject create(boolean admits) {
      return new Guava(RateLimiter.create(admits ? 1e9 : 1.0 / 86_400));
    }
  },
  /** Fixed windows: 2^31 - 1 a second; no wait. */
  RESILIENCE4J("Resilience4j") {
    private final RateLimiterConfig plenty = config(Integer.MAX_VALUE, Duration.ofSeconds(1));
    private final RateLimiterConfig scarce = config(1, Duration.ofDays(1));

    @Override
    Subject create(boolean admits) {
      return new Resilience4j(new AtomicRateLimiter("limiter", admits ? plenty : scarce));
    }
  },
  /** An even rate without a burst. */
  FAILSAFE_SMOOTH("Failsafe, smooth") {
    @Override
    Subject create(boolean admits) {
      return new Failsafe(
          dev.failsafe.RateLimiter.smoothBuilder(admits ? Duration.ofNanos(1) : Duration.ofDays(1))
              .build());
    }
  },
  /** Fixed windows. */
  FAILSAFE_BURSTY("Failsafe, bursty") {
    @Override
    Subject create(boolean admits) {
      return new Failsafe(dev.failsafe.RateLimiter.burstyBuilder(
              admits ? Integer.MAX_VALUE : 1, admits ? Duration.ofSeconds(1) : Duration.ofDays(1))
          .build());
    }
  };

  private final String label;

  Library(String label) {
    this.label = label;
  }

  /** The name for people. */
  public String label() {
    return label;
  }

  private static RateLimiterConfig config(int permits, Duration period) {
    return RateLimiterConfig.custom()
        .limitForPeriod(permits)
        .limitRefreshPeriod(period)
        .timeoutDuration(Duration.ZERO)
        .build();
  }

  abstract Subject create(boolean admits);

  /** A limiter that admits every call of a run. */
  public Subject admitting() {
    return create(true);
  }

  /** A limiter that denies every call of a run. */
  public Subject denying() {
    Subject subject = create(false);
    if (!subject.tryAcquire()) {
      throw new IllegalStateException(this + " denies its first permit");
    }
    return subject;
  }

  /** What every library can be asked. A run loads one implementation, so that calls are direct. */
  public interface Subject {
    /** One permit. */
    boolean tryAcquire();

    /** Five permits. */
    boolean tryAcquireFive();

    /** The verdict and what is left: something read from it, negative if denied. */
    default long decide() {
      throw new UnsupportedOperationException();
    }

    /** The limiter itself, to be weighed. */
    Object limiter();
  }

  private record Ours(io.limiter.RateLimiter limiter) implements Subject {
    @Override
    public boolean tryAcquire() {
      return limiter.tryAcquire();
    }

    @Override
    public boolean tryAcquireFive() {
      return limiter.tryAcquire(5);
    }

    @Override
    public long decide() {
      Decision decision = limiter.decide();
      return decision.admitted() ? decision.remaining() : -decision.retryAfterNanos();
    }
  }

  private record Bucket4j(Bucket limiter) implements Subject {
    @Override
    public boolean tryAcquire() {
      return limiter.tryConsume(1);
    }

    @Override
    public boolean tryAcquireFive() {
      return limiter.tryConsume(5);
    }

    @Override
    public long decide() {
      var probe = limiter.tryConsumeAndReturnRemaining(1);
      return probe.isConsumed() ? probe.getRemainingTokens() : -probe.getNanosToWaitForRefill();
    }
  }

  private record Guava(RateLimiter limiter) implements Subject {
    @Override
    public boolean tryAcquire() {
      return limiter.tryAcquire();
    }

    @Override
    public boolean tryAcquireFive() {
      return limiter.tryAcquire(5);
    }
  }

  private record Resilience4j(AtomicRateLimiter limiter) implements Subject {
    @Override
    public boolean tryAcquire() {
      return limiter.acquirePermission();
    }

    @Override
    public boolean tryAcquireFive() {
      return limiter.acquirePermission(5);
    }
  }

  private record Failsafe(dev.failsafe.RateLimiter<Object> limiter) implements Subject {
    @Override
    public boolean tryAcquire() {
      return limiter.tryAcquirePermit();
    }

    @Override
    public boolean tryAcquireFive() {
      return limiter.tryAcquirePermits(5);
    }
  }
}
