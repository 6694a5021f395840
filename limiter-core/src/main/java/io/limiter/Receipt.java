package io.limiter;

/**
 * A charge that may be taken back: the word that it left, and the word that would have been without
 * it. What became of the limiter's word since, when its origin moved or its rate changed, becomes of
 * these two; so the difference is what the charge still weighs, and nothing else was ever priced.
 */
final class Receipt {
  private final Lows lows; // of the limiter; null if they are not known
  private final long gaps; // the lows that there were before the charge
  private Cell cell; // in which the words count
  private long with;
  private long without;

  /** A charge in {@code cell} that made the word {@code with} of what was {@code without}. */
  Receipt(Cell cell, long with, long without) {
    this(cell, with, without, null, 0);
  }

  /** A charge that was made when {@code lows} were so many. */
  Receipt(Cell cell, long with, long without, Lows lows, long gaps) {
    this.cell = cell;
    this.with = with;
    this.without = without;
    this.lows = lows;
    this.gaps = gaps;
  }

  /** How many lows there were before the charge; 0 if that is not known. */
  long gaps() {
    return gaps;
  }

  /** {@code ticks} less, in {@code current}, a later cell. */
  void lower(Cell current, long ticks) {
    follow(current);
    with -= ticks;
  }

  /**
   * What the charge weighs in {@code current}, a later cell, at the reading {@code nanoTime}: what time
   * has restored since it would have restored without the charge too, and what a refund has lost at
   * the burst since, or would have lost without the charge, it would not have lost with another.
   *
   * @return ticks; 0 or less if nothing is left of it
   */
  long weight(Cell current, long nanoTime) {
    follow(current);
    long weight = with - Math.max(without, cell.span(nanoTime - cell.origin));
    return lows == null ? weight : Math.min(weight, lows.least(gaps, current, nanoTime));
  }

  private void follow(Cell current) {
    while (cell != current) {
      Cell.Sequel sequel = cell.sequel();
      Cell next = sequel.next();
      long weight = next.priced(with - without, cell);
      with = sequel.fate().of(with, false);
      without = sequel.fate().of(without, true);
      with = Math.min(with, without + weight); // a level kept in proportion makes no permits
      cell = next;
    }
  }
}
