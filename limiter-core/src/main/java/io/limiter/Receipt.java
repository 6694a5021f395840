package io.limiter;

/**
 * A charge that may be taken back: the word that it left, and the word that would have been without
 * it. What became of the limiter's word since, when its origin moved or its rate changed, becomes of
 * these two; so the difference is what the charge still weighs, and nothing else was ever priced.
 */
final class Receipt {
  private Cell cell; // in which the words count
  private long with;
  private long without;

  /** {@code permits} charged in {@code cell}, after which its word was {@code word}. */
  Receipt(Cell cell, long word, long permits) {
    this.cell = cell;
    this.with = word;
    this.without = word - cell.cost(permits);
  }

  /**
   * What the charge weighs in {@code current}, a later cell, at the reading {@code nanoTime}: what time
   * has restored since it would have restored without the charge too.
   *
   * @return ticks; 0 or less if nothing is left of it
   */
  long weight(Cell current, long nanoTime) {
    while (cell != current) {
      follow(cell.sequel());
    }
    return with - Math.max(without, cell.span(nanoTime - cell.origin));
  }

  private void follow(Cell.Sequel sequel) {
    Cell next = sequel.next();
    long weight = next.priced(with - without, cell);
    with = sequel.fate().of(with, false);
    without = sequel.fate().of(without, true);
    with = Math.min(with, without + weight); // a level kept in proportion makes no permits
    cell = next;
  }
}
