package io.limiter.keyed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.ManualClock;
import io.limiter.rule.Limits;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A thread stalls while it copies a table, where it asks for the hash of a key; calls go on. */
class StalledCopyTest {
  private static final int KEYS = 6; // as many as the first table holds
  private static final List<String> LIMITS =
      List.of("3/hour", "3/hour, 5/day", "3/hour fixed-window", "3/hour sliding-log");

  private Runnable stall = () -> {};

  private long hash(int key) {
    Runnable now = stall;
    stall = () -> {};
    now.run();
    return key;
  }

  /** Whatever replaces the table, every key has 3 permits. */
  private void assertNoneIsLost(Consumer<KeyedLimiter<Integer>> replacing) {
    for (String limits : LIMITS) {
      boolean stalled = true;
      for (int nth = 0; stalled; nth++) {
        KeyedLimiter<Integer> limiter = KeyedLimiter.<Integer>builder(
                Limits.parse(limits), ManualClock.startingAt(Long.MAX_VALUE))
            .maxKeys(1_000)
            .hasher(this::hash)
            .build();
        for (int key = 0; key < KEYS; key++) {
          assertTrue(limiter.tryAcquire(key));
        }
        int[] left = {nth};
        stall = new Runnable() {
          @Override
          public void run() {
            if (left[0]-- > 0) {
              stall = this;
              return;
            }
            for (int key = 0; key < KEYS; key++) {
              assertTrue(limiter.tryAcquire(key, 2), limits);
              assertFalse(limiter.tryAcquire(key), limits);
            }
          }
        };
        replacing.accept(limiter);
        stall = () -> {};
        stalled = left[0] < 0;
        for (int key = 0; stalled && key < KEYS; key++) {
          assertFalse(limiter.tryAcquire(key), limits + ", at hash " + nth);
        }
      }
    }
  }

  @Test
  void keys_comeMeanwhile_noAdmissionIsLost() {
    assertNoneIsLost(limiter -> {
      for (int key = 100; key < 120; key++) {
        limiter.tryAcquire(key);
      }
    });
  }

  @Test
  void anotherKey_isOverriddenAndForgottenMeanwhile_noAdmissionIsLost() {
    assertNoneIsLost(limiter -> {
      limiter.override(100, Limits.parse("5/hour"));
      assertTrue(limiter.tryAcquire(100, 3)); // the level is kept
      assertTrue(limiter.forget(100));
      assertEquals(5, limiter.peek(100).remaining());
      assertTrue(limiter.clearOverride(100));
      assertEquals(3, limiter.peek(100).remaining());
    });
  }

  @Test
  void key_isOverriddenMeanwhile_noAdmissionIsLost() {
    assertNoneIsLost(limiter -> {
      limiter.override(1, Limits.parse("3/hour"));
      limiter.override(1, Limits.parse("3/hour sliding-log"));
      limiter.clearOverride(1);
    });
  }
}
