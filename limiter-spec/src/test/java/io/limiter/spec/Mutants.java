package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.spec.Setup.OfBucket;
import io.limiter.spec.Setup.OfGcra;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Wrong limiters, each wrong in one way that limiters are wrong in. */
final class Mutants {
  private Mutants() {}

  /** Answers other decisions than the model, by verdict still right. */
  private static Subject explaining(
      OfGcra setup, NanoClock clock, UnaryOperator<Decision> explanation) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public Decision decideAt(long reading, long permits) {
        return explanation.apply(super.decideAt(reading, permits));
      }

      @Override
      public Decision peekAt(long reading, long permits) {
        return explanation.apply(super.peekAt(reading, permits));
      }
    };
  }

  private static Decision with(Decision d, long remaining, long retryAfter, long resetAfter) {
    return new Decision(d.admitted(), remaining, retryAfter, resetAfter, d.deniedBy());
  }

  private static boolean isWait(long nanos) {
    return nanos > 0 && nanos < Decision.NEVER;
  }

  static Subject waitsOneNanoTooShort(OfGcra setup, NanoClock clock) {
    return explaining(
        setup,
        clock,
        d -> isWait(d.retryAfterNanos())
            ? with(d, d.remaining(), d.retryAfterNanos() - 1, d.resetAfterNanos())
            : d);
  }

  static Subject waitsOneNanoTooLong(OfGcra setup, NanoClock clock) {
    return explaining(
        setup,
        clock,
        d -> isWait(d.retryAfterNanos())
            ? with(d, d.remaining(), d.retryAfterNanos() + 1, d.resetAfterNanos())
            : d);
  }

  /** The wait for an emission interval that is rounded down. */
  static Subject floorsTheWait(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      private final Rational whole = Rational.of(setup.interval().floor());

      @Override
      public Decision decideAt(long reading, long permits) {
        Decision said = super.decideAt(reading, permits);
        if (!isWait(said.retryAfterNanos())) {
          return said;
        }
        long missing = permits - said.remaining();
        long floored = whole.times(Rational.of(missing)).floor().longValue();
        return with(
            said,
            said.remaining(),
            Math.min(said.retryAfterNanos(), Math.max(floored, 1)),
            said.resetAfterNanos());
      }
    };
  }

  static Subject roundsRemainingUp(OfGcra setup, NanoClock clock) {
    return explaining(setup, clock, d -> {
      boolean fraction = d.resetAfterNanos() > 0 && d.remaining() < setup.burst();
      return with(d, d.remaining() + (fraction ? 1 : 0), d.retryAfterNanos(), d.resetAfterNanos());
    });
  }

  static Subject resetsTooEarly(OfGcra setup, NanoClock clock) {
    return explaining(
        setup,
        clock,
        d -> with(d, d.remaining(), d.retryAfterNanos(), Math.max(d.resetAfterNanos() - 1, 0)));
  }

  static Subject resetsTooLate(OfGcra setup, NanoClock clock) {
    return explaining(
        setup,
        clock,
        d -> isWait(d.resetAfterNanos())
            ? with(d, d.remaining(), d.retryAfterNanos(), d.resetAfterNanos() + 1)
            : d);
  }

  static Subject admitsOneTooMany(OfGcra setup, NanoClock clock) {
    return new ModelSubject(new GcraModel(setup.interval(), setup.burst() + 1), clock);
  }

  static Subject admitsOneTooFew(OfGcra setup, NanoClock clock) {
    return new ModelSubject(new GcraModel(setup.interval(), setup.burst() - 1), clock);
  }

  /** T rounded down to whole ns: too fast, a little more with every permit. */
  static Subject drifts(OfGcra setup, NanoClock clock) {
    Rational whole = Rational.of(setup.interval().floor().max(BigInteger.ONE));
    return new ModelSubject(new GcraModel(whole, setup.burst()), clock);
  }

  static Subject countsMicroseconds(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      BigInteger time(long reading) {
        long nanos = super.time(reading).longValue();
        return BigInteger.valueOf(nanos - Math.floorMod(nanos, 1_000));
      }
    };
  }

  /** Compares readings instead of their differences. */
  static Subject trustsTheSignOfReadings(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      BigInteger time(long reading) {
        return BigInteger.valueOf(reading);
      }
    };
  }

  /** A level in floating point. */
  static Subject keepsFloatTokens(OfGcra setup, NanoClock clock) {
    double perNano = 1.0 * setup.rate().permits() / setup.rate().periodNanos();
    return new ModelSubject(setup.model(), clock) {
      private double level = setup.burst();
      private long since = clock.nanoTime();

      private double level(long reading) {
        return Math.min(setup.burst(), level + (reading - since) * perNano);
      }

      @Override
      public Decision decideAt(long reading, long permits) {
        if (level(reading) < permits) {
          return peekAt(reading, permits);
        }
        level = level(reading) - permits;
        since = reading;
        Decision left = peekAt(reading, 1);
        return new Decision(true, left.remaining(), 0, left.resetAfterNanos(), -1);
      }

      @Override
      public Decision peekAt(long reading, long permits) {
        double now = level(reading);
        boolean admits = now >= permits;
        long never = Decision.NEVER;
        long wait = permits > setup.burst() ? never : (long) Math.ceil((permits - now) / perNano);
        long reset = (long) Math.ceil((setup.burst() - now) / perNano);
        return new Decision(
            admits, (long) Math.max(now, 0), admits ? 0 : wait, reset, admits ? -1 : 0);
      }

      @Override
      public boolean refundAt(long reading, long permits) {
        level = Math.min(setup.burst(), level(reading) + permits);
        since = reading;
        return true;
      }
    };
  }

  static Subject chargesTheDenied(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public Decision decideAt(long reading, long permits) {
        Decision said = super.decideAt(reading, permits);
        if (!said.admitted() && permits <= setup.burst()) {
          model.charge(time(reading), BigInteger.valueOf(permits));
        }
        return said;
      }
    };
  }

  static Subject chargesThePeek(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public Decision peekAt(long reading, long permits) {
        Decision said = super.peekAt(reading, permits);
        super.tryAcquireAt(reading, permits);
        return said;
      }
    };
  }

  static Subject forgetsRefunds(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public boolean refundAt(long reading, long permits) {
        return true;
      }
    };
  }

  static Subject refundsTwice(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public boolean refundAt(long reading, long permits) {
        return super.refundAt(reading, permits) & super.refundAt(reading, permits);
      }
    };
  }

  /** Takes a step back of the clock for a restart: time begins anew, and so does the limiter. */
  static Subject startsAnewWhenTheClockStepsBack(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      private RateModel current = setup.model();
      private BigInteger newest = BigInteger.ZERO;

      private RateModel at(BigInteger t) {
        if (t.compareTo(newest) < 0) {
          current = setup.model();
        }
        newest = t;
        return current;
      }

      @Override
      public Decision decideAt(long reading, long permits) {
        return at(time(reading)).decide(time(reading), permits).toDecision();
      }

      @Override
      public Decision peekAt(long reading, long permits) {
        return current.peek(time(reading), permits).toDecision();
      }

      @Override
      public boolean refundAt(long reading, long permits) {
        current.refund(time(reading), permits);
        return true;
      }
    };
  }

  /** Credits the distance to an older reading as if it were time that has passed. */
  static Subject creditsStaleReadings(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      private BigInteger newest = BigInteger.ZERO;

      @Override
      BigInteger time(long reading) {
        BigInteger t = super.time(reading);
        newest = newest.max(t);
        return newest.add(newest.subtract(t));
      }
    };
  }

  /** Time as a limiter counts it that looks at the distance from the last reading only. */
  private abstract static class Elapsing extends ModelSubject {
    private final long origin;
    private BigInteger now = BigInteger.ZERO;
    private BigInteger last = BigInteger.ZERO;

    Elapsing(OfGcra setup, NanoClock clock) {
      super(setup.model(), clock);
      this.origin = clock.nanoTime();
    }

    @Override
    BigInteger time(long reading) {
      BigInteger t = BigInteger.valueOf(reading - origin);
      now = now.add(elapsed(t.subtract(last)));
      last = t;
      return now;
    }

    abstract BigInteger elapsed(BigInteger nanos);
  }

  /** An older reading becomes the last one: what lies between counts a second time. */
  static Subject movesBackToAStaleReading(OfGcra setup, NanoClock clock) {
    return new Elapsing(setup, clock) {
      @Override
      BigInteger elapsed(BigInteger nanos) {
        return nanos.max(BigInteger.ZERO);
      }
    };
  }

  /** Each look counts whole permits and begins anew: who looks often enough gets none. */
  static Subject creditsWholePermitsOnly(OfGcra setup, NanoClock clock) {
    return new Elapsing(setup, clock) {
      @Override
      BigInteger elapsed(BigInteger nanos) {
        Rational whole =
            Rational.of(Rational.of(nanos).dividedBy(setup.interval()).floor());
        return nanos.signum() < 0 ? nanos : whole.times(setup.interval()).floor();
      }
    };
  }

  /** The ns between two calls in an int: silence of more than 2.1 s is some other time. */
  static Subject countsSilenceIn32Bits(OfGcra setup, NanoClock clock) {
    return new Elapsing(setup, clock) {
      @Override
      BigInteger elapsed(BigInteger nanos) {
        return BigInteger.valueOf(nanos.intValue());
      }
    };
  }

  /** Idle time becomes a burst beyond B, as far as a second one. */
  static Subject savesUpWhileIdle(OfGcra setup, NanoClock clock) {
    RateModel saving = new GcraModel(setup.interval(), 2 * setup.burst());
    saving.charge(BigInteger.ZERO, BigInteger.valueOf(setup.burst()));
    return new ModelSubject(saving, clock);
  }

  static Subject startsEmpty(OfGcra setup, NanoClock clock) {
    RateModel empty = setup.model();
    empty.charge(BigInteger.ZERO, BigInteger.valueOf(setup.burst()));
    return new ModelSubject(empty, clock);
  }

  /** Whoever comes gets all that they ask for, if there is one permit: the next one pays. */
  static Subject letsTheNextPay(OfGcra setup, NanoClock clock) {
    return new ModelSubject(
        new Mistaken(setup.model()) {
          @Override
          public boolean admits(BigInteger t, BigInteger permits) {
            return super.admits(t, BigInteger.ONE);
          }
        },
        clock);
  }

  /** When so many would be there if the burst were greater. */
  static Subject tellsAWaitForMoreThanBurst(OfGcra setup, NanoClock clock) {
    return new ModelSubject(
        new Mistaken(setup.model()) {
          @Override
          public Optional<BigInteger> retryAfter(BigInteger t, BigInteger permits) {
            BigInteger burst = BigInteger.valueOf(setup.burst());
            Rational more = Rational.of(permits.subtract(burst).max(BigInteger.ZERO));
            return super.retryAfter(t, permits.min(burst))
                .map(wait -> wait.add(more.times(setup.interval()).ceil()));
          }
        },
        clock);
  }

  /** permits * T in 64 bits, whatever comes of it. */
  static Subject wrapsAroundInThePrice(OfGcra setup, NanoClock clock) {
    BigInteger interval = setup.interval().ceil();
    return new ModelSubject(
        new Mistaken(setup.model()) {
          @Override
          public boolean admits(BigInteger t, BigInteger permits) {
            return super.admits(t, permits) || permits.multiply(interval).longValue() <= 0;
          }
        },
        clock);
  }

  static Subject admitsMoreThanBurstFromIdle(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      @Override
      public Decision decideAt(long reading, long permits) {
        return super.decideAt(reading, Math.min(permits, setup.burst()));
      }
    };
  }

  static Subject acceptsNegativePermits(OfGcra setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock);
  }

  static Subject refillsWithoutSteps(OfBucket setup, NanoClock clock) {
    return new ModelSubject(
        new OfBucket(setup.rate(), setup.burst(), setup.initial(), false, 0).model(), clock);
  }

  static Subject anchorsAtCreation(OfBucket setup, NanoClock clock) {
    return new ModelSubject(
        new OfBucket(setup.rate(), setup.burst(), setup.initial(), true, 0).model(), clock);
  }

  static Subject startsFull(OfBucket setup, NanoClock clock) {
    return new ModelSubject(
        new OfBucket(setup.rate(), setup.burst(), setup.burst(), setup.stepwise(), setup.anchor())
            .model(),
        clock);
  }

  /** Every call puts off the end of the window, as an expiry that is set anew: who asks, waits. */
  static Subject restartsTheWindowWithEachCall(OfBucket setup, NanoClock clock) {
    return new ModelSubject(setup.model(), clock) {
      private TokenBucketModel window = setup.model();
      private BigInteger since = BigInteger.ZERO;

      @Override
      public Decision decideAt(long reading, long permits) {
        BigInteger t = time(reading);
        if (t.subtract(since).compareTo(BigInteger.valueOf(setup.rate().periodNanos())) >= 0) {
          window = setup.model();
        }
        since = t;
        return window.decide(BigInteger.ZERO, permits).toDecision();
      }
    };
  }

  static Subject savesUpAWindow(OfBucket setup, NanoClock clock) {
    long twice = 2 * setup.burst();
    return new ModelSubject(
        new OfBucket(setup.rate(), twice, twice, true, setup.anchor()).model(), clock);
  }

  /** Members charged one after the other, as in most code that wraps several limiters. */
  abstract static class Several implements Subject {
    final List<RateLimiter> members;
    final List<Long> weights;

    Several(List<RateLimiter> members, List<Long> weights) {
      this.members = members;
      this.weights = weights;
    }

    long share(int i, long permits) {
      return BigInteger.valueOf(weights.get(i))
          .multiply(BigInteger.valueOf(permits))
          .min(BigInteger.valueOf(Long.MAX_VALUE))
          .longValueExact();
    }

    @Override
    public boolean tryAcquireAt(long reading, long permits) {
      if (!peekAt(reading, permits).admitted()) {
        return false;
      }
      for (int i = 0; i < members.size(); i++) {
        members.get(i).tryAcquireAt(reading, share(i, permits));
      }
      return true;
    }

    @Override
    public Decision decideAt(long reading, long permits) {
      Decision before = peekAt(reading, permits);
      boolean admitted = tryAcquireAt(reading, permits);
      Decision after = peekAt(reading, permits);
      return admitted
          ? new Decision(true, after.remaining(), 0, after.resetAfterNanos(), -1)
          : new Decision(
              false,
              after.remaining(),
              before.retryAfterNanos(),
              after.resetAfterNanos(),
              before.deniedBy());
    }

    @Override
    public Decision peekAt(long reading, long permits) {
      List<Decision> each = new ArrayList<>();
      for (int i = 0; i < members.size(); i++) {
        each.add(members.get(i).peekAt(reading, share(i, permits)));
      }
      return together(each);
    }

    Decision together(List<Decision> each) {
      long wait = 0;
      long reset = 0;
      long remaining = Long.MAX_VALUE;
      int deniedBy = -1;
      for (int i = 0; i < each.size(); i++) {
        Decision member = each.get(i);
        remaining = Math.min(remaining, member.remaining() / weights.get(i));
        reset = Math.max(reset, member.resetAfterNanos());
        if (member.retryAfterNanos() > wait) {
          wait = member.retryAfterNanos();
          deniedBy = i;
        }
      }
      return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
    }

    @Override
    public boolean refundAt(long reading, long permits) {
      for (int i = 0; i < members.size(); i++) {
        members.get(i).refundAt(reading, share(i, permits));
      }
      return true;
    }
  }

  static Subject several(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {};
  }

  static Subject forgetsToRollBack(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {
      @Override
      public boolean tryAcquireAt(long reading, long permits) {
        for (int i = 0; i < members.size(); i++) {
          if (!members.get(i).tryAcquireAt(reading, share(i, permits))) {
            return false;
          }
        }
        return true;
      }
    };
  }

  static Subject chargesEachTheSame(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {
      @Override
      long share(int i, long permits) {
        return permits;
      }
    };
  }

  static Subject tellsTheFirstWait(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {
      @Override
      Decision together(List<Decision> each) {
        Decision right = super.together(each);
        for (int i = 0; i < each.size(); i++) {
          if (!each.get(i).admitted()) {
            long wait = each.get(i).retryAfterNanos();
            return new Decision(false, right.remaining(), wait, right.resetAfterNanos(), i);
          }
        }
        return right;
      }
    };
  }

  static Subject tellsTheMostRemaining(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {
      @Override
      Decision together(List<Decision> each) {
        long most = each.stream().mapToLong(Decision::remaining).max().orElse(0);
        Decision right = super.together(each);
        return with(right, most, right.retryAfterNanos(), right.resetAfterNanos());
      }
    };
  }

  static Subject namesTheFirstMember(List<RateLimiter> members, List<Long> weights) {
    return new Several(members, weights) {
      @Override
      Decision together(List<Decision> each) {
        Decision right = super.together(each);
        return right.admitted()
            ? right
            : new Decision(
                false, right.remaining(), right.retryAfterNanos(), right.resetAfterNanos(), 0);
      }
    };
  }
}
