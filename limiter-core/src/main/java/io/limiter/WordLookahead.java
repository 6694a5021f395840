package io.limiter;

/** A limiter of one word as it will be. */
final class WordLookahead implements Lookahead {
  private Cell cell; // of nobody else
  private boolean gaps; // whether the TAT may fall behind a charge

  WordLookahead(Cell cell) {
    this.cell = cell;
  }

  @Override
  public long waitNanos(long nanoTime, long permits) {
    return cell.retryAfterNanosAt(nanoTime, permits);
  }

  @Override
  public void charge(long nanoTime, long permits) {
    gaps |= cell.mayFallBehind(permits);
    cell = permits == 0 ? cell : cell.charged(nanoTime, permits);
  }

  /**
   * With time in ns the TAT does not fall behind the clock while callers are in line, so a permit that
   * was charged last week weighs what it weighed then; unless somebody takes so much of the burst that
   * the reading, a whole number of ns, lies behind the TAT. A step may restore more than there was room
   * for.
   */
  @Override
  public boolean remove(long permits) {
    long word = cell.word() - cell.cost(permits);
    boolean exact = cell.steps == null && !gaps && word > 0 && !cell.isNever();
    cell = exact ? cell.with(word) : cell;
    return exact;
  }

  @Override
  public long resetAfterNanos(long nanoTime) {
    return cell.resetAfterNanosAt(nanoTime);
  }
}
