package io.limiter.spec.kit;

import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.spec.Call;
import io.limiter.spec.Call.Verb;
import io.limiter.spec.Guarantees;
import io.limiter.spec.Setup;
import io.limiter.spec.SubjectFactory;
import io.limiter.spec.TimeScale;
import io.limiter.spec.Timeline;
import io.limiter.spec.Timelines;
import io.limiter.spec.Timelines.StepsBack;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the contracts of all limiters on a clock have in common. */
@ExtendWith(Trial.Resolver.class)
abstract class Contract<S extends Setup> {
  private static final long[] BELOW_ONE = {0, -1};

  /** A new limiter as {@code setup} says, created now on {@code clock}. */
  abstract RateAdapter create(S setup, NanoClock clock);

  /** The limiters that are built. */
  abstract Arbitrary<S> all();

  /** The formula that admissions never exceed, if the clock never steps back. */
  abstract Guarantee formula();

  /** The same formula, over a clock that steps back. */
  abstract void staleReadingsNeverAdmitExtra(Timeline<S> timeline, SubjectFactory<S> factory);

  /**
   * The guarantees that the documentation of the limiter does not claim, each with the reason that
   * the report shows; none by default.
   */
  protected Map<String, String> notClaimed() {
    return Map.of();
  }

  /** How far the clock steps back at most, in ns, where a guarantee is about that. */
  protected long longestStepBackNanos() {
    return Long.MAX_VALUE;
  }

  /**
   * How finely the limiter tells times apart, in ns: 1,000,000 for one that counts milliseconds. All
   * readings are multiples of it, and a wait may be rounded up to one.
   */
  protected long resolutionNanos() {
    return 1;
  }

  /**
   * How long after its creation the limiter is used at most, in ns. If it is given, the clock does not
   * wrap around within that time.
   */
  protected long horizonNanos() {
    return Long.MAX_VALUE;
  }

  /** What the timelines are made from: a failure prints it. Another one in each run by default. */
  protected long seed() {
    return new Random().nextLong();
  }

  @Test
  void decidesAsTheExactModelDoes(Trial trial) {
    keep(trial);
  }

  @Test
  void retryAfterIsExact(Trial trial) {
    keep(trial);
  }

  @Test
  void remainingIsWhatOneMoreCallCouldTake(Trial trial) {
    keep(trial);
  }

  @Test
  void resetAfterIsTheWaitUntilFresh(Trial trial) {
    keep(trial);
  }

  @Test
  void moreThanBurstIsNeverAdmitted(Trial trial) {
    keep(trial);
  }

  @Test
  void deniedCallsChangeNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void permitsBelowOneMintNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void askingChangesNothing(Trial trial) {
    keep(trial);
  }

  @Test
  void staleReadingsNeverAdmitExtra(Trial trial) {
    keep(trial);
  }

  @Test
  void anyOriginOfTheClockWillDo(Trial trial) {
    keep(trial);
  }

  @Test
  void refundIsAsIfNotTaken(Trial trial) {
    keep(trial);
  }

  @Test
  void reservationsWaitAsLongAsNeeded(Trial trial) {
    keep(trial);
  }

  @Test
  void threadsShareOneBurst(Trial trial) {
    keep(trial);
  }

  final void keep(Trial trial) {
    trial.of(guarantees(), notClaimed(), seed());
  }

