package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.LimitListener;
import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Reservation;
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
import org.junit.jupiter.params.provider.ValueSource;

/** What the listener of a keyed limiter is told, and what is left behind by one that throws. */
class KeyedListenerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);

  private final ManualClock clock = ManualClock.create();
  private final List<String> told = new ArrayList<>();
  private boolean fails;
  private final RuntimeException failure = new IllegalStateException("of the listener");

  private LimitListener of(Object key) {
    return new LimitListener() {
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
      public void overflowed() {
        tell("overflowed");
      }

      @Override
      public void changed() {
        tell("changed");
      }

      private void tell(String event) {
        told.add(key + " " + event);
        if (fails) {
          throw failure;
        }
      }
    };
  }

  private KeyedLimiter<String> limiter(String limits) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock)
        .listening(this::of)
        .build();
  }

  private void assertTold(String... events) {
    assertEquals(List.of(events), told);
    told.clear();
  }

  @Test
  void verbs_areToldByKeyOutcomeAndRule() {
    KeyedLimiter<String> limiter = limiter("2/second, 3/hour");
    limiter.tryAcquire("a", 2);
    limiter.tryAcquire("a");
    limiter.decide("b");
    assertTold("a admitted 2", "a denied 1 by 0", "b admitted 1");
    limiter.refund("a", 1);
    limiter.limiter("a").acquireForced(2);
    limiter.limiter("a").acquireForced(4, Duration.ZERO);
    assertTold("a refunded 1", "a admitted 2", "a denied 4 by -1");
    clock.advance(Duration.ofSeconds(10));
    limiter.decideInDetail("a", 2);
    limiter.tryEnter("a", 2);
    assertTold("a denied 2 by 1", "a denied 2 by 1");
    limiter.tryAcquire("a", 0);
    limiter.peek("a");
    limiter.refund("a", 0);
    assertTold();
  }

  /** The windows of one text are one member, which is the only one that the decision counts. */
  @Test
  void rule_isCountedAsInTheText() {
    KeyedLimiter<String> logs = limiter("2/second sliding-log, 2/hour sliding-log");
    logs.tryAcquire("a", 2);
    logs.tryAcquire("a");
    logs.limiter("a").reserve(1, Duration.ZERO);
    assertTold("a admitted 2", "a denied 1 by 1", "a denied 1 by 1");
    KeyedLimiter<String> gates = limiter("1 concurrent, 9/hour");
    gates.tryEnter("a");
    gates.tryEnter("a");
    assertTold("a admitted 1", "a denied 1 by 0");
  }

  @Test
  void waiting_isToldAsDenied_andOnceItIsAdmitted() throws InterruptedException {
    KeyedLimiter<String> limiter = limiter("1/second");
    limiter.tryAcquire("a");
    CompletableFuture<Boolean> late = limiter.limiter("a").acquireAsync(1, HOUR);
    assertTold("a admitted 1", "a denied 1 by 0");
    clock.advance(SECOND);
    assertTrue(late.getNow(false));
    assertTold("a admitted 1", "a waited 1");
    assertFalse(limiter.limiter("a").tryAcquire(2, HOUR));
    assertTold("a denied 2 by 0");
  }

  @Test
  void gate_thatWaits_isTold() {
    KeyedLimiter<String> limiter = limiter("1 concurrent");
    Permit held = limiter.gate("a").tryEnter();
    CompletableFuture<Permit> late = limiter.gate("a").enterAsync(1, HOUR);
    assertTold("a admitted 1", "a denied 1 by 0");
    held.close();
    assertTrue(late.getNow(null).granted());
    assertTold("a admitted 1", "a waited 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"5/hour", "5/hour sliding-log"})
  void reservation_isToldAlsoHowItEnds(String limits) {
    KeyedLimiter<String> limiter = limiter(limits);
    limiter.limiter("a").reserve(2, Duration.ZERO).settle(1);
    assertTold("a admitted 2", "a refunded 1");
    Reservation reserved = limiter.limiter("a").reserve(1, Duration.ZERO);
    reserved.cancel();
    reserved.cancel();
    limiter.limiter("a").reserve(1, Duration.ZERO).settle(3);
    assertTold("a admitted 1", "a refunded 1", "a admitted 1", "a admitted 2");
  }

  @Test
  void overflow_isToldBeforeWhatItDecides() {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("1/hour"), clock)
        .maxKeys(1)
        .whenFull(OverflowPolicy.deny())
        .listening(this::of)
        .build();
    limiter.tryAcquire("a");
    limiter.tryAcquire("b");
    assertTold("a admitted 1", "b overflowed", "b denied 1 by 0");
  }

  @Test
  void changes_areToldToTheKey_andOfAllKeysToTheOneListener() {
    KeyedLimiter<String> each = limiter("1/second");
    each.override("a", Limits.parse("2/second"));
    each.clearOverride("a");
    assertFalse(each.clearOverride("b"));
    each.refreshLimits("c");
    each.reconfigure(Limits.parse("3/second"));
    assertTold("a changed", "a changed", "c changed");
    KeyedLimiter<String> one = KeyedLimiter.<String>builder(Limits.parse("1/second"), clock)
        .listening(of("all"))
        .build();
    one.override("a", Limits.parse("2/second"));
    one.reconfigure(Limits.parse("3/second"));
    assertTold("all changed", "all changed");
  }

  @Test
  void longs_areToldByKey() {
    LongKeyedLimiter limiter = LongKeyedLimiter.builder(Limits.parse("1/second"), clock)
        .listening((long key) -> of(key))
        .build();
    limiter.tryAcquire(7);
    limiter.tryAcquire(7);
    assertTold("7 admitted 1", "7 denied 1 by 0");
    LongKeyedLimiter.builder(Limits.parse("1/second"), clock)
        .listening(of("all"))
        .build()
        .tryAcquire(7);
    assertTold("all admitted 1");
  }

  /** Each way to be charged. */
  private enum Call {
    TRY(limiter -> limiter.tryAcquire("a", 2)),
    DECIDE(limiter -> limiter.decide("a", 2)),
    FORCE(limiter -> limiter.limiter("a").acquireForced(2)),
    RESERVE(limiter -> limiter.limiter("a").reserve(2, Duration.ZERO)),
    RESERVE_ASYNC(limiter -> limiter.limiter("a").reserveAsync(2, HOUR).getNow(null)),
    WAIT(limiter -> limiter.limiter("a").tryAcquireUninterruptibly(2, HOUR)),
    ASYNC(limiter -> limiter.limiter("a").acquireAsync(2, HOUR).getNow(null)),
    ENTER(limiter -> limiter.tryEnter("a", 2)),
    ENTER_ASYNC(limiter -> limiter.gate("a").enterAsync(2, HOUR).getNow(null));

    final Consumer<KeyedLimiter<String>> call;

    Call(Consumer<KeyedLimiter<String>> call) {
      this.call = call;
    }
  }

  @ParameterizedTest
  @EnumSource(Call.class)
  void listenerThatThrows_leavesNoChargeBehind(Call each) {
    for (String limits : List.of("2/hour", "2/second, 3/hour", "2/hour sliding-log")) {
      KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse(limits), clock)
          .listening(this::of)
          .counting(0)
          .build();
      fails = true;
      assertSame(failure, assertThrows(RuntimeException.class, () -> each.call.accept(limiter)));
      fails = false;
      assertEquals(2, limiter.peek("a").remaining(), limits);
      assertEquals(0, limiter.peek("a").resetAfterNanos(), limits);
      assertEquals(0, limiter.counts().admitted() + limiter.counts().denied());
      assertTrue(limiter.forget("a") || limiter.size() == 0, "nobody is left inside");
    }
  }

  @ParameterizedTest
  @EnumSource(Call.class)
  void listenerThatThrows_ofAKeyWithoutRoom_leavesTheSharedLimiterAsItWas(Call each) {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("2/hour"), clock)
        .maxKeys(1)
        .listening(this::admittedFails)
        .build();
    limiter.tryAcquire("full");
    fails = true;
    assertSame(failure, assertThrows(RuntimeException.class, () -> each.call.accept(limiter)));
    fails = false;
    assertTrue(limiter.tryAcquire("a", 2), "the shared limiter has all its permits");
  }

  private LimitListener admittedFails(String key) {
    return new LimitListener() {
      @Override
      public void admitted(long permits) {
        of(key).admitted(permits);
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"1/second", "1/second sliding-log"})
  void listenerThatThrows_ofACallThatWaited_leavesNoChargeBehind(String limits) {
    KeyedLimiter<String> limiter = limiter(limits);
    limiter.tryAcquire("a");
    CompletableFuture<Boolean> async = limiter.limiter("a").acquireAsync(1, HOUR);
    CompletableFuture<Reservation> reserved = limiter.limiter("a").reserveAsync(1, HOUR);
    CompletableFuture<Permit> entered = limiter.gate("a").enterAsync(1, HOUR);
    fails = true;
    clock.advance(Duration.ofSeconds(10));
    for (CompletableFuture<?> each : List.of(async, reserved, entered)) {
      assertSame(
          failure,
          assertThrows(CompletionException.class, () -> each.getNow(null)).getCause());
    }
    assertEquals(1, limiter.peek("a").remaining());
    assertEquals(0, limiter.gate("a").waiters());
  }

  @Test
  void listenerThatThrows_leavesNoPermitInFlight() {
    KeyedLimiter<String> limiter = limiter("4/hour, 1 concurrent");
    fails = true;
    assertSame(failure, assertThrows(RuntimeException.class, () -> limiter.tryEnter("a")));
    fails = false;
    Permit held = limiter.tryEnter("a");
    CompletableFuture<Permit> late = limiter.gate("a").enterAsync(1, HOUR);
    fails = true;
    held.close();
    assertSame(
        failure,
        assertThrows(CompletionException.class, () -> late.getNow(null)).getCause());
    fails = false;
    assertTrue(limiter.tryEnter("a").granted());
    assertEquals(
        2, limiter.inDetail("a", limiter.peek("a", 0), 1).rules().get(0).remaining());
  }

  @Test
  void listener_mayCallTheLimiter() {
    List<Long> left = new ArrayList<>();
    List<KeyedLimiter<String>> self = new ArrayList<>();
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("2/hour"), clock)
        .listening(key -> new LimitListener() {
          @Override
          public void admitted(long permits) {
            left.add(self.get(0).peek(key).remaining());
            self.get(0).override(key, Limits.parse("9/hour"));
            self.get(0).forget(key);
          }
        })
        .build();
    self.add(limiter);
    limiter.tryAcquire("a", 2);
    limiter.limiter("a").acquireForced(4);
    assertEquals(List.of(0L, 5L), left);
    assertEquals(9, limiter.peek("a").remaining());
  }
}
