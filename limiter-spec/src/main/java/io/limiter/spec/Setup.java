package io.limiter.spec;

import io.limiter.GcraMath;
import io.limiter.Rate;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What limiter to build: its model, and the sizes from which a timeline picks interesting moments. */
public sealed interface Setup {

  /** A new model of this limiter, created at time 0. */
  RateModel model();

  /** The most permits that one call can take: 0 if weights leave no room for one. */
  long burst();

  /** A span in ns around which verdicts change: the emission interval, or the step. */
  Rational interval();

  /**
   * How far in ns a reading may lie behind the newest one and still be decided as the model does;
   * readings further back only ever deny more.
   */
  BigInteger exactStepBack();

  /** The latest time in ns that readings can express; as long before creation is the earliest. */
  default BigInteger lastMoment() {
    return BigInteger.valueOf(Long.MAX_VALUE);
  }

  /**
   * A {@link io.limiter.Gcra}.
   *
   * @param rate N/P
   * @param burst B
   * @param interval T in ns: P/N, or what a limiter that has to round it says it uses
   */
  record OfGcra(Rate rate, long burst, Rational interval) implements Setup {
    /** Emission interval P/N. */
    public OfGcra(Rate rate, long burst) {
      this(rate, burst, Rational.of(rate.periodNanos(), rate.permits()));
    }

    @Override
    public RateModel model() {
      return new GcraModel(interval, burst);
    }

    @Override
    public BigInteger exactStepBack() {
      return BigInteger.valueOf(GcraMath.of(rate, burst).horizonNanos());
    }

    @Override
    public String toString() {
      return rate + " burst " + burst;
    }
  }

  /**
   * A {@link io.limiter.TokenBucket}.
   *
   * @param rate N/P
   * @param burst B
   * @param initial the level at creation
   * @param stepwise whether N permits arrive at once
   * @param anchor the beginning of a step, in ns since creation; 0 with continuous refill
   */
  record OfBucket(Rate rate, long burst, long initial, boolean stepwise, long anchor)
      implements Setup {
    @Override
    public TokenBucketModel model() {
      return stepwise
          ? TokenBucketModel.stepwise(
              rate.permits(), rate.periodNanos(), burst, initial, BigInteger.valueOf(anchor))
          : TokenBucketModel.continuous(rate.permits(), rate.periodNanos(), burst, initial);
    }

    @Override
    public Rational interval() {
      return Rational.of(rate.periodNanos(), stepwise ? 1 : rate.permits());
    }

    @Override
    public BigInteger exactStepBack() {
      Rate kernel = stepwise ? Rate.ofNanos(rate.permits(), 1) : rate;
      BigInteger horizon = BigInteger.valueOf(GcraMath.of(kernel, burst).horizonNanos());
      return stepwise ? horizon.multiply(BigInteger.valueOf(rate.periodNanos())) : horizon;
    }

    @Override
    public BigInteger lastMoment() {
      return BigInteger.valueOf(Long.MAX_VALUE - Math.abs(anchor));
    }

    @Override
    public String toString() {
      return rate
          + (" burst " + burst + " initial " + initial)
          + (stepwise ? " stepwise from " + anchor + " ns" : "");
    }
  }

  /**
   * A {@link io.limiter.SlidingLog}.
   *
   * @param windows N_i per P_i
   */
  record OfLog(List<Rate> windows) implements Setup {
    /** Copies the list. */
    public OfLog {
      windows = List.copyOf(windows);
    }

    @Override
    public SlidingLogModel model() {
      return new SlidingLogModel(windows);
    }

    @Override
    public long burst() {
      return windows.stream().mapToLong(Rate::permits).min().orElseThrow();
    }

    /** The shortest window. */
    @Override
    public Rational interval() {
      return Rational.of(windows.stream().mapToLong(Rate::periodNanos).min().orElseThrow());
    }

    /** Any in fact; but further back a wait may be longer than 2^63 - 2 ns. */
    @Override
    public BigInteger exactStepBack() {
      return BigInteger.ONE.shiftLeft(61);
    }

    @Override
    public String toString() {
      return "log of " + windows;
    }
  }

  /**
   * An {@link io.limiter.AllOf}.
   *
   * @param members the limiters in it
   * @param weights one for each member
   */
  record OfAll(List<Setup> members, List<Long> weights) implements Setup {
    /** Copies both lists. */
    public OfAll {
      members = List.copyOf(members);
      weights = List.copyOf(weights);
    }

    @Override
    public RateModel model() {
      return new AllOfModel(members.stream().map(Setup::model).toList(), weights);
    }

    @Override
    public long burst() {
      return IntStream.range(0, members.size())
          .mapToLong(i -> members.get(i).burst() / weights.get(i))
          .min()
          .orElseThrow();
    }

    @Override
    public Rational interval() {
      return members.stream().map(Setup::interval).reduce(Rational::min).orElseThrow();
    }

    @Override
    public BigInteger exactStepBack() {
      return members.stream().map(Setup::exactStepBack).reduce(BigInteger::min).orElseThrow();
    }

    @Override
    public BigInteger lastMoment() {
      return members.stream().map(Setup::lastMoment).reduce(BigInteger::min).orElseThrow();
    }

    @Override
    public String toString() {
      return IntStream.range(0, members.size())
          .mapToObj(i -> weights.get(i) + " x (" + members.get(i) + ")")
          .collect(Collectors.joining(", ", "all of ", ""));
    }
  }
}
