package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.AllOf;
import io.limiter.ConcurrencyLimiter;
import io.limiter.Decision;
import io.limiter.Gate;
import io.limiter.LevelPolicy;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.RateLimiter;
import io.limiter.Reservation;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * A limiter in use and its model: they get the same calls, on virtual time, and are compared after each.
 *
 * <p>All is exact, but for two things that SEMANTICS.md leaves open. How much a charge gives back that was
 * due is read from the limiter, and has to lie within the bounds of the model. And when several members
 * are used by others too, or one is a concurrency limiter, a caller in line may be refused as soon as it
 * is too late for it, and has to be at its deadline.
 */
final class LimiterAndModel {
  private static final Instant WALL = Instant.EPOCH;
  private static final BigInteger NEVER = BigInteger.valueOf(Decision.NEVER);

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
  private static final class Waiting {
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
  private static final class Taken {
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

  private final ManualClock clock = ManualClock.selfAdvancing();
  private final long origin;
  private final Factory factory;
  private final List<Member> members = new ArrayList<>();
  private final RateLimiter limiter; // null if there is a gate
  private final Gate gate;
  private final ConcurrencyModel slots;
  private final LimiterModel model;
  private final LineModel line;
  private boolean exact; // nobody else uses the members
  private List<Rate> windows; // of a log
  private final List<Waiting> waiting = new ArrayList<>();
  private final List<Taken> taken = new ArrayList<>();
  final CallScript played;
  private int callers;

