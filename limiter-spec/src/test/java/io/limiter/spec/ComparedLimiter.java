package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A limiter and its model, compared.
 *
 * <p>All is exact, but for two things that SEMANTICS.md leaves open. How much a charge gives back that was
 * due is read from the limiter, and has to lie within the bounds of the model. And when several members
 * are used by others too, or one is a concurrency limiter, a caller in line may be refused as soon as it
 * is too late for it, and has to be at its deadline.
 */
class ComparedLimiter {
  static final Instant WALL = Instant.EPOCH;
  static final BigInteger NEVER = BigInteger.valueOf(Decision.NEVER);

  /** Builds the limiter on trial. */
  interface Factory {
    RateLimiter create(Setup setup, NanoClock clock);

    /** Several in one. */
    default RateLimiter all(List<RateLimiter> members, List<Long> weights) {
      return AllOf.of(members, weights.stream().mapToLong(Long::longValue).toArray());
    }
  }

  /** A limiter of one rate or one log. */
  static final class Member {
    final RateLimiter limiter;
    final LimiterModel model;
    final long weight;

    Member(RateLimiter limiter, LimiterModel model, long weight) {
      this.limiter = limiter;
      this.model = model;
      this.weight = weight;
    }

    WordModel word() {
      return model instanceof WordModel word ? word : null;
    }
  }

  /** Who waits in line. */
  static final class Waiting {
    final String name;
    final long permits;
    final LineModel.Caller caller;
    final CompletableFuture<?> future;

    Waiting(String name, long permits, LineModel.Caller caller, CompletableFuture<?> future) {
      this.name = name;
      this.permits = permits;
      this.caller = caller;
      this.future = future;
    }
  }

  /** What somebody has, to give back. */
  static final class Taken {
    final Object receipt; // a Reservation, or a Permit
    final LimiterModel.Receipt charge;
    final long permits;
    boolean closed;

    Taken(Object receipt, LimiterModel.Receipt charge, long permits) {
      this.receipt = receipt;
      this.charge = charge;
      this.permits = permits;
    }
  }

  final Setup setup;
  final ManualClock clock = ManualClock.selfAdvancing();
  final long origin;
  final Factory factory;
  final List<Member> members = new ArrayList<>();
  final RateLimiter limiter; // null if there is a gate
  final Gate gate;
  final ConcurrencyModel slots;
  final LimiterModel model;
  final LineModel line;
  boolean exact; // nobody else uses the members
  List<Rate> windows; // of a log
  final List<Waiting> waiting = new ArrayList<>();
  final List<Taken> taken = new ArrayList<>();
  final CallScript played;
  int callers;

  /** A limiter, or, with slots, a gate of it and of so many concurrent calls. */
  ComparedLimiter(Setup setup, int slots, long origin, Factory factory) {
    this.setup = setup;
    this.origin = origin;
    this.factory = factory;
    clock.set(origin);
    List<Setup> setups = setup instanceof Setup.OfAll all ? all.members() : List.of(setup);
    List<Long> weights = setup instanceof Setup.OfAll all ? all.weights() : List.of(1L);
    for (int i = 0; i < setups.size(); i++) {
      members.add(
          new Member(factory.create(setups.get(i), clock), model(setups.get(i)), weights.get(i)));
    }
    List<LimiterModel> models =
        new ArrayList<>(members.stream().map(m -> m.model).toList());
    this.slots = slots > 0 ? new ConcurrencyModel(slots) : null;
    if (slots > 0) {
      List<Object> all =
          new ArrayList<>(members.stream().map(m -> (Object) m.limiter).toList());
      List<Long> each = new ArrayList<>(weights);
      all.add(ConcurrencyLimiter.create(slots, clock));
      each.add(1L);
      models.add(this.slots);
      this.limiter = null;
      this.gate = GateProperties.gate(all, each, clock);
      this.model = new JointModel(models, each);
    } else {
      boolean several = setup instanceof Setup.OfAll;
      this.gate = null;
      this.limiter = several
          ? factory.all(members.stream().map(m -> m.limiter).toList(), weights)
          : members.get(0).limiter;
      this.model = several ? new JointModel(models, weights) : models.get(0);
    }
    this.exact = slots == 0;
    this.windows = setup instanceof Setup.OfLog log ? log.windows() : List.of();
    this.line = new LineModel(model, exact);
    this.played = new CallScript(gate == null ? limiter : gate, clock::nanoTime);
  }

  static LimiterModel model(Setup setup) {
    if (setup instanceof Setup.OfGcra gcra) {
      return WordModel.continuous(gcra.rate(), gcra.burst());
    }
    if (setup instanceof Setup.OfBucket bucket) {
      return bucket.stepwise()
          ? WordModel.stepwise(bucket.rate(), bucket.burst(), bucket.anchor())
          : WordModel.continuous(bucket.rate(), bucket.burst());
    }
    return new SlidingLogModel(((Setup.OfLog) setup).windows());
  }

  // Time.

  BigInteger now() {
    return BigInteger.valueOf(clock.nanoTime() - origin);
  }

  void moveTo(BigInteger t) {
    clock.set(origin + t.longValueExact());
    line.advance(t);
    observe();
  }

  /** Time passes; whoever looks does so whenever somebody may be due, and 1 ns before. */
  void pass(long nanos) {
    played.tell(nanos + " ns pass");
    BigInteger end = now().add(BigInteger.valueOf(nanos));
    for (Optional<BigInteger> next = line.next();
        next.isPresent() && next.get().compareTo(end) <= 0;
        next = line.next()) {
      if (next.get().compareTo(now()) > 0) {
        moveTo(next.get().subtract(BigInteger.ONE).max(now()));
      }
      moveTo(next.get());
    }
    moveTo(end);
  }

