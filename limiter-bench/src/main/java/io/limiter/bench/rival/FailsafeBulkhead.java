package io.limiter.bench.rival;

import dev.failsafe.Bulkhead;
import io.limiter.spec.kit.ConcurrencyAdapter;

/** Failsafe's bulkhead, with a wait of 0 as by default. */
record FailsafeBulkhead(Bulkhead<?> bulkhead) implements ConcurrencyAdapter {

  static FailsafeBulkhead of(int limit) {
    return new FailsafeBulkhead(Bulkhead.of(limit));
  }

  @Override
  public boolean tryAcquire(long permits) {
    checkOne(permits);
    return bulkhead.tryAcquirePermit();
  }

  @Override
  public void release(long permits) {
    checkOne(permits);
    bulkhead.releasePermit();
  }

  private static void checkOne(long permits) {
    if (permits != 1) {
      throw new UnsupportedOperationException("one permit a call");
    }
  }
}
