package io.limiter;

/** Several members as they will be: no sooner than the last of them, as others may use them. */
record JointLookahead(Lookahead[] parts, long[] weights) implements Lookahead {
  @Override
  public long waitNanos(long nanoTime, long permits) {
    long wait = 0;
    for (int i = 0; i < parts.length; i++) {
      wait = Math.max(wait, parts[i].waitNanos(nanoTime, Checks.times(weights[i], permits)));
    }
    return wait;
  }

  @Override
  public void charge(long nanoTime, long permits) {
    for (int i = 0; i < parts.length; i++) {
      parts[i].charge(nanoTime, Checks.times(weights[i], permits));
    }
  }

  /** Of several, one may have held up who is charged at another. */
  @Override
  public boolean remove(long permits) {
    return parts.length == 1 && parts[0].remove(Checks.times(weights[0], permits));
  }

  @Override
  public long resetAfterNanos(long nanoTime) {
    long reset = 0;
    for (Lookahead part : parts) {
      reset = Math.max(reset, part.resetAfterNanos(nanoTime));
    }
    return reset;
  }
}