  /** Time passes in one jump: nobody looks before it has. */
  void jump(long nanos) {
    played.tell(nanos + " ns pass at once");
    moveTo(now().add(BigInteger.valueOf(nanos)));
  }

  /** Whether {@code permits} are admitted now. */
  boolean admits(long permits) {
    return line.admits(now(), BigInteger.valueOf(permits));
  }

  /** Whether nothing is missing. */
  boolean isFull() {
    return model.resetAfter(now()).signum() == 0;
  }

  boolean several() {
    return model instanceof JointModel;
  }

  /** The word that a reservation may be charged to ahead of time, or null. */
  WordModel ahead() {
    return gate == null && members.size() == 1 && members.get(0).weight == 1
        ? members.get(0).word()
        : null;
  }

  /** Whoever is due was answered, and nobody else. */
  void observe() {
    if (isBeyondAllWaits()) {
      return;
    }
    line.advance(now());
    for (Waiting one : List.copyOf(waiting)) {
      boolean granted = one.caller.admitted().isPresent();
      boolean refused = one.caller.isRefused();
      boolean answered = one.future.isDone();
      if (!exact && answered && !granted && !refused) {
        assertTrue(line.isTooLate(one.caller), () -> one.name + " was refused, and in time");
        line.refuse(one.caller);
        line.advance(now());
        refused = true;
      }
      boolean expected = granted || refused;
      assertEquals(expected, answered, () -> one.name + " was answered");
      if (answered) {
        Object answer = one.future.join();
        assertEquals(granted, isGranted(answer), () -> one.name + " was admitted");
        waiting.remove(one);
        one.caller.charge().ifPresent(charge -> {
          if (!(answer instanceof Boolean)) {
            taken.add(new Taken(answer, charge, one.permits));
          }
        });
      }
    }
  }

  static boolean isGranted(Object answer) {
    if (answer instanceof Reservation reservation) {
      return reservation.granted();
    }
    return answer instanceof Permit permit ? permit.granted() : (Boolean) answer;
  }

  // Comparing.

  /** Whether somebody owes for longer than any caller here waits; close to that, debts are NEVER. */
  boolean isBeyondAllWaits() {
    return model.resetAfter(now()).compareTo(NEVER.divide(BigInteger.valueOf(4))) > 0;
  }

  /** What is missing from the burst of a member, as its snapshot says. */
  Rational missing(Member member) {
    String[] words =
        member.limiter.snapshotAt(clock.nanoTime(), WALL).toString().split(" ");
    String[] spent = words[List.of(words).indexOf("spent") + 1].split("/");
    return Rational.of(new BigInteger(spent[0]), new BigInteger(spent[1]));
  }

  /** What is held is what the model holds; every answer is that of the model. */
  void compare() {
    if (!exact) {
      peek(0); // refuses who is too late, as any call may
    }
    observe();
    for (Member each : members) {
      if (each.word() != null) {
        assertEquals(
            each.word().missing(now()), missing(each), () -> "missing from " + each.limiter);
      }
      if (several()) {
        for (long permits : asked(each)) {
          ModelDecision right = each.model.peek(now(), permits);
          compare(right, each.limiter.peek(permits), true, each.limiter + " peek(" + permits + ")");
        }
      }
    }
    for (long permits : asked(members.get(0))) {
      Decision said = peek(permits);
      compare(line.peek(now(), permits), said, isKnown(), "peek(" + permits + ")");
    }
    observe(); // who asked may have found somebody too late
    int reserved = ahead() == null ? 0 : ahead().reserved(now());
    for (int i = 0; i < taken.size() && ahead() != null; i++) {
      long wait = ahead()
          .waitOf(now(), charge(taken.get(i)))
          .map(ComparedLimiter::saturated)
          .orElse(Decision.NEVER);
      assertEquals(wait, ((Reservation) taken.get(i).receipt).waitNanos(), "wait of " + i);
    }
    assertEquals(
        line.size(now()) + reserved, gate == null ? limiter.waiters() : gate.waiters(), "waiters");
  }

  Decision peek(long permits) {
    return gate == null ? limiter.peek(permits) : gate.peek(permits);
  }

  static WordModel.Charge charge(Taken one) {
    return (WordModel.Charge)
        (one.charge instanceof JointModel.Parts parts ? parts.each().get(0) : one.charge);
  }

  long[] asked(Member member) {
    long most = member.word() == null
        ? member.model.remaining(now()).longValueExact() + 1
        : member.word().burst().longValueExact();
    return new long[] {0, 1, most / 2 + 1, most, most + 1};
  }

  /** Whether it is known how long those in line will wait. */
  boolean isKnown() {
    return exact || line.size(now()) == 0;
  }

  /** But for who denied, where several do. */
  static void compare(ModelDecision right, Decision said, boolean known, String what) {
    assertEquals(right.admitted(), said.admitted(), () -> what + ": admitted");
    assertEquals(right.remaining().longValueExact(), said.remaining(), () -> what + ": remaining");
    long wait = right.retryAfter().map(ComparedLimiter::saturated).orElse(Decision.NEVER);
    if (known) {
      assertEquals(wait, said.retryAfterNanos(), () -> what + ": retryAfter");
      assertEquals(
          saturated(right.resetAfter()), said.resetAfterNanos(), () -> what + ": resetAfter");
    } else {
      assertTrue(said.retryAfterNanos() > 0, () -> what + ": retryAfter");
    }
  }

  /** No window of any member holds more than its formula of the permits that were kept. */
  void checkBooks() {
    for (Member each : members) {
      if (each.word() != null) {
        assertEquals("", each.word().books().complaint(), () -> "window of " + each.limiter);
      }
    }
  }

  static long saturated(BigInteger nanos) {
    return nanos.min(NEVER).longValueExact();
  }
}
