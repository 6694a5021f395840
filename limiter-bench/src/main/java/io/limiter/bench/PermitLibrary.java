package io.limiter.bench;

import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.FixedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.internal.SemaphoreBulkhead;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Permit;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MpmcArrayQueue;

/** Whose permits to hold and give back: none of them waits. */
public enum PermitLibrary {
  /** tryAcquire and release. */
  LIMITER {
    @Override
    Pool create(int limit) {
      return pool(ConcurrencyLimiter.create(limit));
    }
  },
  /** The same for many threads. */
  LIMITER_STRIPED {
    @Override
    Pool create(int limit) {
      return pool(ConcurrencyLimiter.create(limit).striped());
    }
  },
  /** tryEnter and close: a permit that can be closed twice, with its decision. */
  LIMITER_PERMIT {
    @Override
    Pool create(int limit) {
      ConcurrencyLimiter limiter = ConcurrencyLimiter.create(limit);
      return new Pool() {
        @Override
        public Object take() {
          Permit permit = limiter.tryEnter();
          return permit.granted() ? permit : null;
        }

        @Override
        public void giveBack(Object permit) {
          ((Permit) permit).close();
        }
      };
    }
  },
  /** java.util.concurrent, not fair. */
  SEMAPHORE {
    @Override
    Pool create(int limit) {
      Semaphore semaphore = new Semaphore(limit);
      return new Pool() {
        @Override
        public Object take() {
          return semaphore.tryAcquire() ? semaphore : null;
        }

        @Override
        public void giveBack(Object permit) {
          semaphore.release();
        }
      };
    }
  },
  /** java.util.concurrent, fair in acquire, which looks for those who wait. */
  SEMAPHORE_FAIR {
    @Override
    Pool create(int limit) {
      Semaphore semaphore = new Semaphore(limit, true);
      return new Pool() {
        @Override
        public Object take() throws InterruptedException {
          return semaphore.tryAcquire(0, TimeUnit.NANOSECONDS) ? semaphore : null;
        }

        @Override
        public void giveBack(Object permit) {
          semaphore.release();
        }
      };
    }
  },
  /** A semaphore with events. */
  RESILIENCE4J {
    @Override
    Pool create(int limit) {
      SemaphoreBulkhead bulkhead = new SemaphoreBulkhead(
          "bulkhead",
          BulkheadConfig.custom()
              .maxConcurrentCalls(limit)
              .maxWaitDuration(Duration.ZERO)
              .build());
      return new Pool() {
        @Override
        public Object take() {
          return bulkhead.tryAcquirePermission() ? bulkhead : null;
        }

        @Override
        public void giveBack(Object permit) {
          bulkhead.releasePermission();
        }
      };
    }
  },
  /** A lock. */
  FAILSAFE {
    @Override
    Pool create(int limit) {
      dev.failsafe.Bulkhead<Object> bulkhead =
          dev.failsafe.Bulkhead.builder(limit).build();
      return new Pool() {
        @Override
        public Object take() {
          return bulkhead.tryAcquirePermit() ? bulkhead : null;
        }

        @Override
        public void giveBack(Object permit) {
          bulkhead.releasePermit();
        }
      };
    }
  },
  /** A fixed limit; given back as ignored, which spares it the statistics that a fixed limit drops. */
  NETFLIX {
    @Override
    Pool create(int limit) {
      Limiter<Void> limiter =
          SimpleLimiter.newBuilder().limit(FixedLimit.of(limit)).build();
      return new Pool() {
        @Override
        public Object take() {
          return limiter.acquire(null).orElse(null);
        }

        @Override
        public void giveBack(Object permit) {
          ((Limiter.Listener) permit).onIgnore();
        }
      };
    }
  },
  /** Tokens in a bounded queue. */
  JCTOOLS_QUEUE {
    @Override
    Pool create(int limit) {
      MpmcArrayQueue<Object> tokens = new MpmcArrayQueue<>(limit);
      for (int i = 0; i < limit; i++) {
        tokens.add(i);
      }
      return new Pool() {
        @Override
        public Object take() {
          return tokens.poll();
        }

        @Override
        public void giveBack(Object permit) {
          tokens.add(permit);
        }
      };
    }
  };

  private static Pool pool(ConcurrencyLimiter limiter) {
    return new Pool() {
      @Override
      public Object take() {
        return limiter.tryAcquire() ? limiter : null;
      }

      @Override
      public void giveBack(Object permit) {
        limiter.release();
      }
    };
  }

  /** {@code limit} permits. */
  abstract Pool create(int limit);

  /** What every library can be asked. */
  interface Pool {
    /** A permit, or null. */
    Object take() throws InterruptedException;

    /** Takes back what {@link #take} gave. */
    void giveBack(Object permit);
  }
}
