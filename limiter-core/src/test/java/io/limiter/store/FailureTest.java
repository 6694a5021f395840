package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** What callers are told while the store is away, and what is never sent twice. */
class FailureTest {
  private static final Limits TEN = Limits.parse("10/hour");

  private int calls;

  private ScriptRunner failing(Exception failure) {
    return call -> {
      calls++;
      throw failure;
    };
  }

  @Test
  void timeout_isUnknownAndNeverSentAgain() {
    StoreLimiter limiter = StoreLimiter.create(
        TEN, 0, failing(new IOException(new SocketTimeoutException("Read timed out"))));
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertTrue(e.outcomeUnknown());
    assertEquals(1, calls);
  }

  @Test
  void refusals_areKnown() {
    for (String error : List.of(
        "LOADING Redis is loading the dataset in memory",
        "READONLY You can't write against a read only replica.",
        "OOM command not allowed when used memory > 'maxmemory'",
        "CROSSSLOT Keys in request don't hash to the same slot")) {
      StoreLimiter limiter =
          StoreLimiter.create(TEN, 0, failing(new IllegalStateException(new IOException(error))));
      StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
      assertFalse(e.outcomeUnknown(), error);
    }
    StoreLimiter limiter =
        StoreLimiter.create(TEN, 0, failing(new IOException(new ConnectException("refused"))));
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertFalse(e.outcomeUnknown());
    StoreLimiter pooled = StoreLimiter.create(
        TEN, 0, failing(StoreException.notSent("no connection", new IOException("pool"))));
    assertFalse(assertThrows(StoreException.class, () -> pooled.tryAcquire("a")).outcomeUnknown());
  }

  @Test
  void wordsThatOnlyLookLikeARefusal_areUnknown() {
    StoreLimiter limiter =
        StoreLimiter.create(TEN, 0, failing(new IOException("LOADINGS of data, ERROR")));
    assertTrue(assertThrows(StoreException.class, () -> limiter.tryAcquire("a")).outcomeUnknown());
  }

  @Test
  void noScript_isFollowedByTheText_andAFailureOfThatIsUnknown() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, call -> {
      calls++;
      throw new IOException(call.isDigest() ? "NOSCRIPT No matching script." : "reset");
    });
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertTrue(e.outcomeUnknown());
    assertEquals(2, calls);
  }

  @Test
  void policies_answer() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, failing(new IOException("gone")));
    StoreDecision denied = limiter.onFailure(FailurePolicy.closed()).decide("a", 1);
    assertFalse(denied.admitted());
    assertFalse(denied.isFromStore());
    assertTrue(denied.decision().retryAfterNanos() > 0);
    assertTrue(limiter.onFailure(FailurePolicy.open()).tryAcquire("a"));
    KeyedLimiter<String> local = KeyedLimiter.<String>builder(
            Limits.parse("2/hour"), ManualClock.create())
        .build();
    StoreLimiter orElse = limiter.onFailure(FailurePolicy.orElse(local::decideInDetail));
    assertTrue(orElse.tryAcquire("a"));
    assertTrue(orElse.tryAcquire("a"));
    assertFalse(orElse.tryAcquire("a"));
    assertFalse(orElse.refund(orElse.decide("b", 1), 1), "the store charged nothing");
  }

  @Test
  void mistakes_areThrownUnderEveryPolicy() {
    StoreLimiter limiter = StoreLimiter.create(
            TEN, 0, failing(new IOException("CROSSSLOT Keys in request don't hash to one slot")))
        .onFailure(FailurePolicy.open());
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertTrue(e.getMessage().contains("hash tag"), e.getMessage());
  }

  @Test
  void peek_refundAndReset_throwUnderEveryPolicy() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, failing(new IOException("gone")))
        .onFailure(FailurePolicy.open());
    assertThrows(StoreException.class, () -> limiter.peek("a", 1));
    assertThrows(StoreException.class, () -> limiter.refund("a", 1));
    assertThrows(StoreException.class, () -> limiter.reset("a"));
  }

  @Test
  void circuit_stopsAskingADeadStoreAndTriesAgain() {
    ManualClock clock = ManualClock.create();
    Circuit circuit = new Circuit(clock);
    for (int i = 0; i < 3; i++) {
      assertTrue(circuit.admits());
      circuit.failed();
    }
    assertFalse(circuit.admits());
    clock.advanceNanos(circuit.waitNanos() - 1);
    assertFalse(circuit.admits());
    clock.advanceNanos(1);
    assertTrue(circuit.admits(), "one asks");
    assertFalse(circuit.admits(), "the others do not");
    circuit.failed();
    assertEquals(2 * Circuit.FIRST_PAUSE_NANOS, circuit.waitNanos());
    clock.advanceNanos(circuit.waitNanos());
    assertTrue(circuit.admits());
    circuit.succeeded();
    assertTrue(circuit.admits());
    assertTrue(circuit.admits());
  }

  @Test
  void circuit_open_saysThatNothingWasSent() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, failing(new IOException("gone")));
    StoreException last = null;
    for (int i = 0; i < 10; i++) {
      last = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    }
    assertFalse(last.outcomeUnknown());
    assertTrue(calls < 10, calls + " calls");
  }

  @Test
  void interrupt_isKeptAndThrown() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, failing(new InterruptedException()))
        .onFailure(FailurePolicy.open());
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertTrue(Thread.interrupted());
    assertTrue(e.outcomeUnknown());
  }

  @Test
  void reply_thatNoScriptGives_isAMistakeOfTheClient() {
    StoreLimiter limiter = StoreLimiter.create(TEN, 0, call -> "OK");
    StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
    assertTrue(e.getMessage().contains("list"), e.getMessage());
  }

  @Test
  void async_failuresCompleteTheFuture() {
    AsyncStoreLimiter limiter = AsyncStoreLimiter.create(
        TEN, 0, call -> CompletableFuture.failedFuture(new IOException("gone")));
    CompletionException e =
        assertThrows(CompletionException.class, () -> limiter.tryAcquire("a").join());
    assertTrue(((StoreException) e.getCause()).outcomeUnknown());
    assertTrue(limiter.onFailure(FailurePolicy.open()).tryAcquire("a").join());
    AsyncStoreLimiter thrown = AsyncStoreLimiter.create(TEN, 0, call -> {
      throw new ConnectException("refused");
    });
    CompletionException unsent =
        assertThrows(CompletionException.class, () -> thrown.reset("a").join());
    assertFalse(((StoreException) unsent.getCause()).outcomeUnknown());
  }
}
