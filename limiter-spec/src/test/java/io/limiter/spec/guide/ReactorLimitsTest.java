package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ConcurrencyLimiter;
import io.limiter.Gate;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ReactorLimitsTest {
  private static final Duration LONG = Duration.ofDays(1);

  private final ManualClock clock = ManualClock.create();
  private final Gcra limiter = Gcra.create(Rate.perSecond(10), 5, clock);
  private final AtomicInteger calls = new AtomicInteger();
  private final Mono<Integer> call = Mono.fromCallable(calls::incrementAndGet);

  @Test
  void calls_areMadeAsTheFormulaSays() {
    for (int i = 0; i < 20; i++) {
      ReactorLimits.limited(limiter, LONG, call).subscribe();
    }
    assertEquals(5, calls.get());
    for (int i = 6; i <= 20; i++) {
      clock.advanceNanos(99_999_999);
      assertEquals(i - 1, calls.get());
      clock.advanceNanos(1);
      assertEquals(i, calls.get());
    }
  }

  @Test
  void call_thatCannotBeInTime_failsAtOnce() {
    limiter.drain();
    Mono<Integer> late = ReactorLimits.limited(limiter, Duration.ofMillis(99), call);
    assertThrows(RejectedExecutionException.class, late::block);
    assertEquals(0, calls.get());
  }

  @Test
  void subscriberThatCancels_leavesTheLine() {
    limiter.drain();
    Disposable first = ReactorLimits.limited(limiter, LONG, call).subscribe();
    ReactorLimits.limited(limiter, LONG, call).subscribe();
    assertEquals(2, limiter.waiters());
    first.dispose();
    assertEquals(1, limiter.waiters());
    clock.advance(Duration.ofMillis(100));
    assertEquals(1, calls.get());
  }

  @Test
  void gate_isLeftHoweverTheCallEnds() {
    ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(1, clock);
    Gate gate = Gate.builder(clock).concurrency(concurrency).build();
    Disposable never = ReactorLimits.limited(gate, LONG, Mono.never()).subscribe();
    Mono<Integer> limited = ReactorLimits.limited(gate, LONG, call);
    limited.subscribe();
    assertEquals(0, calls.get());
    never.dispose();
    assertEquals(1, calls.get());
    Mono<Object> fails = ReactorLimits.limited(gate, LONG, Mono.error(new Error("on purpose")));
    assertFalse(fails.onErrorComplete().blockOptional().isPresent());
    assertEquals(0, concurrency.inFlight());
  }

  @Test
  void gate_ofSubscribersThatCancelAtAnyTime_isEmptyAfterwards() {
    ConcurrencyLimiter concurrency = ConcurrencyLimiter.create(1, NanoClock.system());
    Gate gate = Gate.builder(NanoClock.system()).concurrency(concurrency).build();
    Flux.range(0, 20_000)
        .flatMap(
            i -> {
              Mono<Integer> work = Mono.fromCallable(calls::incrementAndGet);
              Mono<Integer> limited =
                  ReactorLimits.limited(gate, LONG, work).subscribeOn(Schedulers.parallel());
              return i % 2 == 0
                  ? limited
                  : Flux.firstWithSignal(limited, Mono.just(-1).publishOn(Schedulers.parallel()))
                      .next();
            },
            64)
        .blockLast();
    assertTrue(calls.get() >= 10_000);
    while (concurrency.inFlight() > 0 || gate.waiters() > 0) {
      Thread.onSpinWait(); // for those that were cancelled last
    }
  }
}
