package io.limiter.spec;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfLog;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Wrong sliding logs, each wrong in one way that sliding logs are wrong in. */
final class LogMutants {
  private LogMutants() {}

  /** The model with some of its steps to be replaced. */
  private static class Log implements RateModel {
    final List<Rate> windows;
    final RateModel right;

    Log(List<Rate> windows, RateModel right) {
      this.windows = windows;
      this.right = right;
    }

    Log(OfLog setup) {
      this(setup.windows(), setup.model());
    }

    @Override
    public boolean admits(BigInteger t, BigInteger permits) {
      return right.admits(t, permits);
    }

    @Override
    public void charge(BigInteger t, BigInteger permits) {
      right.charge(t, permits);
    }

    @Override
    public BigInteger remaining(BigInteger t) {
      return right.remaining(t);
    }

    @Override
    public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
      return right.retryAfter(t, permits);
    }

    @Override
    public BigInteger resetAfter(BigInteger t) {
      return right.resetAfter(t);
    }

    @Override
    public boolean refund(BigInteger t, BigInteger permits) {
      return right.refund(t, permits);
    }
  }

  private static Subject of(RateModel wrong, NanoClock clock) {
    return new ModelSubject(wrong, clock);
  }

  private static SlidingLogModel longer(OfLog setup, long nanos) {
    return new SlidingLogModel(setup.windows().stream()
        .map(w -> Rate.ofNanos(w.permits(), Math.max(w.periodNanos() + nanos, 1)))
        .toList());
  }

  /** A window with both of its ends. */
  static Subject countsAPermitOnePeriodOld(OfLog setup, NanoClock clock) {
    return of(longer(setup, 1), clock);
  }

  static Subject losesAPermitOneNanoEarly(OfLog setup, NanoClock clock) {
    return of(longer(setup, -1), clock);
  }

  /** At most N in each P from the beginning on: up to 2N where two of them meet. */
  static Subject countsByFixedWindows(OfLog setup, NanoClock clock) {
    Rate window = setup.windows().get(0);
    return of(
        TokenBucketModel.stepwise(
            window.permits(),
            window.periodNanos(),
            window.permits(),
            window.permits(),
            BigInteger.ZERO),
        clock);
  }

  /** The entry N - 1 back is gone when it is asked for, and nothing is known of the one N back. */
  static Subject ringTooSmallByOne(OfLog setup, NanoClock clock) {
    return of(
        new SlidingLogModel(setup.windows().stream()
            .map(w -> Rate.ofNanos(w.permits() + 1, w.periodNanos()))
            .toList()),
        clock);
  }

  static Subject asksTheFirstWindowOnly(OfLog setup, NanoClock clock) {
    return of(new SlidingLogModel(setup.windows().subList(0, 1)), clock);
  }

  static Subject countsCallsNotPermits(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          @Override
          public void charge(BigInteger t, BigInteger permits) {
            super.charge(t, BigInteger.ONE);
          }
        },
        clock);
  }

  /** Entries that are not in order: an older reading is dated as it is given. */
  static Subject datesStaleReadingsAsGiven(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          private final List<BigInteger> entries = new ArrayList<>();

          @Override
          public boolean admits(BigInteger t, BigInteger permits) {
            return windows.stream().allMatch(w -> {
              BigInteger after = t.subtract(BigInteger.valueOf(w.periodNanos()));
              long young = entries.stream()
                  .filter(e -> e.compareTo(after) > 0 && e.compareTo(t) <= 0)
                  .count();
              return permits.compareTo(BigInteger.valueOf(w.permits() - young)) <= 0;
            });
          }

          @Override
          public void charge(BigInteger t, BigInteger permits) {
            for (int i = permits.intValueExact(); i > 0; i--) {
              entries.add(t);
            }
          }

          @Override
          public BigInteger resetAfter(BigInteger t) {
            long longest = windows.stream().mapToLong(Rate::periodNanos).max().orElseThrow();
            return entries.isEmpty()
                ? BigInteger.ZERO
                : entries
                    .get(entries.size() - 1)
                    .add(BigInteger.valueOf(longest))
                    .subtract(t);
          }
        },
        clock);
  }

  /** Takes permits back one by one, whatever their age. */
  static Subject takesBackOlderOnesToo(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          @Override
          public boolean refund(BigInteger t, BigInteger permits) {
            boolean any = false;
            for (BigInteger left = permits;
                left.signum() > 0 && super.refund(t, BigInteger.ONE);
                left = left.subtract(BigInteger.ONE)) {
              any = true;
            }
            return any;
          }
        },
        clock);
  }

  /** Removes one entry, whatever the weight. */
  static Subject takesBackOneOnly(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          @Override
          public boolean refund(BigInteger t, BigInteger permits) {
            return super.refund(t, BigInteger.ONE);
          }
        },
        clock);
  }

  /** Tells when the first permit leaves, though several are asked for. */
  static Subject waitsForOnePermitOnly(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          @Override
          public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
            return super.retryAfter(t, permits).isEmpty()
                ? Optional.empty()
                : super.retryAfter(t, BigInteger.ONE);
          }
        },
        clock);
  }

  static Subject tellsTheRoomOfTheFirstWindow(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          private final RateModel first = new SlidingLogModel(windows.subList(0, 1));

          @Override
          public void charge(BigInteger t, BigInteger permits) {
            super.charge(t, permits);
            first.charge(t, permits);
          }

          @Override
          public boolean refund(BigInteger t, BigInteger permits) {
            return super.refund(t, permits) && first.refund(t, permits);
          }

          @Override
          public BigInteger remaining(BigInteger t) {
            return first.remaining(t);
          }
        },
        clock);
  }

  /** Each admission of a denied call is kept, as if it had been admitted. */
  static Subject logsTheDenied(OfLog setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public boolean tryAcquireAt(long reading, long permits) {
        boolean admitted = super.tryAcquireAt(reading, permits);
        if (!admitted && permits <= setup.burst()) {
          model.charge(time(reading), BigInteger.valueOf(permits));
        }
        return admitted;
      }
    };
  }
}
