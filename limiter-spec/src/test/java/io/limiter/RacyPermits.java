package io.limiter;

import java.util.concurrent.atomic.AtomicLongArray;

/** Striped permits with one mistake each, to show that the checks miss none. */
final class RacyPermits {
  private static final int STRIPES = 2;

  /** What is done wrong. */
  enum Mistake {
    /** A call looks at its own stripe alone. */
    ASKS_NO_OTHER,
    /** A call is denied after one look at each stripe. */
    LOOKS_ONCE,
    /** Permits are taken from one stripe after the other, and put back if they were too few. */
    GATHERS_IN_HAND,
    /** Permits are put together while they can still be taken. */
    DOES_NOT_FREEZE,
    /** What cannot be shared out evenly is dropped. */
    DROPS_REMAINDER
  }

  private final Mistake mistake;
  private final int limit;
  private volatile AtomicLongArray words;

  RacyPermits(Mistake mistake, int limit) {
    this.mistake = mistake;
    this.limit = limit;
    spread(limit);
  }

  private void spread(long free) {
    long rest = mistake == Mistake.DROPS_REMAINDER ? 0 : free % STRIPES;
    words = new AtomicLongArray(new long[] {free / STRIPES + rest, free / STRIPES});
  }

  boolean tryAcquire(int at, int permits) {
    AtomicLongArray all = words;
    int others = mistake == Mistake.ASKS_NO_OTHER ? 1 : STRIPES;
    for (int i = at; i < at + others; i++) {
      if (take(all, i % STRIPES, permits, permits) > 0) {
        return true;
      }
    }
    if (mistake == Mistake.GATHERS_IN_HAND) {
      return gather(all, permits);
    }
    if (mistake == Mistake.DOES_NOT_FREEZE && free() >= permits) {
      spread(free() - permits);
      return true;
    }
    return false;
  }

  private static boolean gather(AtomicLongArray all, int permits) {
    long hand = 0;
    for (int i = 0; i < STRIPES; i++) {
      hand += take(all, i, 1, permits - hand);
    }
    if (hand < permits) {
      all.addAndGet(0, hand);
    }
    return hand >= permits;
  }

  /** Takes at least so many from a stripe, at most so many, or none. */
  private static long take(AtomicLongArray all, int at, long least, long most) {
    while (true) {
      long free = all.get(at);
      long taken = Math.min(free, most);
      if (taken < least) {
        return 0;
      }
      if (all.compareAndSet(at, free, free - taken)) {
        return taken;
      }
    }
  }

  boolean release(int at, int permits) {
    if (permits > limit - free()) {
      return false;
    }
    words.addAndGet(at, permits);
    return true;
  }

  /** As the limiter does when callers collide. */
  void replace() {
    if (mistake == Mistake.DOES_NOT_FREEZE || mistake == Mistake.DROPS_REMAINDER) {
      spread(free());
    }
  }

  long free() {
    AtomicLongArray all = words;
    return all.get(0) + all.get(1);
  }
}
