package io.limiter.spec;

import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tuple;

/**
 * Arbitrary limiters and arbitrary timelines for them, chosen where limiters go wrong: rates that do
 * not divide a second, bursts of 1 and of 10^12, readings one ns to either side of the moment at
 * which a verdict changes, steps back, centuries of silence, clocks that wrap around.
 *
 * <p>A timeline is made by playing the limiter's model: so "just before the retry" is a real time
 * when it is printed. It shrinks to few calls of one permit at the same instant.
 */
public final class Timelines {
  /** How far readings may step back. */
  public enum StepsBack {
    /** Readings never decrease. */
    NONE,
    /** As far as the limiter promises to decide exactly. */
    EXACT,
    /** Without limit. */
    ANY
  }

  /** Where the next reading lies. The first is what timelines shrink to. */
  private enum Move {
    SAME,
    NANO,
    BEFORE_RETRY,
    RETRY,
    BEFORE_INTERVAL,
    INTERVAL,
    AFTER_INTERVAL,
    BEFORE_RESET,
    RESET,
    BACK,
    NEWEST,
    LATER,
    LATER_STILL,
    CENTURY
  }

  /** How many permits are asked for. */
  private enum Ask {
    ONE,
    FEW,
    REMAINING,
    ONE_MORE,
    SOME,
    BURST,
    TOO_MANY,
    HUGE
  }

  private record Draft(Call.Verb verb, Move move, long distance, Ask ask, long amount) {}

  private static final BigInteger CENTURY = BigInteger.valueOf(36_525L * 86_400 * 1_000_000_000);
  private static final BigInteger SPAN = BigInteger.valueOf(Long.MAX_VALUE);
  private static final long CAPACITY = 1L << 61; // largest burst * interval that is always exact
  private static final int MAX_CALLS = 40;

  private Timelines() {}

  /** Timelines of limiters from {@code setups}, with all four verbs. */
  public static <S extends Setup> Arbitrary<Timeline<S>> of(
      Arbitrary<S> setups, StepsBack stepsBack) {
    return of(setups, stepsBack, Call.Verb.values());
  }

  /** Timelines of limiters from {@code setups}, with {@code verbs} alone. */
  public static <S extends Setup> Arbitrary<Timeline<S>> of(
      Arbitrary<S> setups, StepsBack stepsBack, Call.Verb... verbs) {
    Arbitrary<Draft> drafts = Combinators.combine(
            Arbitraries.of(verbs),
            Arbitraries.of(Move.values()),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.of(Ask.values()),
            Arbitraries.longs().greaterOrEqual(0))
        .as(Draft::new);
    return Combinators.combine(
            setups,
            origins(),
            drafts.list().ofMaxSize(MAX_CALLS).withSizeDistribution(RandomDistribution.uniform()))
        .as((setup, origin, list) -> play(setup, origin, list, stepsBack))
        .withoutEdgeCases(); // the setups and moves are the edge cases
  }

