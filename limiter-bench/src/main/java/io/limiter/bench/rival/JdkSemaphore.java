package io.limiter.bench.rival;

import io.limiter.spec.kit.ConcurrencyAdapter;
import java.util.concurrent.Semaphore;

/** The JDK's Semaphore, nonfair as by default. */
record JdkSemaphore(Semaphore semaphore, int limit) implements ConcurrencyAdapter {

  static JdkSemaphore of(int limit) {
    return new JdkSemaphore(new Semaphore(limit), limit);
  }

  @Override
  public boolean tryAcquire(long permits) {
    return permits == (int) permits && semaphore.tryAcquire((int) permits);
  }

  @Override
  public void release(long permits) {
    semaphore.release(Math.toIntExact(permits));
  }

  @Override
  public long inFlight() {
    return limit - semaphore.availablePermits();
  }
}
