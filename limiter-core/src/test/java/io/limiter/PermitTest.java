package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PermitTest {
  private final AtomicLong released = new AtomicLong();

  private Permit permit(Decision decision) {
    return new Permit(decision, permits -> released.addAndGet(permits) > 0, 3);
  }

  @Test
  void close_granted_givesBackOnce() {
    Permit permit = permit(Decision.admitted(4, 5));
    assertTrue(permit.granted());
    assertEquals(
        "Permit[Decision[admitted=true, remaining=4, retryAfterNanos=0, resetAfterNanos=5,"
            + " deniedBy=-1], open]",
        permit.toString());
    permit.close();
    permit.close();
    assertEquals(3, released.get());
    assertTrue(permit.granted(), "closing does not change the answer");
    assertTrue(permit.toString().endsWith(", nothing held]"), permit::toString);
  }

  @Test
  void close_denied_givesNothingBack() {
    Decision decision = Decision.denied(0, 7, 9, 1);
    Permit permit = permit(decision);
    assertFalse(permit.granted());
    assertEquals(decision, permit.decision());
    permit.close();
    assertEquals(0, released.get());
  }

  @Test
  void close_byManyThreads_givesBackOnce() throws InterruptedException {
    for (int round = 0; round < 500; round++) {
      Permit permit = permit(Decision.admitted(0, 0));
      Thread other = new Thread(permit::close);
      other.start();
      permit.close();
      other.join();
    }
    assertEquals(500 * 3, released.get());
  }

  @Test
  void tryWithResources_aroundAnException_givesBack() {
    ConcurrencyLimiter limiter = ConcurrencyLimiter.create(1);
    try (Permit permit = limiter.tryEnter()) {
      assertTrue(permit.granted());
      throw new IllegalArgumentException();
    } catch (IllegalArgumentException expected) {
      assertEquals(0, limiter.inFlight());
    }
  }
}
