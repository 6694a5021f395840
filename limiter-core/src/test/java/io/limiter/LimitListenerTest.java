package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link LimitListener}: what it is told, and what is left behind by one that throws. */
class LimitListenerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualClock clock = ManualClock.create();
  private final List<String> told = new ArrayList<>();
  private boolean fails;
  private final RuntimeException failure = new IllegalStateException("of the listener");

  private final LimitListener listener = new LimitListener() {
    @Override
    public void admitted(long permits) {
      tell("admitted " + permits);
    }

    @Override
    public void denied(long permits, int rule) {
      tell("denied " + permits + " by " + rule);
    }

    @Override
    public void waited(long permits) {
      tell("waited " + permits);
    }

    @Override
    public void refunded(long permits) {
      tell("refunded " + permits);
    }

    @Override
    public void changed() {
      tell("changed");
    }

    private void tell(String event) {
      told.add(event);
      if (fails) {
        throw failure;
      }
    }
  };

  private final AllOf limiter = Limits.parse("2/second, 3/hour").newRateLimiter(clock);
  private final CountingLimiter view = CountingLimiter.of(limiter, listener);

  private void assertTold(String... events) {
    assertEquals(List.of(events), told);
    told.clear();
  }

  @Test
  void verbs_areToldByOutcomeAndRule() {
    view.tryAcquire(2);
    view.tryAcquire(1);
    assertTold("admitted 2", "denied 1 by 0");
    view.refund(1);
    view.drain();
    view.acquireForced(2);
    assertTold("refunded 1", "admitted 1", "admitted 2");
    clock.advance(Duration.ofSeconds(10));
    view.decide(2);
    assertTold("denied 2 by 1");
  }

  /** The windows of one text are one member, which is the only one that the decision counts. */
  @Test
  void rule_isCountedAsInTheText() {
    String text = "2/second sliding-log, 2/hour sliding-log";
    CountingLimiter logs = CountingLimiter.of(Limits.parse(text).newRateLimiter(clock), listener);
    Gate gate = Limits.parse(text + ", 9 concurrent").newGate(clock).listening(listener);
    logs.tryAcquire(2);
    logs.tryAcquire(1);
    gate.tryEnter(2);
    gate.tryEnter(1);
    assertTold("admitted 2", "denied 1 by 1", "admitted 2", "denied 1 by 1");
  }

  @Test
  void callsThatTakeNothing_areNotTold() {
    view.tryAcquire(0);
    view.peek(1);
    view.decideInDetail(0);
    view.refund(0);
    view.tryAcquireUpTo(2);
    assertTold("admitted 2");
  }

  @Test
  void shadowMode_tellsWhatWouldHaveBeenDenied() {
    view.shadow(true);
    assertTrue(view.tryAcquire(3));
    assertTold("denied 3 by 0");
  }

  @Test
  void waiting_isToldOnceItIsDecided() {
    view.tryAcquire(2);
    CompletableFuture<Boolean> late = view.acquireAsync(1, SECOND);
    CompletableFuture<Boolean> tooLate = view.acquireAsync(1, SECOND);
    assertTold("admitted 2", "denied 1 by -1");
    assertFalse(tooLate.getNow(true));
    clock.advance(SECOND);
    assertTrue(late.getNow(false));
    assertTold("admitted 1", "waited 1");
  }

  @Test
  void reservation_isToldAlsoHowItEnds() {
    Reservation reserved = view.reserve(2, Duration.ZERO);
    reserved.settle(1);
    assertFalse(view.reserve(5, Duration.ZERO).granted());
    assertTold("admitted 2", "refunded 1", "denied 5 by -1");
  }

  @Test
  void change_isTold() {
    Limits.parse("9/second").applyTo(view);
    assertTold("changed");
  }

  @Test
  void view_asAMember_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> AllOf.of(view));
    assertThrows(
        IllegalArgumentException.class, () -> Gate.builder(clock).rate(view).build());
  }

  @Test
  void listener_isToldByGatesOfEveryWayIn() throws InterruptedException {
    Gate gate = Limits.parse("4/second, 1 concurrent").newGate(clock).listening(listener);
    Permit first = gate.tryEnter();
    gate.tryEnter();
    assertTold("admitted 1", "denied 1 by 1");
    gate.enter(5, HOUR);
    assertTold("denied 5 by 0");
    CompletableFuture<Permit> late = gate.enterAsync(1, HOUR);
    assertTold();
    first.close();
    assertTrue(late.getNow(null).granted());
    assertTold("admitted 1", "waited 1");
    late.getNow(null).close();
    gate.tryEnterEach(1, 1).close();
    gate.peek(1);
    gate.tryEnter(0).close();
    assertTold("admitted 1");
    Limits.parse("9/second, 2 concurrent").applyTo(gate);
    assertTold("changed");
  }

  @Test
  void gate_andItsView_areOneGate() {
    Gate gate = Limits.parse("1 concurrent").newGate(clock);
    Permit held = gate.listening(listener).tryEnter();
    assertFalse(gate.tryEnter().granted());
    held.close();
    gate.tryEnter().close();
    assertTold("admitted 1");
  }

  /** Each way to be charged. */
  private enum Call {
    TRY(view -> view.tryAcquire(2)),
    DECIDE(view -> view.decide(2)),
    UP_TO(view -> view.tryAcquireUpTo(2)),
    UP_TO_MORE(view -> view.tryAcquireUpTo(3)),
    DRAIN(CountingLimiter::drain),
    FORCE(view -> view.acquireForced(2)),
    RESERVE(view -> view.reserve(2, Duration.ZERO)),
    WAIT(view -> view.tryAcquireUninterruptibly(2, HOUR)),
    ASYNC(view -> view.acquireAsync(2, HOUR).getNow(null)),
    RESERVE_ASYNC(view -> view.reserveAsync(2, HOUR).getNow(null)),
    SHADOW(view -> {
      view.shadow(true);
      view.tryAcquireUninterruptibly(2, HOUR);
    });

    final Consumer<CountingLimiter> call;

    Call(Consumer<CountingLimiter> call) {
      this.call = call;
    }
  }

  @ParameterizedTest
  @EnumSource(Call.class)
  void listenerThatThrows_leavesNoChargeBehind(Call each) {
    fails = true;
    RuntimeException thrown = assertThrows(RuntimeException.class, () -> each.call.accept(view));
    assertSame(failure, thrown instanceof CompletionException ? thrown.getCause() : thrown);
    assertEquals(2, limiter.peek().remaining());
    assertEquals(0, limiter.peek().resetAfterNanos());
    assertEquals(0, view.admitted() + view.denied() + view.waited(), "nothing is counted");
  }

  @Test
  void listenerThatThrows_ofACallThatWaited_leavesNoChargeBehind() {
    view.tryAcquire(2);
    CompletableFuture<Boolean> async = view.acquireAsync(1, SECOND);
    CompletableFuture<Reservation> reserved = view.reserveAsync(1, HOUR);
    fails = true;
    clock.advance(Duration.ofHours(2));
    assertSame(
        failure,
        assertThrows(CompletionException.class, () -> async.getNow(null)).getCause());
    assertSame(
        failure,
        assertThrows(CompletionException.class, () -> reserved.getNow(null)).getCause());
    assertEquals(2, limiter.peek().remaining());
    assertEquals(0, limiter.waiters());
  }

  @Test
  void listenerThatThrows_leavesNothingInAGate() throws InterruptedException {
    Gate all = Limits.parse("4/hour, 1 concurrent").newGate(clock);
    Gate gate = all.listening(listener);
    fails = true;
    assertSame(failure, assertThrows(RuntimeException.class, gate::tryEnter));
    assertSame(failure, assertThrows(RuntimeException.class, () -> gate.tryEnterEach(3, 1)));
    assertSame(failure, assertThrows(RuntimeException.class, () -> gate.enter(1, Duration.ZERO)));
    Permit held = all.tryEnter();
    assertSame(failure, assertThrows(RuntimeException.class, gate::tryEnter));
    CompletableFuture<Permit> late = gate.enterAsync(1, HOUR);
    held.close();
    assertSame(
        failure,
        assertThrows(CompletionException.class, () -> late.getNow(null)).getCause());
    assertTrue(all.tryEnterEach(3, 1).granted());
  }

  @Test
  void listener_mayCallTheLimiter() {
    List<Long> left = new ArrayList<>();
    CountingLimiter looking = CountingLimiter.of(limiter, new LimitListener() {
      @Override
      public void admitted(long permits) {
        left.add(limiter.peek().remaining());
        limiter.refund(permits);
      }
    });
    looking.tryAcquire(2);
    assertEquals(List.of(0L), left);
    assertEquals(2, limiter.peek().remaining());
  }
}
