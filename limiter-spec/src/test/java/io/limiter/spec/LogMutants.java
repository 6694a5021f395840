package io.limiter.spec;

import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Setup.OfLog;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Wrong sliding logs, each wrong in one way that sliding logs are wrong in. */
final class LogMutants {
  private LogMutants() {}

  /** The model of a log with some of its steps to be replaced. */
  private static class Log extends Mistaken {
    final List<Rate> windows;

    Log(OfLog setup) {
      super(setup.model());
      this.windows = setup.windows();
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

  /** Entries are a set of readings: of those that come at one instant, one is kept. */
  static Subject countsAnInstantOnce(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          private BigInteger newest = BigInteger.TWO.pow(100).negate();

          @Override
          public void charge(BigInteger t, BigInteger permits) {
            if (t.compareTo(newest) > 0) {
              super.charge(t, permits);
            }
            newest = newest.max(t);
          }
        },
        clock);
  }

  /** Two counters for a log: as if the calls of the window before had come at even distances. */
  static Subject estimatesFromTwoWindows(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          private final BigInteger period = BigInteger.valueOf(windows.get(0).periodNanos());
          private final Map<BigInteger, BigInteger> counts = new HashMap<>();

          private BigInteger count(BigInteger window) {
            return counts.getOrDefault(window, BigInteger.ZERO);
          }

          @Override
          public boolean admits(BigInteger t, BigInteger permits) {
            BigInteger window = Rational.of(t, period).floor();
            Rational left = Rational.of(1).minus(Rational.of(t.mod(period), period));
            return Rational.of(count(window.subtract(BigInteger.ONE)))
                    .times(left)
                    .plus(Rational.of(count(window)))
                    .plus(Rational.of(permits))
                    .compareTo(Rational.of(windows.get(0).permits()))
                <= 0;
          }

          @Override
          public void charge(BigInteger t, BigInteger permits) {
            counts.merge(Rational.of(t, period).floor(), permits, BigInteger::add);
          }
        },
        clock);
  }

  /** Removes what is too old after it has counted: the first call that could pass is denied. */
  static Subject countsBeforeItCleansUp(OfLog setup, NanoClock clock) {
    return of(
        new Log(setup) {
          private BigInteger cleaned = BigInteger.ZERO;

          @Override
          public boolean admits(BigInteger t, BigInteger permits) {
            return super.admits(cleaned.min(t), permits);
          }

          @Override
          public ModelDecision decide(BigInteger t, long permits) {
            ModelDecision said = super.decide(t, permits);
            cleaned = t;
            return said;
          }
        },
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
