package io.limiter;

import java.util.concurrent.atomic.AtomicLong;

/** What {@link Stripes} were, and the cells that replace it, as long as a lease in hand may return. */
final class CalledBack extends Cell {
  private final AtomicLong givenBack;
  private final long first; // word
  private final long before; // of givenBack

  CalledBack(GcraMath math, long origin, long tat, AtomicLong givenBack) {
    super(math, origin, tat);
    this.givenBack = givenBack;
    this.first = tat;
    this.before = givenBack.get();
  }

  /** A lease of {@code permits}, as if charged first, before the {@code missing} ticks of the stripes. */
  Receipt receipt(long permits, long missing) {
    return new Receipt(this, first - missing + cost(permits), first - missing);
  }

  /** Whether nothing was given back from here to {@code current}, whose word is final. */
  boolean leadsTo(Cell current) {
    return current.givenBack() == givenBack && givenBack.get() == before;
  }

  @Override
  AtomicLong givenBack() {
    return givenBack;
  }

  @Override
  Cell like(GcraMath math, long origin, long word) {
    return new CalledBack(math, origin, word, givenBack);
  }
}
