package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.LevelPolicy;
import io.limiter.Rate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * A limiter, and what is done to it in use.
 *
 * @param setup the limiter
 * @param slots how many concurrent calls a gate lets in besides; 0: there is no gate
 * @param origin the clock reading at which it is created
 * @param steps what is done
 */
record UseScript(Setup setup, int slots, long origin, List<Step> steps) {
  /** Of which a permit is a whole number of ns, or not. */
  private static final List<Rate> RATES = List.of(
      Rate.ofNanos(1, 1),
      Rate.ofNanos(1, 10),
      Rate.ofNanos(7, 11),
      Rate.ofNanos(3, 10),
      Rate.perSecond(10),
      Rate.perSecond(3),
      Rate.perMinute(480),
      Rate.perDay(1));

  /** A call. */
  enum Verb {
    PASS_TIME,
    JUMP,
    TRY_ACQUIRE,
    DECIDE,
    DRAIN,
    ACQUIRE_ASYNC,
    RESERVE_ASYNC,
    AWAIT,
    LEAVE,
    RESERVE,
    CANCEL,
    SETTLE,
    REFUND,
    FORCE,
    PENALIZE,
    CHANGE,
    RESET
  }

  /** What is called; what the numbers mean depends on the verb. */
  record Step(Verb verb, int a, int b, int c) {}

  UseScript with(List<Step> other) {
    return new UseScript(setup, slots, origin, other);
  }

  /** Plays it, comparing the limiter with its model after each step. */
  void play(LimiterAndModel.Factory factory) {
    LimiterAndModel both = new LimiterAndModel(setup, slots, origin, factory);
    both.played.run(() -> {
      both.compare();
      for (Step step : steps) {
        play(both, step);
        if (both.isBeyondAllWaits()) {
          break;
        }
        both.compare();
      }
      both.checkBooks();
      both.leaveAll();
    });
  }

  private void play(LimiterAndModel both, Step step) {
    long permits = step.a % (setup.burst() + 2);
    long maxWait = step.b % 3 == 0 ? nanos(step) : Decision.NEVER;
    switch (step.verb) {
      case PASS_TIME -> both.pass(nanos(step));
      case JUMP -> both.jump(nanos(step));
      case TRY_ACQUIRE -> both.tryAcquire(permits);
      case DECIDE -> both.decide(permits);
      case DRAIN -> both.drain(permits + 1);
      case ACQUIRE_ASYNC -> both.acquireAsync(permits, maxWait);
      case RESERVE_ASYNC -> both.reserveAsync(permits, maxWait);
      case AWAIT -> both.awaitReservation(permits, maxWait);
      case LEAVE -> both.leave(step.a);
      case RESERVE -> both.reserve(permits, maxWait);
      case CANCEL -> both.close(step.a, 0);
      case SETTLE -> both.close(step.a, step.b % (setup.burst() + 2));
      case REFUND -> both.refund(permits);
      case FORCE -> both.force(step.a % (3 * setup.burst() + 2), maxWait);
      case PENALIZE -> both.penalize(nanos(step));
      case CHANGE -> both.change(changed(step), LevelPolicy.values()[step.c % 5]);
      case RESET -> both.reset();
      default -> throw new AssertionError(step);
    }
  }

  /** Another limit of the same kind, or the same with another burst. */
  private Setup changed(Step step) {
    boolean same = step.c % 3 == 0;
    long burst = step.b % 14 + 1;
    if (setup instanceof Setup.OfLog log) {
      List<Rate> windows = new ArrayList<>();
      for (int i = 0; i <= step.a % 2; i++) {
        Rate old = log.windows().get((i + step.a) % log.windows().size());
        long period = same ? old.periodNanos() + i : (step.a + 17L * i) % 40 + 1;
        windows.add(Rate.ofNanos((step.b + 5L * i) % 9 + 1, period));
      }
      return new Setup.OfLog(windows);
    }
    Rate other = RATES.get(step.a % RATES.size());
    if (setup instanceof Setup.OfBucket bucket) {
      Rate rate = same ? bucket.rate() : other;
      return new Setup.OfBucket(rate, burst, burst, bucket.stepwise(), bucket.anchor());
    }
    return new Setup.OfGcra(same ? ((Setup.OfGcra) setup).rate() : other, burst);
  }