  /** A limiter, or, with slots, a gate of it and of so many concurrent calls. */
  LimiterAndModel(Setup setup, int slots, long origin, Factory factory) {
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
    this.line = new LineModel(model);
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

  private void moveTo(BigInteger t) {
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

  // Calls that do not wait.

  private boolean several() {
    return model instanceof JointModel;
  }

  void tryAcquire(long permits) {
    played.tell("tryAcquire(" + permits + ")");
    BigInteger k = BigInteger.valueOf(permits);
    boolean admits = line.admits(now(), k);
    if (gate == null) {
      assertEquals(admits, limiter.tryAcquire(permits), "admitted");
      if (admits) {
        model.take(now(), k);
      }
    } else {
      Permit permit = gate.tryEnter(permits);
      assertEquals(admits, permit.granted(), "entered");
      if (admits) {
        taken.add(new Taken(permit, model.take(now(), k), permits));
      }
    }
    observe();
  }

  void decide(long permits) {
    played.tell("decide(" + permits + ")");
    BigInteger k = BigInteger.valueOf(permits);
    Decision said = limiter.decide(permits);
    if (line.admits(now(), k)) {
      model.take(now(), k);
      ModelDecision left = model.peek(now(), 0);
      Decision right = new Decision(
          true, left.remaining().longValueExact(), 0, saturated(left.resetAfter()), -1);
      assertEquals(right, said, "decision");
    } else {
      compare(line.peek(now(), permits), said, isKnown(), "decision");
    }
    observe();
  }

  void drain(long most) {
    played.tell("tryAcquireUpTo(" + most + ")");
    BigInteger left = line.peek(now(), 1).remaining().min(BigInteger.valueOf(most));
    assertEquals(left.longValueExact(), limiter.tryAcquireUpTo(most), "taken");
    if (left.signum() > 0) {
      model.take(now(), left);
    }
    observe();
  }

  // Calls that wait in line.

  private static Duration duration(long maxWait) {
    return maxWait == Decision.NEVER ? Duration.ofDays(36_500) : Duration.ofNanos(maxWait);
  }

  private LineModel.Caller join(long permits, long maxWait) {
    BigInteger deadline = maxWait == Decision.NEVER ? null : now().add(BigInteger.valueOf(maxWait));
    return line.join(now(), BigInteger.valueOf(permits), deadline);
  }

  private String caller(String verb, long permits, long maxWait) {
    String name = "caller " + ++callers;
    String limit = maxWait == Decision.NEVER ? "" : ", " + maxWait + " ns";
    played.tell(verb + "(" + permits + limit + ") by " + name);
    return name;
  }

  void acquireAsync(long permits, long maxWait) {
    String name = caller(gate == null ? "acquireAsync" : "enterAsync", permits, maxWait);
    LineModel.Caller caller = join(permits, maxWait);
    CompletableFuture<?> future = gate == null
        ? limiter.acquireAsync(permits, duration(maxWait))
        : gate.enterAsync(permits, duration(maxWait));
    waiting.add(new Waiting(name, permits, caller, future));
    observe();
  }

  void reserveAsync(long permits, long maxWait) {
    String name = caller("reserveAsync", permits, maxWait);
    LineModel.Caller caller = join(permits, maxWait);
    waiting.add(
        new Waiting(name, permits, caller, limiter.reserveAsync(permits, duration(maxWait))));
    observe();
  }

  /** As a thread, on a clock that moves while it waits; not where nobody may ever make room. */
  void awaitReservation(long permits, long maxWait) {
    caller("awaitReservation", permits, maxWait);
    LineModel.Caller caller = join(permits, maxWait);
    Reservation said;
    try {
      said = limiter.awaitReservation(permits, duration(maxWait));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    BigInteger last = now();
    while (caller.admitted().isEmpty() && !caller.isRefused()) {
      last = line.next().orElseThrow();
      line.advance(last);
    }
    assertEquals(last, now(), "waited until");
    assertEquals(!caller.isRefused(), said.granted(), "granted");
    caller.charge().ifPresent(charge -> taken.add(new Taken(said, charge, permits)));
    observe();
  }

  void leave(int number) {
    if (waiting.isEmpty()) {
      return;
    }
    Waiting one = waiting.remove(number % waiting.size());
    played.tell(one.name + " leaves");
    assertTrue(one.future.cancel(true), "it was in line");
    line.refuse(one.caller);
    line.advance(now());
    observe();
  }

  /** Whoever is due was answered, and nobody else. */
  private void observe() {
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

  private static boolean isGranted(Object answer) {
    if (answer instanceof Reservation reservation) {
      return reservation.granted();
    }
    return answer instanceof Permit permit ? permit.granted() : (Boolean) answer;
  }

  // Reserving and debts.

  /** The word that a reservation may be charged to ahead of time, or null. */
  private WordModel ahead() {
    return gate == null && members.size() == 1 && members.get(0).weight == 1
        ? members.get(0).word()
        : null;
  }

  void reserve(long permits, long maxWait) {
    played.tell("reserve(" + permits + (maxWait == Decision.NEVER ? ")" : ", " + maxWait + " ns)"));
    BigInteger k = BigInteger.valueOf(permits);
    Optional<? extends LimiterModel.Receipt> charge = Optional.empty();
    if (line.size(now()) == 0) {
      charge = ahead() != null
          ? ahead()
              .reserve(now(), k, maxWait == Decision.NEVER ? null : BigInteger.valueOf(maxWait))
          : Optional.of(k).filter(any -> model.admits(now(), k)).map(any -> model.take(now(), k));
    }
    Reservation said = limiter.reserveAt(clock.nanoTime(), permits, maxWait);
    assertEquals(charge.isPresent(), said.granted(), "granted");
    charge.ifPresent(one -> taken.add(new Taken(said, one, permits)));
    observe();
  }

  void force(long permits, long maxWait) {
    played.tell(
        "acquireForced(" + permits + (maxWait == Decision.NEVER ? ")" : ", " + maxWait + " ns)"));
    BigInteger limit = maxWait == Decision.NEVER ? null : BigInteger.valueOf(maxWait);
    BigInteger wait = BigInteger.ZERO;
    boolean refused = false;
    for (Member each : members) {
      Optional<BigInteger> own = force(each.model.copy(), share(each, permits), limit);
      refused |= own.isEmpty();
      wait = wait.max(own.orElse(BigInteger.ZERO));
    }
    for (Member each : refused ? List.<Member>of() : members) {
      force(each.model, share(each, permits), null);
    }
    long said = limiter.acquireForcedAt(clock.nanoTime(), permits, maxWait);
    assertEquals(refused ? Decision.NEVER : saturated(wait), said, "wait of the debt");
    afterWorse();
  }

  private Optional<BigInteger> force(LimiterModel one, BigInteger permits, BigInteger maxWait) {
    return one instanceof WordModel word
        ? word.force(now(), permits, maxWait)
        : ((SlidingLogModel) one).force(now(), permits, maxWait);
  }

  /** After what may have made it too late for some in line. */
  private void afterWorse() {
    line.advance(now());
    if (exact) {
      line.refuseWhoIsTooLate();
    }
    observe();
  }

  private static BigInteger share(Member member, long permits) {
    return BigInteger.valueOf(permits).multiply(BigInteger.valueOf(member.weight));
  }

  // Giving back.

  void refund(long permits) {
    played.tell("refund(" + permits + ")");
    boolean can = model.refund(now(), BigInteger.valueOf(permits));
    assertEquals(can, limiter.refund(permits), "given back");
    observe();
  }

  /** How many receipts there are, and of each, unless it is closed, for how many permits; else 0. */
  List<Long> receipts() {
    return taken.stream().map(one -> one.closed ? 0 : one.permits).toList();
  }

  /** Cancels what somebody has, or settles it for {@code actual} permits. */
  void close(int number, long actual) {
    if (taken.isEmpty()) {
      return;
    }
    int i = number % taken.size();
    Taken one = taken.get(i);
    if (actual < one.permits && isUnknown(one)) {
      return;
    }
    if (one.receipt instanceof Permit permit) {
      played.tell("close permit " + i);
      if (!one.closed) {
        slots.release(one.permits);
      }
      permit.close();
    } else {
      settle(i, one, actual);
    }
    one.closed = true;
    observe();
  }

  /**
   * Whether nobody can tell what it gives back: what is reserved in steps behind a charge that was due
   * may take up some of that.
   */
  private boolean isUnknown(Taken one) {
    return !one.closed
        && ahead() != null
        && ahead().isStepwise()
        && ahead().reserved(now()) > 0
        && !ahead().isPending(now(), charge(one));
  }

  private void settle(int i, Taken one, long actual) {
    Reservation reservation = (Reservation) one.receipt;
    played.tell("settle reservation " + i + " of " + one.permits + " for " + actual);
    List<Rational> missing = new ArrayList<>();
    for (Member each : members) {
      missing.add(each.word() == null ? null : each.word().missing(now()));
    }
    boolean first = actual == 0 ? reservation.cancel() : reservation.settle(actual);
    assertEquals(!one.closed, first, "closed by this call");
    if (one.closed) {
      return;
    }
    for (int m = 0; m < members.size(); m++) {
      Member each = members.get(m);
      LimiterModel.Receipt part =
          one.charge instanceof JointModel.Parts parts ? parts.each().get(m) : one.charge;
      BigInteger less = share(each, one.permits - actual);
      if (less.signum() < 0) {
        force(each.model, less.negate(), null);
      } else if (less.signum() > 0) {
        giveBack(each, part, less, missing.get(m));
      }
    }
    if (actual > one.permits) {
      afterWorse();
    }
  }

  private void giveBack(
      Member member, LimiterModel.Receipt part, BigInteger permits, Rational missing) {
    if (part instanceof SlidingLogModel.Entry entry) {
      ((SlidingLogModel) member.model).takeBack(now(), permits, entry);
      return;
    }
    WordModel word = member.word();
    WordModel.Charge charge = (WordModel.Charge) part;
    if (word.isPending(now(), charge)) {
      word.withdraw(now(), charge, permits);
      return;
    }
    Rational raised = missing.minus(missing(member)).plus(Rational.of(servedNow(member)));
    Rational least = word.leastGivenBack(now(), charge, permits);
    Rational most = word.mostGivenBack(now(), charge, permits);
    assertTrue(
        raised.compareTo(least) >= 0 && raised.compareTo(most) <= 0,
        () -> "gave " + raised + " back, not " + least + " to " + most);
    lost = lost.plus(most.minus(raised));
    due = due.plus(most);
    word.giveBack(now(), charge, permits, raised);
  }

  /** What was given back less than an exact replay would have, and what that would have, in permits. */
  Rational lost = Rational.ZERO;

  Rational due = Rational.ZERO;

  /** What those were charged who are answered since the model has looked. */
  private BigInteger servedNow(Member member) {
    return waiting.stream()
        .filter(one -> one.future.isDone() && isGranted(one.future.join()))
        .map(one -> share(member, one.permits))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  // Being told to slow down; starting anew.

  void penalize(long nanos) {
    played.tell("penalize(" + nanos + " ns)");
    for (Member each : members) {
      penalize(each.model, nanos);
    }
    if (gate == null) {
      limiter.penalizeAt(clock.nanoTime(), nanos);
    } else {
      gate.penalize(Duration.ofNanos(nanos));
    }
    afterWorse();
  }

  private void penalize(LimiterModel one, long nanos) {
    if (one instanceof WordModel word) {
      word.penalize(now(), BigInteger.valueOf(nanos));
    } else {
      ((SlidingLogModel) one).penalize(now(), BigInteger.valueOf(nanos));
    }
  }

  void reset() {
    played.tell("reset()");
    for (Member each : members) {
      if (each.model instanceof SlidingLogModel log) {
        log.reset();
      } else {
        each.word().reset(now());
      }
    }
    limiter.reset();
    observe();
  }

  // Changing.

  /** Changes a limiter of one rate or one log to the limits of {@code next}, which is of its kind. */
  void change(Setup next, LevelPolicy policy) {
    played.tell("reconfigure(" + next + ", " + policy + ")");
    Member member = members.get(0);
    if (next instanceof Setup.OfLog log) {
      List<Rate> old = windows;
      ((SlidingLogModel) member.model)
          .change(now(), log.windows(), counterparts(old, log.windows()), policy);
      windows = log.windows();
    } else if (next instanceof Setup.OfGcra gcra) {
      member.word().change(now(), gcra.rate(), gcra.burst(), policy);
    } else if (next instanceof Setup.OfBucket bucket) {
      member.word().change(now(), bucket.rate(), bucket.burst(), policy);
    }
    limiter.reconfigure(Kernel.limiter(next, clock), policy);
    afterWorse();
  }

  /** For each window of {@code next} the old one of the same period, else of the same place; or -1. */
  private static List<Integer> counterparts(List<Rate> old, List<Rate> next) {
    Integer[] from = new Integer[next.size()];
    List<Integer> free = new ArrayList<>(IntStream.range(0, old.size()).boxed().toList());
    for (int i = 0; i < from.length; i++) {
      long period = next.get(i).periodNanos();
      from[i] = free.stream()
          .filter(j -> old.get(j).periodNanos() == period)
          .findFirst()
          .orElse(-1);
      free.remove(from[i]);
    }
    for (int i = 0; i < from.length; i++) {
      from[i] = from[i] < 0 && free.contains(i) ? i : from[i];
    }
    return List.of(from);
  }

  // Comparing.

  /** What is missing from the burst of a member, as its snapshot says. */
  private Rational missing(Member member) {
    String[] words =
        member.limiter.snapshotAt(clock.nanoTime(), WALL).toString().split(" ");
    String[] spent = words[List.of(words).indexOf("spent") + 1].split("/");
    return Rational.of(new BigInteger(spent[0]), new BigInteger(spent[1]));
  }

  /** What is held is what the model holds; every answer is that of the model. */
  void compare() {
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
      Decision said = gate == null ? limiter.peek(permits) : gate.peek(permits);
      compare(line.peek(now(), permits), said, isKnown(), "peek(" + permits + ")");
    }
    int reserved = ahead() == null ? 0 : ahead().reserved(now());
    for (int i = 0; i < taken.size() && ahead() != null; i++) {
      long wait = ahead()
          .waitOf(now(), charge(taken.get(i)))
          .map(LimiterAndModel::saturated)
          .orElse(Decision.NEVER);
      assertEquals(wait, ((Reservation) taken.get(i).receipt).waitNanos(), "wait of " + i);
    }
    assertEquals(
        line.size(now()) + reserved, gate == null ? limiter.waiters() : gate.waiters(), "waiters");
  }

  private static WordModel.Charge charge(Taken one) {
    return (WordModel.Charge)
        (one.charge instanceof JointModel.Parts parts ? parts.each().get(0) : one.charge);
  }

  private long[] asked(Member member) {
    long most = member.word() == null
        ? member.model.remaining(now()).longValueExact() + 1
        : member.word().burst().longValueExact();
    return new long[] {0, 1, most / 2 + 1, most, most + 1};
  }

  /** Whether it is known how long those in line will wait. */
  private boolean isKnown() {
    return exact || line.size(now()) == 0;
  }

  /** But for who denied, where several do. */
  private static void compare(ModelDecision right, Decision said, boolean known, String what) {
    assertEquals(right.admitted(), said.admitted(), () -> what + ": admitted");
    assertEquals(right.remaining().longValueExact(), said.remaining(), () -> what + ": remaining");
    long wait = right.retryAfter().map(LimiterAndModel::saturated).orElse(Decision.NEVER);
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

  private static long saturated(BigInteger nanos) {
    return nanos.min(NEVER).longValueExact();
  }
}
