package io.limiter;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A clock whose readers stall at random between the reading and what they do with it: as a thread does
 * that is preempted, or stopped by the garbage collector.
 */
final class StallingClock implements NanoClock {
  final ManualClock time;
  volatile int oneIn; // a reader in so many stalls; 0: none

  StallingClock(ManualClock time) {
    this.time = time;
  }

  @Override
  public long nanoTime() {
    long reading = time.nanoTime();
    int one = oneIn;
    ThreadLocalRandom random = ThreadLocalRandom.current();
    if (one > 0 && random.nextInt(one) == 0) {
      if (random.nextInt(4) == 0) {
        LockSupport.parkNanos(random.nextInt(30_000));
      } else {
        Thread.yield();
      }
    }
    return reading;
  }

  @Override
  public void parkNanos(Object blocker, long nanos) {
    time.parkNanos(blocker, nanos);
  }

  @Override
  public NanoClock.Timer runAfter(long nanos, Runnable task) {
    return time.runAfter(nanos, task);
  }
}
