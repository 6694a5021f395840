package io.limiter.spec.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.Gcra;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.spec.Setup;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import org.junit.jupiter.api.Test;

/** A limiter that counts milliseconds, or ends after a time, is held to what it can tell of time. */
class TimeScaleKitTest {
  private static final long MILLI = 1_000_000;
  private static final long HOUR = Duration.ofHours(1).toNanos();

  /** A Gcra that sees whole milliseconds, and tells waits in whole ones. */
  private static class Millis extends RateLimiterContract {
    private final long resolutionNanos;
    private final long addedNanos; // to a wait that is rounded down

    Millis(long resolutionNanos, long addedNanos) {
      this.resolutionNanos = resolutionNanos;
      this.addedNanos = addedNanos;
    }

    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      ManualClock millis = ManualClock.startingAt(Math.floorDiv(clock.nanoTime(), MILLI) * MILLI);
      Gcra gcra = Gcra.create(rate, burst, millis);
      return new RateAdapter() {
        private Gcra now() {
          millis.set(Math.floorDiv(clock.nanoTime(), MILLI) * MILLI);
          return gcra;
        }

        @Override
        public boolean tryAcquire(long permits) {
          return now().tryAcquire(permits);
        }

        @Override
        public long retryAfterNanos(long permits) {
          Decision said = now().peek(permits);
          return said.isNever()
              ? Decision.NEVER
              : (said.retryAfterNanos() + addedNanos) / MILLI * MILLI;
        }
      };
    }

    @Override
    protected Arbitrary<Setup.OfGcra> setups() {
      return Arbitraries.of(
          new Setup.OfGcra(Rate.perSecond(3), 2),
          new Setup.OfGcra(Rate.perMinute(7), 10),
          new Setup.OfGcra(Rate.perSecond(7_000), 5));
    }

    @Override
    protected long resolutionNanos() {
      return resolutionNanos;
    }

    @Override
    protected long horizonNanos() {
      return 1_000 * HOUR;
    }
  }

  /** Breaks an hour after its creation. */
  private static class ShortLived extends RateLimiterContract {
    private final long horizonNanos;

    ShortLived(long horizonNanos) {
      this.horizonNanos = horizonNanos;
    }

    @Override
    protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
      Gcra gcra = Gcra.create(rate, burst, clock);
      long created = clock.nanoTime();
      return permits -> {
        if (clock.nanoTime() - created > HOUR) {
          throw new IllegalStateException("too old");
        }
        return gcra.tryAcquire(permits);
      };
    }

    @Override
    protected long horizonNanos() {
      return horizonNanos;
    }
  }

  private static Finding find(RateLimiterContract contract, String name) {
    List<Guarantee> guarantees = contract.guarantees();
    return guarantees.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow()
        .find(1, 1_000);
  }

  @Test
  void millisecondLimiter_isHeldToMilliseconds() {
    for (Guarantee each : new Millis(MILLI, MILLI - 1).guarantees()) {
      Finding found = each.find(1, 200);
      assertFalse(found.kind() == Finding.Kind.BROKEN, () -> each + ": " + found.detail());
    }
    for (String name : List.of("decidesAsTheExactModelDoes", "retryAfterIsExact")) {
      assertEquals(Finding.Kind.HOLDS, find(new Millis(MILLI, MILLI - 1), name).kind(), name);
      assertEquals(Finding.Kind.BROKEN, find(new Millis(1, MILLI - 1), name).kind(), name);
    }
  }

  @Test
  void waitThatIsAMillisecondOff_isCaught() {
    Finding early = find(new Millis(MILLI, 0), "retryAfterIsExact");
    assertEquals(Finding.Kind.BROKEN, early.kind());
    Finding late = find(new Millis(MILLI, 2 * MILLI - 1), "retryAfterIsExact");
    assertTrue(late.detail().contains("admitted 1 ms before "), late.detail());
  }

  @Test
  void limiterThatEnds_isNotUsedLonger() {
    for (Guarantee each : new ShortLived(HOUR).guarantees()) {
      Finding found = each.find(1, 200);
      assertFalse(found.kind() == Finding.Kind.BROKEN, () -> each + ": " + found.detail());
    }
  }

  @Test
  void limiterThatThrows_isShownWithItsStackTrace() {
    ShortLived contract = new ShortLived(Long.MAX_VALUE);
    Finding found = find(contract, "decidesAsTheExactModelDoes");
    assertTrue(found.detail().contains("\n  <- java.lang.IllegalStateException: too old"));
    assertEquals("too old", found.cause().orElseThrow().getMessage());
    AssertionError failed = assertThrows(
        AssertionError.class,
        () -> new Trial("decidesAsTheExactModelDoes", 1_000)
            .of(contract.guarantees(), contract.notClaimed(), 1));
    assertEquals(
        ShortLived.class.getName(), failed.getCause().getStackTrace()[0].getClassName());
  }

  /** An assertion of its own, without a message. */
  @Test
  void limiterThatAsserts_isShownAsOneThatThrows() {
    RateLimiterContract asserting = new RateLimiterContract() {
      @Override
      protected RateAdapter create(Rate rate, long burst, NanoClock clock) {
        return permits -> {
          throw new AssertionError();
        };
      }
    };
    Finding found = find(asserting, "decidesAsTheExactModelDoes");
    assertTrue(found.detail().endsWith("  <- java.lang.AssertionError"), found.detail());
    assertTrue(found.cause().isPresent());
  }
}