  /** Spans around the interval of a permit. */
  private long nanos(Step step) {
    return setup.interval().ceil().longValueExact() * (step.b % 15) / 4 + step.c % 3;
  }

  // Which scripts there are.

  static Arbitrary<UseScript> of(Arbitrary<? extends Setup> setups, Verb... verbs) {
    return of(setups, Arbitraries.just(0), Arbitraries.of(verbs));
  }

  static Arbitrary<UseScript> of(
      Arbitrary<? extends Setup> setups, Arbitrary<Integer> slots, Arbitrary<Verb> verbs) {
    Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 1_000);
    Arbitrary<List<Step>> steps = Combinators.combine(verbs, numbers, numbers, numbers)
        .as(Step::new)
        .list()
        .ofMaxSize(40);
    return Combinators.combine(setups.map(s -> (Setup) s), slots, Timelines.origins(), steps)
        .as(UseScript::new)
        .withoutEdgeCases();
  }

  /** Gcras of a few permits. */
  static Arbitrary<Setup.OfGcra> gcras() {
    return Combinators.combine(Arbitraries.of(RATES), Arbitraries.longs().between(1, 12))
        .as(Setup.OfGcra::new);
  }

  /** Token buckets of a few permits that start full. */
  static Arbitrary<Setup.OfBucket> buckets(boolean stepwise) {
    return Combinators.combine(
            Arbitraries.of(RATES),
            Arbitraries.longs().between(1, 12),
            Arbitraries.longs().between(-40, 40))
        .as((rate, burst, anchor) ->
            new Setup.OfBucket(rate, burst, burst, stepwise, stepwise ? anchor : 0));
  }

  /** Logs of a few permits, of one window or of two. */
  static Arbitrary<Setup.OfLog> logs() {
    Arbitrary<Rate> windows = Combinators.combine(
            Arbitraries.longs().between(1, 9),
            Arbitraries.frequencyOf(
                Tuple.of(5, Arbitraries.longs().between(1, 40)),
                Tuple.of(1, Arbitraries.of(1_000_000_000L, 86_400_000_000_000L))))
        .as(Rate::ofNanos);
    return windows.list().ofMinSize(1).ofMaxSize(2).map(Setup.OfLog::new);
  }

  /** One of these. */
  static Arbitrary<Setup> single() {
    return Arbitraries.oneOf(
        gcras().map(Setup.class::cast),
        buckets(false).map(Setup.class::cast),
        buckets(true).map(Setup.class::cast),
        logs().map(Setup.class::cast));
  }

  /** Several of these, with small weights. */
  static Arbitrary<Setup.OfAll> several() {
    Arbitrary<Setup> member = Arbitraries.oneOf(
        Combinators.combine(
                Arbitraries.of(RATES.subList(0, 4)), Arbitraries.longs().between(1, 12))
            .as(Setup.OfGcra::new),
        Combinators.combine(
                Arbitraries.of(RATES.subList(1, 4)),
                Arbitraries.longs().between(1, 12),
                Arbitraries.longs().between(-40, 40))
            .as((rate, burst, anchor) -> new Setup.OfBucket(rate, burst, burst, true, anchor)),
        Combinators.combine(
                Arbitraries.longs().between(1, 9), Arbitraries.longs().between(1, 40))
            .as((permits, period) -> new Setup.OfLog(List.of(Rate.ofNanos(permits, period)))));
    return Combinators.combine(
            member.list().ofMinSize(1).ofMaxSize(3),
            Arbitraries.longs().between(1, 2).list().ofSize(3))
        .as((members, weights) -> new Setup.OfAll(members, weights.subList(0, members.size())));
  }

  @Override
  public String toString() {
    return steps.stream()
        .map(step -> "\n  " + step)
        .collect(Collectors.joining(
            "",
            setup + (slots == 0 ? "" : " and " + slots + " concurrent") + " from " + origin,
            ""));
  }
}
