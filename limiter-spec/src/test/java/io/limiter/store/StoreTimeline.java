package io.limiter.store;

import io.limiter.Decision;
import io.limiter.RuleStatus;
import io.limiter.rule.Limits;
import io.limiter.spec.Rational;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A random life of one key: calls of all sizes at all rates, to the edge of what is admitted and a
 * microsecond before it; and, by kind, readings that step back, or refunds, receipts, resets and changed
 * limits. Says where an engine differs from {@link ExactStore}.
 */
final class StoreTimeline {
  static final long BASE = 1_764_512_345_678_901L; // microseconds since 1970

  private static final int STEPS = 40;
  private static final long LONGEST = 1L << 46; // two years

  private final Random random;
  private final StoreEngine engine;
  private final List<StoreDecision> charges = new ArrayList<>();
  private final Set<Integer> givenBack = new HashSet<>();
  private final List<String> script = new ArrayList<>();
  private final boolean lowers; // else readings step back
  private final long rateMillis; // the least period
  private StoreLimits limits;
  private StoreLimits previous;
  private ExactStore model;
  private long t;
  private int steps;

  StoreTimeline(long seed, StoreEngine engine) {
    this(seed, engine, 1);
  }

  /** With rates whose periods are at least so long. */
  StoreTimeline(long seed, StoreEngine engine, long rateMillis) {
    this.random = new Random(seed);
    this.engine = engine;
    this.rateMillis = rateMillis;
    this.lowers = random.nextInt(3) > 0;
    if (!lowers) {
      engine.readingsStepBack();
    }
    this.limits = limits(0);
    this.previous = limits;
    this.model = new ExactStore(limits);
  }

  int steps() {
    return steps;
  }

  /** The first difference; empty if there is none. */
  Optional<String> run() {
    while (steps < STEPS && t < 1L << 49) {
      steps++;
      advance();
      Optional<String> difference = act();
      if (difference.isPresent()) {
        return difference.map(text -> text + "\n" + String.join("\n", script));
      }
    }
    return Optional.empty();
  }

  private StoredRate anyRate() {
    StoredRate[] rates = model.ruling().rates();
    return rates[random.nextInt(rates.length)];
  }

  private void advance() {
    StoredRate rate = anyRate();
    long interval = Math.max(rate.cost(1).micros(), 1);
    switch (random.nextInt(8)) {
      case 0 -> t += upTo(2 * interval);
      case 1 -> t += upTo(rate.capacity.micros() + 1);
      case 2 -> t += interval;
      case 3, 4 -> {
        // To the instant at which a call is admitted, or just before it.
        String all =
            model.decide(limits, BASE + t, 1 + random.nextInt(2), false).all();
        String wait = all.split(" ")[2];
        if (!wait.equals("never")) {
          t += Math.max(Long.parseLong(wait) - random.nextInt(2), 0);
        }
      }
      case 5 -> {
        if (!lowers) {
          t -= Math.min(t, upTo(Math.min(interval, 1_000_000)));
        }
      }
      default -> {}
    }
  }

  private Optional<String> act() {
    long now = BASE + t;
    int kind = lowers ? random.nextInt(12) : 11;
    if (kind <= 2 && !charges.isEmpty()) {
      // The model keeps charges by their number; each is given back at most once.
      int charge = random.nextInt(charges.size());
      StoreDecision receipt = charges.get(charge);
      if (givenBack.add(charge)) {
        long permits = random.nextBoolean()
            ? receipt.receipt().permits()
            : upTo(receipt.receipt().permits() + 1);
        script.add(now + " give back " + permits + " of charge " + charge);
        engine.giveBack(limits, now, receipt, permits);
        model.giveBack(charge, now, permits);
      }
    } else if (kind == 3 && random.nextBoolean()) {
      long permits = upTo(anyRate().burst + 1);
      script.add(now + " refund " + permits);
      engine.refund(limits, now, permits);
      model.refund(now, permits);
    } else if (kind == 4 && random.nextInt(4) == 0) {
      script.add(now + " reset");
      engine.reset(limits, now);
      model.reset(now);
    } else if (kind == 5 && random.nextInt(3) == 0) {
      previous = limits;
      limits = limits(limits.revision() + 1);
      script.add(now + " change to " + limits);
    }
    return decide(now);
  }

  private Optional<String> decide(long now) {
    StoredRate rate = anyRate();
    long permits = switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> rate.burst + upTo(2);
      case 2, 3 -> 1 + (long) (random.nextDouble() * random.nextDouble() * rate.burst);
      default -> 1;
    };
    boolean take = random.nextInt(8) > 0;
    boolean late = !model.isFresh(now) && random.nextInt(4) == 0; // a caller before the deploy
    StoreLimits asked = late ? previous : limits;
    StoreDecision got = engine.decide(asked, now, permits, take);
    ExactStore.Answer want = model.decide(asked, now, permits, take);
    script.add(now + (take ? " take " : " peek ") + permits + " by " + asked + ": " + want.all());
    if (take && want.admitted() && permits > 0) {
      charges.add(got);
    }
    String gotAll = got.admitted() + " " + got.decision().remaining() + " "
        + micros(got.decision().retryAfterNanos()) + " "
        + micros(got.decision().resetAfterNanos());
    List<String> gotRules =
        got.detail().rules().stream().map(StoreTimeline::text).toList();
    boolean same = gotAll.equals(want.all()) && gotRules.equals(want.rules());
    return same
        ? Optional.empty()
        : Optional.of("got " + gotAll + " " + gotRules + ", expected " + want);
  }

  static String text(RuleStatus rule) {
    return rule.remaining() + " " + micros(rule.waitNanos()) + " " + micros(rule.resetAfterNanos());
  }

  private static String micros(long nanos) {
    return nanos == Decision.NEVER ? "never" : Long.toString(nanos / 1000);
  }

  /** One rate, or in a third of the lives two or three. */
  private StoreLimits limits(long revision) {
    Limits limits = rule();
    int more = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0;
    for (int i = 0; i < more; i++) {
      try {
        limits = limits.and(rule());
      } catch (IllegalArgumentException twoOfOnePeriod) {
        i--;
      }
    }
    return StoreLimits.of(limits, revision);
  }

  /** Counts up to 10^12, periods up to 366 days, many without a common divisor. */
  private Limits rule() {
    while (true) {
      long permits = switch (random.nextInt(5)) {
        case 0 -> 1 + random.nextInt(10);
        case 1 -> 1 + random.nextInt(1000);
        case 2 -> 1 + random.nextInt(1_000_000);
        case 3 -> 999_000 + random.nextInt(2_000_000);
        default -> 1 + upTo(1_000_000_000_000L);
      };
      long millis = rateMillis
          - 1
          + switch (random.nextInt(5)) {
            case 0 -> 1 + random.nextInt(1000);
            case 1 -> 1_000;
            case 2 -> 60_000;
            case 3 -> 86_400_000L * (1 + random.nextInt(300));
            default -> 1 + upTo(300 * 86_400_000L);
          };
      long burst = switch (random.nextInt(3)) {
        case 0 -> permits;
        case 1 -> 1 + random.nextInt(20);
        default -> 1 + random.nextInt(1_000_000);
      };
      Rational refill = Rational.of(millis, permits).times(Rational.of(1000 * burst));
      if (refill.compareTo(Rational.of(LONGEST)) < 0) {
        return Limits.parse(permits + "/" + millis + " ms burst " + burst);
      }
    }
  }

  private long upTo(long bound) {
    return (long) (random.nextDouble() * bound);
  }
}
