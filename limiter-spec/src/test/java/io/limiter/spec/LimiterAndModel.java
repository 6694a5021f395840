package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.LevelPolicy;
import io.limiter.Permit;
import io.limiter.Rate;
import io.limiter.Reservation;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** A limiter in use and its model: they get the same calls, on virtual time, and are compared after each. */
final class LimiterAndModel extends ComparedLimiter {
  LimiterAndModel(Setup setup, int slots, long origin, Factory factory) {
    super(setup, slots, origin, factory);
  }

  // Calls that do not wait.

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

  // Reserving and debts.

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
    boolean more = actual > one.permits; // the door of several is told of no debt of a member
    if (more ? several() && !waiting.isEmpty() : actual < one.permits && isUnknown(one)) {
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

  /** The setup as it began, but for its burst. */
  Setup setup(long burst) {
    return setup instanceof Setup.OfBucket bucket
        ? new Setup.OfBucket(bucket.rate(), burst, burst, bucket.stepwise(), bucket.anchor())
        : new Setup.OfGcra(((Setup.OfGcra) setup).rate(), burst);
  }

  /** Whether steps of the old period may come before a penalty ends, and count: that is left open. */
  private boolean isPenalizedInSteps() {
    return ahead().isStepwise() && ahead().isPenalized(now());
  }

  /** Whether a reservation that is not due has more permits: what becomes of that is left open. */
  private boolean isTooSmall(Setup next) {
    BigInteger burst = BigInteger.valueOf(next.burst());
    return ahead().largestReserved(now()).compareTo(burst) > 0;
  }

  /** Changes a limiter of one rate or one log to the limits of {@code next}, which is of its kind. */
  void change(Setup next, LevelPolicy policy) {
    if (ahead() != null && (isTooSmall(next) || isPenalizedInSteps())) {
      return;
    }
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

  /** All leave and give back what they need not keep; once time has passed nothing remains. */
  void leaveAll() {
    if (isBeyondAllWaits()) {
      return;
    }
    while (!waiting.isEmpty()) {
      leave(0);
    }
    for (int i = 0; i < taken.size(); i++) {
      close(i, 0);
    }
    compare();
    jump(model.resetAfter(now()).longValueExact());
    assertEquals(0, gate == null ? limiter.waiters() : gate.waiters(), "waiters in the end");
    assertEquals(0, peek(0).resetAfterNanos(), "resetAfter in the end");
    compare();
  }
}