  /** Clock readings at creation: 0, just before the clock wraps around, and any other. */
  public static Arbitrary<Long> origins() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE)),
        Tuple.of(2, Arbitraries.longs().greaterOrEqual(Long.MAX_VALUE - 1_000_000)),
        Tuple.of(1, Arbitraries.longs()));
  }

  /** Rates: everyday ones, the awkward ones by name, and any other up to 2^61 ns a permit. */
  public static Arbitrary<Rate> rates() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            3,
            Arbitraries.of(
                Rate.perSecond(1),
                Rate.perSecond(3),
                Rate.perSecond(7),
                Rate.perMinute(480),
                Rate.perDay(1),
                Rate.perSecond(999_983),
                Rate.perSecond(1_000_000_000),
                Rate.perDay(Rate.MAX_PERMITS),
                Rate.ofNanos(1, 1),
                Rate.ofNanos(Rate.MAX_PERMITS, 1),
                Rate.ofNanos(1, CAPACITY))),
        Tuple.of(
            2,
            Combinators.combine(
                    Arbitraries.longs().between(1, Rate.MAX_PERMITS),
                    Arbitraries.longs().between(1, CAPACITY))
                .as(Rate::ofNanos)));
  }

  /** Bursts for {@code rate}: 1, N, 10^12 and any other. */
  private static Arbitrary<Long> bursts() {
    return Arbitraries.frequencyOf(
        Tuple.of(2, Arbitraries.of(1L, 2L, 3L, 10L)),
        Tuple.of(1, Arbitraries.just(0L)), // stands for N
        Tuple.of(1, Arbitraries.just(Rate.MAX_PERMITS)),
        Tuple.of(2, Arbitraries.longs().between(1, Rate.MAX_PERMITS)));
  }

  /** Gcra limiters whose every decision has to be exact: burst times reduced period is 2^61 at most. */
  public static Arbitrary<Setup.OfGcra> gcras() {
    return Combinators.combine(rates(), bursts())
        .as((rate, burst) -> new Setup.OfGcra(rate, exactBurst(rate, burst)));
  }

  /** Token buckets with continuous refill, at any initial level. */
  public static Arbitrary<Setup.OfBucket> continuousBuckets() {
    return Combinators.combine(rates(), bursts(), levels()).as((rate, burst, level) -> {
      long most = exactBurst(rate, burst);
      return new Setup.OfBucket(rate, most, Math.max(most - level, 0), false, 0);
    });
  }

  /** Token buckets with stepwise refill, at any initial level and anchor. */
  public static Arbitrary<Setup.OfBucket> stepwiseBuckets() {
    return Combinators.combine(rates(), bursts(), levels(), anchors())
        .as((rate, burst, level, anchor) -> {
          long most = burst == 0 ? rate.permits() : burst;
          return new Setup.OfBucket(rate, most, Math.max(most - level, 0), true, anchor);
        });
  }

  /** Fixed windows: stepwise buckets of burst N, full, at any anchor. */
  public static Arbitrary<Setup.OfBucket> fixedWindows() {
    return Combinators.combine(rates(), anchors())
        .as((rate, at) -> new Setup.OfBucket(rate, rate.permits(), rate.permits(), true, at));
  }

  /** Sliding logs of one window, N up to 300. */
  public static Arbitrary<Setup.OfLog> slidingLogs() {
    return windows().map(window -> new Setup.OfLog(List.of(window)));
  }

  /** Sliding logs of one to three windows, N up to 300, neither N nor P in any order. */
  public static Arbitrary<Setup.OfLog> slidingLogsOfSeveralWindows() {
    return windows().list().ofMinSize(1).ofMaxSize(3).map(Setup.OfLog::new);
  }

  /** Windows: few permits in few ns, so that windows overlap, and others of up to 300 permits. */
  private static Arbitrary<Rate> windows() {
    Arbitrary<Long> permits = Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.longs().between(1, 5)),
        Tuple.of(2, Arbitraries.of(7L, 8L, 9L, 15L, 16L, 17L)), // about the sizes of a ring
        Tuple.of(1, Arbitraries.longs().between(1, 300)));
    Arbitrary<Long> periods = Arbitraries.frequencyOf(
        Tuple.of(4, Arbitraries.longs().between(1, 30)),
        Tuple.of(1, Arbitraries.of(1_000_000_000L, 60_000_000_000L, 3_600_000_000_000L)),
        Tuple.of(1, Arbitraries.longs().between(1, CAPACITY)));
    return Combinators.combine(permits, periods).as(Rate::ofNanos);
  }

  /** Two to four limiters of one call, each with a weight. */
  public static Arbitrary<Setup.OfAll> allOfs() {
    Arbitrary<Setup> member = Arbitraries.oneOf(
        gcras().map(Setup.class::cast),
        continuousBuckets().map(Setup.class::cast),
        stepwiseBuckets().map(Setup.class::cast));
    Arbitrary<Long> weight =
        Arbitraries.oneOf(Arbitraries.of(1L, 2L, 3L), Arbitraries.longs().greaterOrEqual(1));
    Arbitrary<List<Long>> weights = weight.list().ofSize(4);
    return Combinators.combine(member.list().ofMinSize(2).ofMaxSize(4), weights)
        .as((members, some) -> new Setup.OfAll(members, some.subList(0, members.size())));
  }

  /** The missing permits of a bucket at creation. */
  private static Arbitrary<Long> levels() {
    return Arbitraries.oneOf(
        Arbitraries.just(0L), Arbitraries.longs().between(0, Rate.MAX_PERMITS));
  }

  private static Arbitrary<Long> anchors() {
    return Arbitraries.oneOf(
        Arbitraries.of(0L, 1L, -1L), Arbitraries.longs().between(-CAPACITY, CAPACITY));
  }

  /** The nearest burst at which {@code rate} is exact; 0 stands for N. */
  private static long exactBurst(Rate rate, long burst) {
    Rational interval = Rational.of(rate.periodNanos(), rate.permits());
    long most = CAPACITY / interval.numerator().longValueExact();
    return Math.min(burst == 0 ? rate.permits() : burst, most);
  }

  private static <S extends Setup> Timeline<S> play(
      S setup, long origin, List<Draft> drafts, StepsBack stepsBack) {
    RateModel model = setup.model();
    List<Call> calls = new ArrayList<>();
    BigInteger now = BigInteger.ZERO;
    BigInteger newest = BigInteger.ZERO;
    BigInteger oldest = BigInteger.ZERO;
    for (Draft draft : drafts) {
      BigInteger earliest = switch (stepsBack) {
        case NONE -> newest;
        case EXACT -> newest.subtract(setup.exactStepBack());
        case ANY -> newest.subtract(SPAN);
      };
      // Readings are told apart by their difference: all of them lie within 2^63 ns.
      BigInteger low =
          earliest.max(newest.subtract(SPAN)).max(setup.lastMoment().negate());
      BigInteger high = setup.lastMoment().min(oldest.add(SPAN));
      BigInteger permits = permits(setup, model, now, draft);
      BigInteger to = target(setup, model, now, newest, permits, draft).max(low).min(high);
      if (draft.ask == Ask.REMAINING || draft.ask == Ask.ONE_MORE) {
        permits = permits(setup, model, to, draft);
      }
      Call call = new Call(draft.verb, to, permits.longValueExact());
      call.on(model);
      calls.add(call);
      now = to;
      newest = newest.max(to);
      oldest = oldest.min(to);
    }
    return new Timeline<>(setup, origin, calls);
  }

  private static BigInteger permits(Setup setup, RateModel model, BigInteger at, Draft draft) {
    BigInteger burst = BigInteger.valueOf(Math.max(setup.burst(), 1));
    BigInteger amount = BigInteger.valueOf(draft.amount);
    BigInteger permits = switch (draft.ask) {
      case ONE -> BigInteger.ONE;
      case FEW -> amount.mod(BigInteger.valueOf(5)).add(BigInteger.ONE);
      case REMAINING -> model.remaining(at);
      case ONE_MORE -> model.remaining(at).add(BigInteger.ONE);
      case SOME -> amount.mod(burst).add(BigInteger.ONE);
      case BURST -> burst;
      case TOO_MANY -> burst.add(BigInteger.ONE);
      case HUGE -> amount;
    };
    return permits.max(BigInteger.ONE).min(SPAN);
  }

  private static BigInteger target(
      Setup setup,
      RateModel model,
      BigInteger now,
      BigInteger newest,
      BigInteger permits,
      Draft draft) {
    BigInteger distance = BigInteger.valueOf(draft.distance);
    return switch (draft.move) {
      case SAME -> now;
      case NANO -> now.add(BigInteger.ONE);
      case BEFORE_RETRY ->
        now.add(model.retryAfter(now, permits).orElse(BigInteger.ONE)).subtract(BigInteger.ONE);
      case RETRY -> now.add(model.retryAfter(now, permits).orElse(BigInteger.ONE));
      case BEFORE_INTERVAL -> now.add(setup.interval().ceil()).subtract(BigInteger.ONE);
      case INTERVAL -> now.add(setup.interval().ceil());
      case AFTER_INTERVAL -> now.add(setup.interval().ceil()).add(BigInteger.ONE);
      case BEFORE_RESET -> now.add(model.resetAfter(now)).subtract(BigInteger.ONE);
      case RESET -> now.add(model.resetAfter(now));
      case BACK -> now.subtract(distance);
      case NEWEST -> newest;
      case LATER -> now.add(distance.mod(setup.interval().ceil().add(BigInteger.ONE)));
      case LATER_STILL -> now.add(distance);
      case CENTURY -> now.add(CENTURY);
    };
  }
}
