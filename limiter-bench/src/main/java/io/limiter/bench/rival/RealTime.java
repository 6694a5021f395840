package io.limiter.bench.rival;

import io.limiter.Rate;
import io.limiter.spec.Rational;
import io.limiter.spec.ReadableTime;
import io.limiter.spec.kit.Finding;
import io.limiter.spec.kit.RateAdapter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What can be said of a limiter that reads System.nanoTime and nothing else: a few calls in real
 * time, each measured before and after. An admission lies between the two readings, so the span from
 * the first reading before one to the last after another is never too short: a counterexample is one
 * however the threads are scheduled. A slow machine can only fail to show it, so it is tried again.
 */
final class RealTime {
  private static final int ATTEMPTS = 100;

  /** A call for {@code permits}, {@code nanos} after the limiter was created or later. */
  record Step(long nanos, long permits) {}

  private final Supplier<RateAdapter> factory;

  RealTime(Supplier<RateAdapter> factory) {
    this.factory = factory;
  }

  private record Admission(long before, long after, long permits) {}

  /** Whether at most {@code burst + floor(w*N/P)} permits are admitted, in the calls of one script. */
  Finding neverAdmitsMoreThanBurstPlusRate(Rate rate, long burst, Step... script) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<Admission> admitted = play(script);
      BigInteger sum = admitted.stream()
          .map(each -> BigInteger.valueOf(each.permits()))
          .reduce(BigInteger.ZERO, BigInteger::add);
      if (!admitted.isEmpty()) {
        long w = admitted.get(admitted.size() - 1).after() - admitted.get(0).before();
        BigInteger most = Rational.of(rate.permits(), rate.periodNanos())
            .times(Rational.of(w))
            .floor()
            .add(BigInteger.valueOf(burst));
        if (sum.compareTo(most) > 0) {
          return new Finding(Finding.Kind.BROKEN, text(rate, burst, script, sum, most));
        }
      }
    }
    return new Finding(Finding.Kind.HOLDS, "");
  }

  /** The readings are left out, as they differ each time: what is said is true of each time. */
  private static String text(
      Rate rate, long burst, Step[] script, BigInteger sum, BigInteger most) {
    StringBuilder text = new StringBuilder().append(rate).append(" burst ").append(burst);
    text.append(", in real time");
    for (Step step : script) {
      text.append("\n  ").append(ReadableTime.of(step.nanos()));
      text.append(" after creation: tryAcquire(");
      text.append(step.permits()).append(")");
    }
    return text
        + ("\n  <- " + sum + " admitted, at most " + most
            + " in the time measured around the calls");
  }

  private List<Admission> play(Step... script) {
    List<Admission> admitted = new ArrayList<>();
    RateAdapter limiter = factory.get();
    long created = System.nanoTime();
    for (Step step : script) {
      while (System.nanoTime() - created < step.nanos()) {
        Thread.onSpinWait();
      }
      long before = System.nanoTime();
      boolean admits = limiter.tryAcquire(step.permits());
      long after = System.nanoTime();
      if (admits) {
        admitted.add(new Admission(before, after, step.permits()));
      }
    }
    return admitted;
  }

  /** Whether calls for less than one permit leave a limiter that admitted all it has as it is. */
  Finding permitsBelowOneMintNothing(Rate rate, long burst) {
    RateAdapter limiter = factory.get();
    long before = System.nanoTime();
    for (long i = 0; i < burst; i++) {
      limiter.tryAcquire(1);
    }
    for (long permits : new long[] {0, -1, -1_000, Integer.MIN_VALUE}) {
      try {
        limiter.tryAcquire(permits);
      } catch (RuntimeException refused) {
        continue;
      }
    }
    boolean minted = limiter.tryAcquire(1);
    long w = System.nanoTime() - before;
    return minted && w < rate.periodNanos() / rate.permits()
        ? new Finding(Finding.Kind.BROKEN, rate + " burst " + burst + ": minted")
        : new Finding(Finding.Kind.HOLDS, "");
  }
}
