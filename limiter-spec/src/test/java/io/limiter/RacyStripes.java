package io.limiter;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;

/** Stripes without time and with one thing forgotten each, to show that the race checks miss none. */
final class RacyStripes {
  private static final int LEASING = 1 << 16;
  private static final int FROZEN = 1 << 17;
  private static final int HELD = LEASING - 1;

  /** What is forgotten. */
  enum Defect {
    NONE,
    /** Two threads fetch a lease for one stripe. */
    TWO_LEASES,
    /** What is in a stripe that somebody fetches permits for is not called back. */
    FORGETS_MARKED,
    /** Permits are called back while they can still be spent. */
    DOES_NOT_FREEZE,
    /** What is in hand for a stripe that was called back is dropped. */
    DROPS_HAND
  }

  /** The permits that are shared, frozen once negative, and those of the stripes. */
  private record State(AtomicInteger shared, AtomicIntegerArray words) {}

  private final Defect defect;
  private final int lease;
  private final AtomicReference<State> state;

  RacyStripes(Defect defect, int permits, int count, int lease) {
    this.defect = defect;
    this.lease = lease;
    this.state =
        new AtomicReference<>(new State(new AtomicInteger(permits), new AtomicIntegerArray(count)));
  }

  boolean tryAcquire(int at, int permits) {
    while (true) {
      State s = state.get();
      int word = s.words.get(at);
      if ((word & FROZEN) != 0) {
        callBack();
      } else if ((word & HELD) >= permits) {
        if (s.words.compareAndSet(at, word, word - permits)) {
          return true;
        }
      } else if (s.shared.get() < permits) {
        return false; // also while it is frozen: that is for the next call
      } else if (defect == Defect.TWO_LEASES
          || s.words.compareAndSet(at, word & ~LEASING, word | LEASING)) {
        int fetched = take(s.shared, permits, lease - (word & HELD) + permits);
        land(s, at, Math.max(fetched - permits, 0));
        if (fetched > 0) {
          return true;
        }
      } else if (take(s.shared, permits, permits) > 0) {
        return true;
      }
    }
  }

  /** Takes so many, or none; answers how many. */
  private static int take(AtomicInteger shared, int least, int most) {
    while (true) {
      int seen = shared.get();
      int taken = Math.min(seen, most);
      if (taken < least) {
        return 0;
      }
      if (shared.compareAndSet(seen, seen - taken)) {
        return taken;
      }
    }
  }

  private void land(State s, int at, int permits) {
    while (true) {
      int word = s.words.get(at);
      if ((word & FROZEN) != 0) {
        if (defect != Defect.DROPS_HAND) {
          giveBack(permits);
        }
        return;
      }
      if (s.words.compareAndSet(at, word, (word & HELD) + permits)) {
        return;
      }
    }
  }

  private void giveBack(int permits) {
    while (true) {
      AtomicInteger shared = state.get().shared;
      int seen = shared.get();
      if (seen < 0) {
        callBack();
      } else if (shared.compareAndSet(seen, seen + permits)) {
        return;
      }
    }
  }

  void callBack() {
    State s = state.get();
    int sum = 0;
    for (int at = 0; at < s.words.length(); at++) {
      int word = s.words.get(at);
      while (defect != Defect.DOES_NOT_FREEZE
          && (word & FROZEN) == 0
          && !s.words.compareAndSet(at, word, word | FROZEN)) {
        word = s.words.get(at);
      }
      word = s.words.get(at);
      sum += defect == Defect.FORGETS_MARKED && (word & LEASING) != 0 ? 0 : word & HELD;
    }
    int shared = s.shared.get();
    while (shared >= 0 && !s.shared.compareAndSet(shared, ~shared)) {
      shared = s.shared.get();
    }
    shared = s.shared.get();
    state.compareAndSet(
        s, new State(new AtomicInteger(~shared + sum), new AtomicIntegerArray(s.words.length())));
  }

  /** All permits that are there, or -1 if a stripe holds more than its lease; with nobody else. */
  int audit() {
    State s = state.get();
    int sum = s.shared.get() < 0 ? ~s.shared.get() : s.shared.get();
    for (int at = 0; at < s.words.length(); at++) {
      int held = s.words.get(at) & HELD;
      if (held > lease) {
        return -1;
      }
      sum += held;
    }
    return sum;
  }
}
