package io.limiter.spec.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.NanoClock;
import io.limiter.Rate;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The contracts report each guarantee by its name, skipped or not. */
class ContractTest {

  /** Denies everything. */
  private static class Wall extends RateLimiterContract {
    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      return permits -> false;
    }

    @Override
    protected Map<String, String> notClaimed() {
      return Map.of("deniedCallsChangeNothing", "a wall");
    }
  }

  private static void assertOneTestForEach(Class<?> contract, List<Guarantee> guarantees) {
    TreeSet<String> tests = new TreeSet<>();
    for (Class<?> c = contract; c != null; c = c.getSuperclass()) {
      for (Method method : c.getDeclaredMethods()) {
        if (method.isAnnotationPresent(Test.class)) {
          tests.add(method.getName());
        }
      }
    }
    assertEquals(new TreeSet<>(guarantees.stream().map(Guarantee::name).toList()), tests);
  }

  @Test
  void guarantees_ofEachContract_haveATestEach() {
    assertOneTestForEach(GcraKitTest.class, new GcraKitTest().guarantees());
    assertOneTestForEach(
        TokenBucketKitTest.FixedWindow.class,
        new TokenBucketKitTest().new FixedWindow().guarantees());
    assertOneTestForEach(SlidingLogKitTest.class, new SlidingLogKitTest().guarantees());
    assertOneTestForEach(
        ConcurrencyLimiterKitTest.class, new ConcurrencyLimiterKitTest().guarantees());
  }

  private static void run(String name) {
    Wall wall = new Wall();
    new Trial(name, 100).of(wall.guarantees(), wall.notClaimed(), 7);
  }

  @Test
  void trial_notOffered_isSkippedByName() {
    var skipped = assertThrows(TestAbortedException.class, () -> run("retryAfterIsExact"));
    assertEquals("retryAfterIsExact: not offered: retryAfterNanos", skipped.getMessage());
  }

  @Test
  void trial_notClaimed_isSkippedWithTheReason() {
    var skipped = assertThrows(TestAbortedException.class, () -> run("deniedCallsChangeNothing"));
    assertEquals("deniedCallsChangeNothing: not claimed: a wall", skipped.getMessage());
  }

  @Test
  void trial_broken_failsWithTheShortestTimelineAndTheSeed() {
    var failed = assertThrows(AssertionError.class, () -> run("decidesAsTheExactModelDoes"));
    assertTrue(
        failed.getMessage().contains("created when the clock reads 0\n  at 0 ns: tryAcquire(1)\n"),
        failed.getMessage());
    assertTrue(failed.getMessage().endsWith("seed 7, tries 100"), failed.getMessage());
  }

  @Test
  void trial_notClaimedMisspelt_isRefused() {
    Wall wall = new Wall();
    Trial trial = new Trial("retryAfterIsExact", 1);
    assertThrows(
        IllegalStateException.class,
        () -> trial.of(wall.guarantees(), Map.of("retryAfterIsEaxct", ""), 7));
  }
}