  /** The guarantees, about this limiter. */
  public final List<Guarantee> guarantees() {
    List<Guarantee> list = new ArrayList<>();
    list.add(formula());
    list.add(about(
        "decidesAsTheExactModelDoes",
        "Whatever the formula admits is admitted, and nothing else.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::decidesAsTheExactModelDoes));
    list.add(about(
        "retryAfterIsExact",
        "A denied call is denied after a wait of retryAfter - 1 ns and admitted after retryAfter.",
        () -> forward(Verb.DECIDE),
        Guarantees::retryAfterIsExact,
        Operation.RETRY_AFTER));
    list.add(about(
        "remainingIsWhatOneMoreCallCouldTake",
        "One more call can take what remains, and not one permit more.",
        () -> forward(Verb.DECIDE),
        Guarantees::remainingIsWhatOneMoreCallCouldTake,
        Operation.REMAINING));
    list.add(about(
        "resetAfterIsTheWaitUntilFresh",
        "After resetAfter nothing is left to remember; 1 ns earlier something is.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::resetAfterIsTheWaitUntilFresh,
        Operation.REMAINING,
        Operation.RESET_AFTER));
    list.add(about(
        "moreThanBurstIsNeverAdmitted",
        "More permits than the burst, or the window, are never admitted, and cost nothing.",
        () -> fromZero(Timelines.of(all(), StepsBack.NONE, Verb.TRY_ACQUIRE)),
        Guarantees::moreThanBurstIsNeverAdmitted));
    list.add(about(
        "deniedCallsChangeNothing",
        "After a denied call the limiter is as if the call had never happened.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::deniedCallsChangeNothing));
    list.add(about(
        "permitsBelowOneMintNothing",
        "A call for 0 or fewer permits, whatever it answers, does not add permits.",
        () -> forward(Verb.TRY_ACQUIRE),
        (timeline, factory) -> Guarantees.answersAlike(
            timeline,
            subjects(EnumSet.noneOf(Operation.class), Contract::askedForLess),
            factory,
            "answer, after tryAcquire(0) and tryAcquire(-1)")));
    list.add(queries());
    list.add(about(
        "staleReadingsNeverAdmitExtra",
        "A clock that steps back never admits extra.",
        () -> steppingBack(Verb.TRY_ACQUIRE),
        this::staleReadingsNeverAdmitExtra));
    list.add(about(
        "anyOriginOfTheClockWillDo",
        "The limiter decides the same wherever its clock starts, before a wrap-around too.",
        () -> withoutTooMany(Timelines.of(all(), StepsBack.NONE, Verb.TRY_ACQUIRE)),
        Contract::answersAsAtZero));
    list.add(about(
        "refundIsAsIfNotTaken",
        "Permits taken and given back at the same reading were never taken.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::refundIsAsIfNotTaken,
        Operation.REFUND));
    list.add(about(
        "reservationsWaitAsLongAsNeeded",
        "A reservation waits as long as the formula says, or is refused and takes nothing.",
        () -> forward(Verb.TRY_ACQUIRE),
        Guarantees::reservationsWaitAsLongAsNeeded,
        Operation.RESERVE));
    list.add(threads());
    return list;
  }

  /** A guarantee that needs {@code offers}. */
  final Guarantee about(
      String name,
      String sentence,
      Supplier<Arbitrary<Timeline<S>>> timelines,
      BiConsumer<Timeline<S>, SubjectFactory<S>> check,
      Operation... offers) {
    return new Guarantee(name, sentence, () -> excuse(name, offers), (seed, tries) -> {
      SubjectFactory<S> factory = subjects(offers(), UnaryOperator.identity());
      return Search.run(
          timelines.get().map(this::onScale),
          timeline -> check.accept(timeline, factory),
          Contract::shorter,
          seed,
          tries);
    });
  }

  private Guarantee queries() {
    String name = "askingChangesNothing";
    return new Guarantee(
        name,
        "A limiter that is asked (peek, remaining, retryAfter, resetAfter) is as one that is not.",
        () -> {
          Set<Operation> asked = offers();
          asked.removeAll(EnumSet.of(Operation.REFUND, Operation.RESERVE));
          return asked.isEmpty() ? notOffered("any question") : excuse(name);
        },
        (seed, tries) -> {
          Set<Operation> none = EnumSet.noneOf(Operation.class);
          Set<Operation> offers = offers();
          return Search.run(
              forward(Verb.TRY_ACQUIRE).map(this::onScale),
              timeline -> Guarantees.answersAlike(
                  timeline,
                  subjects(none, adapter -> asked(adapter, offers)),
                  subjects(none, UnaryOperator.identity()),
                  "answer, having been asked"),
              Contract::shorter,
              seed,
              tries);
        });
  }

  private Guarantee threads() {
    String name = "threadsShareOneBurst";
    return new Guarantee(
        name,
        "While the clock stands still, threads together are admitted the burst, and all of it.",
        () -> excuse(name),
        (seed, tries) -> Search.run(
            all(),
            setup -> Threads.shareOneBurst(
                setup, () -> create(setup, ManualClock.create()), setup.burst()),
            setup -> Stream.empty(),
            seed,
            Math.max(tries / 50, 1)));
  }

  /** Another limiter gets the same calls on a clock that started at 0. */
  private static <S extends Setup> void answersAsAtZero(
      Timeline<S> timeline, SubjectFactory<S> factory) {
    Guarantees.answersAlike(
        timeline,
        factory,
        (setup, clock) -> {
          long origin = clock.nanoTime();
          ManualClock fromZero = ManualClock.create();
          return new Moved(factory.create(setup, fromZero), fromZero, origin);
        },
        "answer");
  }

  /** Calls with permits below one come first. */
  private static RateAdapter askedForLess(RateAdapter adapter) {
    return permits -> {
      for (long less : BELOW_ONE) {
        try {
          adapter.tryAcquire(less);
        } catch (RuntimeException refused) {
          continue;
        }
      }
      return adapter.tryAcquire(permits);
    };
  }

  /** Questions come first. */
  private static RateAdapter asked(RateAdapter adapter, Set<Operation> offers) {
    return permits -> {
      if (offers.contains(Operation.PEEK)) {
        adapter.peek(permits);
      }
      if (offers.contains(Operation.REMAINING)) {
        adapter.remaining();
      }
      if (offers.contains(Operation.RETRY_AFTER)) {
        adapter.retryAfterNanos(permits);
      }
      if (offers.contains(Operation.RESET_AFTER)) {
        adapter.resetAfterNanos();
      }
      return adapter.tryAcquire(permits);
    };
  }

  /** Timelines of a clock that starts at 0 and never steps back. */
  final Arbitrary<Timeline<S>> forward(Verb verb) {
    return withoutTooMany(fromZero(Timelines.of(all(), StepsBack.NONE, verb)));
  }

  /** Readings that are older than {@link #longestStepBackNanos} are left out. */
  private Arbitrary<Timeline<S>> steppingBack(Verb verb) {
    BigInteger longest = BigInteger.valueOf(longestStepBackNanos());
    return withoutTooMany(fromZero(Timelines.of(all(), StepsBack.ANY, verb))).map(timeline -> {
      List<Call> calls = new ArrayList<>();
      BigInteger newest = BigInteger.ZERO;
      for (Call call : timeline.calls()) {
        newest = newest.max(call.at());
        if (newest.subtract(call.at()).compareTo(longest) <= 0) {
          calls.add(call);
        }
      }
      return new Timeline<>(timeline.setup(), 0, calls);
    });
  }

  private Arbitrary<Timeline<S>> fromZero(Arbitrary<Timeline<S>> timelines) {
    return timelines.map(timeline -> new Timeline<>(timeline.setup(), 0, timeline.calls()));
  }

  /** Calls for more than the burst are what one guarantee is about; the others leave them out. */
  private Arbitrary<Timeline<S>> withoutTooMany(Arbitrary<Timeline<S>> timelines) {
    return timelines.map(timeline -> new Timeline<>(
        timeline.setup(),
        timeline.origin(),
        timeline.calls().stream()
            .filter(call -> call.permits() <= timeline.setup().burst())
            .toList()));
  }

  /** The timelines with one call less, the last calls first. */
  private static <S extends Setup> Stream<Timeline<S>> shorter(Timeline<S> timeline) {
    int size = timeline.calls().size();
    return IntStream.rangeClosed(1, size).mapToObj(i -> {
      List<Call> calls = new ArrayList<>(timeline.calls());
      calls.remove(size - i);
      return timeline.with(calls);
    });
  }

  private Timeline<S> onScale(Timeline<S> timeline) {
    return timeline.on(new TimeScale(resolutionNanos(), horizonNanos()));
  }

  private SubjectFactory<S> subjects(Set<Operation> offers, UnaryOperator<RateAdapter> wrapper) {
    return (setup, clock) -> new AdapterSubject(
        each -> wrapper.apply(create(setup, each)), offers, setup.burst(), clock);
  }

  private Set<Operation> offers() {
    return Operation.of(create(Search.any(all()), ManualClock.create()));
  }

  private Finding excuse(String name, Operation... needed) {
    String reason = notClaimed().get(name);
    if (reason != null) {
      return new Finding(Finding.Kind.NOT_CLAIMED, reason);
    }
    Set<Operation> offers = needed.length == 0 ? EnumSet.noneOf(Operation.class) : offers();
    for (Operation offer : needed) {
      if (!offers.contains(offer)) {
        return notOffered(offer.operation);
      }
    }
    return new Finding(Finding.Kind.HOLDS, "");
  }

  private static Finding notOffered(String operation) {
    return new Finding(Finding.Kind.NOT_OFFERED, operation);
  }
}
