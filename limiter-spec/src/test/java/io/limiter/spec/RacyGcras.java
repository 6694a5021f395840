package io.limiter.spec;

import io.limiter.GcraMath;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Limiters that are right in one thread and wrong in two: what race checks have to catch. In between
 * they give way, so that the race is lost on one processor, too.
 */
final class RacyGcras {
  private RacyGcras() {}

  /** Takes one permit at a reading. */
  interface Taker {
    boolean tryAcquireAt(long reading);
  }

  /** Reads, decides, then writes whatever has happened in between. */
  static final class ReadThenWrite implements Taker {
    private final GcraMath math;
    private volatile long tat = GcraMath.FRESH;

    ReadThenWrite(GcraMath math) {
      this.math = math;
    }

    @Override
    public boolean tryAcquireAt(long reading) {
      long next = math.next(tat, reading, 1);
      if (next == GcraMath.DENIED) {
        return false;
      }
      Thread.yield();
      tat = next;
      return true;
    }
  }

  /** Moves its origin without making the old word final first: what lands there is lost. */
  static final class MoveWithoutFreezing implements Taker {
    private record Cell(long origin, AtomicLong tat) {}

    private final GcraMath math;
    private final AtomicReference<Cell> cell =
        new AtomicReference<>(new Cell(0, new AtomicLong(GcraMath.FRESH)));

    MoveWithoutFreezing(GcraMath math) {
      this.math = math;
    }

    @Override
    public boolean tryAcquireAt(long reading) {
      while (true) {
        Cell c = cell.get();
        long tat = c.tat.get();
        long nanos = reading - c.origin;
        long next = math.next(tat, nanos, 1);
        if (next == GcraMath.DENIED) {
          return false;
        }
        if (next == GcraMath.REBASE) {
          long moved = math.rebase(tat, math.rebaseNanos(nanos));
          Thread.yield();
          cell.compareAndSet(
              c, new Cell(c.origin + math.rebaseNanos(nanos), new AtomicLong(moved)));
        } else if (c.tat.compareAndSet(tat, next)) {
          return true;
        }
      }
    }
  }
}
