package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.Permit;
import io.limiter.Reservation;
import io.limiter.rule.Limits;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class KeyedCountsTest {
  private final ManualClock clock = ManualClock.create();

  private KeyedLimiter<String> limiter(String limits, int counters) {
    return KeyedLimiter.<String>builder(Limits.parse(limits), clock)
        .counting(counters)
        .build();
  }

  @Test
  void counts_calls_byTheRuleThatDenied() {
    KeyedLimiter<String> limiter = limiter("2/second, 3/minute", 0);
    for (int i = 0; i < 5; i++) {
      limiter.tryAcquire("a"); // 2 of 5
    }
    clock.advance(Duration.ofSeconds(1));
    for (int i = 0; i < 5; i++) {
      limiter.decide("a"); // 1 of 5
    }
    assertEquals(3, limiter.counts().admitted());
    assertEquals(7, limiter.counts().denied());
    assertEquals(3, limiter.counts().denied(0));
    assertEquals(4, limiter.counts().denied(1));
    assertEquals(0, limiter.counts().denied(2));
    assertEquals(List.of(), limiter.counts().mostDenied());
    limiter.tryAcquire("a", 0);
    limiter.peek("a");
    assertEquals(7, limiter.counts().denied());
  }

  @Test
  void counts_waitsOverflowsAndForgottenKeys() {
    KeyedLimiter<String> limiter = KeyedLimiter.<String>builder(Limits.parse("1/second"), clock)
        .maxKeys(1)
        .whenFull(OverflowPolicy.deny())
        .counting(0)
        .build();
    limiter.tryAcquire("a");
    CompletableFuture<Boolean> waits = limiter.limiter("a").acquireAsync(1, Duration.ofSeconds(2));
    assertFalse(limiter.tryAcquire("b"));
    clock.advance(Duration.ofSeconds(1));
    assertTrue(waits.join());
    assertEquals(1, limiter.counts().waited());
    assertEquals(2, limiter.counts().admitted());
    assertEquals(1, limiter.counts().overflowed());
    clock.advance(Duration.ofSeconds(1));
    assertEquals(1, limiter.forgetFresh());
    assertEquals(1, limiter.counts().forgotten());
  }

  @Test
  void shadow_ofAllOrOfOneKey_admitsWhatItCountsAsDenied() throws InterruptedException {
    KeyedLimiter<String> limiter = limiter("1/second", 0);
    KeyedCounts<String> counts = limiter.counts();
    counts.shadow("a", true);
    assertTrue(limiter.tryAcquire("a"));
    assertTrue(limiter.tryAcquire("a"));
    limiter.limiter("a").acquire();
    Reservation reservation = limiter.limiter("a").reserve(1, Duration.ZERO);
    assertTrue(reservation.granted());
    assertTrue(reservation.cancel());
    assertEquals(3, counts.denied());
    assertTrue(limiter.tryAcquire("b"));
    assertFalse(limiter.tryAcquire("b"));
    counts.shadow(true);
    try (Permit permit = limiter.tryEnter("b")) {
      assertTrue(permit.granted());
    }
    counts.shadow(false);
    counts.shadow("a", false);
    assertFalse(limiter.decide("a").admitted());
    clock.advance(Duration.ofSeconds(1));
    assertTrue(limiter.tryAcquire("a"), "what shadow mode let pass was not charged");
  }

  @Test
  void mostDenied_ofManyKeys_hasAllThatAreDeniedOften() {
    KeyedLimiter<String> limiter = limiter("blocked", 10);
    SplittableRandom random = new SplittableRandom(8);
    int[] calls = new int[1_000];
    for (int i = 0; i < 20_000; i++) {
      int key = random.nextInt(4) == 0 ? random.nextInt(3) : random.nextInt(1_000);
      calls[key]++;
      limiter.tryAcquire("key" + key);
    }
    List<KeyedCounts.Denied<String>> most = limiter.counts().mostDenied();
    assertEquals(10, most.size());
    for (KeyedCounts.Denied<String> each : most) {
      int right = calls[Integer.parseInt(each.key().substring(3))];
      assertTrue(each.atLeast() <= right && right <= each.calls(), each + ", not " + right);
    }
    for (int i = 0; i < 9_000; i++) {
      limiter.tryAcquire("often");
    }
    KeyedCounts.Denied<String> first = limiter.counts().mostDenied().get(0);
    assertEquals("often", first.key());
    assertTrue(first.atLeast() <= 9_000 && 9_000 <= first.calls(), first::toString);
  }

  @Test
  void counts_ofLongs_nameTheKeys() {
    LongKeyedLimiter limiter =
        LongKeyedLimiter.builder(Limits.parse("1/second"), clock).counting(5).build();
    limiter.counts().shadow(7L, true);
    assertTrue(limiter.tryAcquire(7));
    assertTrue(limiter.tryAcquire(7));
    assertEquals(List.of(new KeyedCounts.Denied<>(7L, 1, 1)), limiter.counts().mostDenied());
  }

  @Test
  void counts_thatNobodyAskedFor_areRefused() {
    KeyedLimiter<String> limiter =
        KeyedLimiter.<String>builder(Limits.parse("1/second"), clock).build();
    assertThrows(IllegalStateException.class, limiter::counts);
  }
}
