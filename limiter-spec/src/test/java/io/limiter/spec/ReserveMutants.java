package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.LevelPolicy;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Limiters that are wrong in one way that reserving, forcing, penalizing and changing are wrong in. */
final class ReserveMutants {
  private ReserveMutants() {}

  /** A right reservation, some of whose steps are to be replaced. */
  private static class Booked implements Reservation {
    final Reservation right;

    Booked(Reservation right) {
      this.right = right;
    }

    @Override
    public boolean granted() {
      return right.granted();
    }

    @Override
    public long permits() {
      return right.permits();
    }

    @Override
    public long waitNanos() {
      return right.waitNanos();
    }

    @Override
    public boolean cancel() {
      return right.cancel();
    }

    @Override
    public boolean settle(long actualPermits) {
      return right.settle(actualPermits);
    }
  }

  /** What is refused is charged all the same. */
  static RateLimiter chargesTheRefused(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        Reservation said = super.reserveAt(nanoTime, permits, maxWaitNanos);
        if (!said.granted() && permits <= right.burst()) {
          right.acquireForcedAt(nanoTime, permits);
        }
        return said;
      }
    };
  }

  /** Taking all that there is takes a debt, too: it is paid. */
  static RateLimiter drainsADebt(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public long tryAcquireUpToAt(long nanoTime, long max) {
        if (right.peek().remaining() == 0) {
          right.refund(1);
        }
        return super.tryAcquireUpToAt(nanoTime, max);
      }
    };
  }

  static RateLimiter forgivesDebts(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
        right.tryAcquireUpToAt(nanoTime, permits);
        return 0;
      }
    };
  }

  /** No debt is larger than the burst. */
  static RateLimiter cutsDebts(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public long acquireForcedAt(long nanoTime, long permits, long maxWaitNanos) {
        return right.acquireForcedAt(nanoTime, Math.min(permits, right.burst()), maxWaitNanos);
      }
    };
  }

  /** A permit is lost with each reservation that is cancelled. */
  static RateLimiter cancelsForLess(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            boolean done = super.cancel();
            if (done) {
              right().acquireForced(1);
            }
            return done;
          }
        };
      }

      private Gcra right() {
        return right;
      }
    };
  }

  static RateLimiter cancelsTwice(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            boolean done = super.cancel();
            refund(permits());
            return done;
          }
        };
      }
    };
  }

  /** Who cancels its future has left, but for its place. */
  static RateLimiter cancelledFuturesStayInLine(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
        return super.acquireAsync(permits, maxWait).copy();
      }
    };
  }

  /** Callers hold their permits while they are in line. */
  static RateLimiter chargesThoseInLine(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public CompletableFuture<Boolean> acquireAsync(long permits, Duration maxWait) {
        CompletableFuture<Boolean> future = super.acquireAsync(permits, maxWait);
        if (!future.isDone()) {
          right.acquireForced(permits);
          future.whenComplete((admitted, cancelled) -> right.refund(permits));
        }
        return future;
      }
    };
  }

  /** What was reserved is what was used. */
  static RateLimiter settlesForNoLess(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean settle(long actualPermits) {
            return super.settle(Math.max(actualPermits, permits()));
          }
        };
      }
    };
  }

  /** Takes what there is, as if nothing came back before the penalty is over. */
  static RateLimiter penalizesByDraining(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public void penalizeAt(long nanoTime, long nanos) {
        right.drain();
      }
    };
  }

  /** Another limit is another limiter, and that is full. */
  static RateLimiter fillsUpWhenChanged(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      void reconfigure(Rate rate, long burst, LevelPolicy policy) {
        super.reconfigure(rate, burst, LevelPolicy.FRESH);
      }
    };
  }

  /** Half full stays half full, though permits were to be kept. */
  static RateLimiter scalesTheLevelWhenChanged(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      void reconfigure(Rate rate, long burst, LevelPolicy policy) {
        boolean keep = policy == LevelPolicy.KEEP || policy == LevelPolicy.SPENT;
        super.reconfigure(rate, burst, keep ? LevelPolicy.PROPORTIONAL : policy);
      }
    };
  }

  /** Who asks for many is served as soon as there is one: the next one pays. */
  static RateLimiter letsTheNextPay(Rate rate, long burst, NanoClock clock) {
    long interval = Math.max(rate.periodNanos() / rate.permits(), 1);
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public long waitNanos() {
            long wait = super.waitNanos();
            return wait == Decision.NEVER ? wait : Math.max(wait - (permits() - 1) * interval, 0);
          }
        };
      }
    };
  }

  /** Says when permits are there, and charges nobody: all who wait are served at once. */
  static RateLimiter tellsAllTheSameWait(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        long wait = peekAt(nanoTime, permits).retryAfterNanos();
        Reservation right = super.reserveAt(nanoTime, permits, maxWaitNanos);
        if (wait == 0 || !right.cancel()) {
          return right;
        }
        return new Booked(right) {
          @Override
          public long waitNanos() {
            return Math.max(wait - (clock().nanoTime() - nanoTime), 0);
          }
        };
      }
    };
  }

  /** Gives back all permits of a reservation that is due, whatever time has restored. */
  static RateLimiter givesBackWhatTimeRestored(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            return waitNanos() == 0 ? refund(permits()) : super.cancel();
          }
        };
      }
    };
  }

  /** What was restored since the charge counts as if the rate had always been that of now. */
  static RateLimiter pricesReceiptsAtTheNewRate(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            if (waitNanos() > 0) {
              return super.cancel();
            }
            long elapsed = clock().nanoTime() - nanoTime;
            long restored = elapsed * right().rate().permits() / right().rate().periodNanos();
            return restored >= permits() || refund(permits() - restored);
          }
        };
      }

      private Gcra right() {
        return right;
      }
    };
  }

  /** Who is due has had its permits, used or not: a cancel of it does nothing. */
  static RateLimiter givesNothingBackOnceDue(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            return waitNanos() == 0 || super.cancel();
          }
        };
      }
    };
  }

  /** A clock that can be held back. */
  private static final class Lagging implements NanoClock {
    final NanoClock clock;
    long lag; // ns

    Lagging(NanoClock clock) {
      this.clock = clock;
    }

    @Override
    public long nanoTime() {
      return clock.nanoTime() - lag;
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
      clock.parkNanos(blocker, nanos);
    }

    @Override
    public Timer runAfter(long nanos, Runnable task) {
      return clock.runAfter(nanos, task);
    }
  }

  /** What a charge still weighs is taken at the reading of the call before. */
  static RateLimiter givesBackAtAnOldReading(Rate rate, long burst, NanoClock clock) {
    Lagging lagging = new Lagging(clock);
    return new WrongLimiter(rate, burst, lagging) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          @Override
          public boolean cancel() {
            lagging.lag = clock.nanoTime() - nanoTime;
            boolean done = super.cancel();
            lagging.lag = 0;
            return done;
          }
        };
      }
    };
  }

  /** A new rate counts from the last call before the change. */
  static RateLimiter pricesThePastAtTheNewRate(Rate rate, long burst, NanoClock clock) {
    Lagging lagging = new Lagging(clock);
    return new WrongLimiter(rate, burst, lagging) {
      private long last = clock.nanoTime();

      @Override
      public boolean tryAcquireAt(long nanoTime, long permits) {
        last = nanoTime;
        return super.tryAcquireAt(nanoTime, permits);
      }

      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        last = nanoTime;
        return super.reserveAt(nanoTime, permits, maxWaitNanos);
      }

      @Override
      void reconfigure(Rate rate, long burst, LevelPolicy policy) {
        lagging.lag = clock.nanoTime() - last;
        super.reconfigure(rate, burst, policy);
        lagging.lag = 0;
      }
    };
  }

  /** A reservation that is cancelled keeps its place: those behind it do not move up. */
  static RateLimiter cancelForgetsThoseBehind(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        return new Booked(super.reserveAt(nanoTime, permits, maxWaitNanos)) {
          private boolean cancelled;

          @Override
          public boolean cancel() {
            boolean done = !cancelled;
            cancelled = true;
            return done;
          }

          @Override
          public long waitNanos() {
            return cancelled ? Decision.NEVER : super.waitNanos();
          }
        };
      }
    };
  }

  /** Who waits is told its wait once; a change of the rate, or a place given up, does not matter. */
  static RateLimiter timesWaitersOnce(Rate rate, long burst, NanoClock clock) {
    return new WrongLimiter(rate, burst, clock) {
      @Override
      public Reservation reserveAt(long nanoTime, long permits, long maxWaitNanos) {
        Reservation reservation = super.reserveAt(nanoTime, permits, maxWaitNanos);
        long first = reservation.waitNanos();
        return new Booked(reservation) {
          @Override
          public long waitNanos() {
            return super.waitNanos() == Decision.NEVER
                ? Decision.NEVER
                : Math.max(first - (clock().nanoTime() - nanoTime), 0);
          }
        };
      }
    };
  }
}
