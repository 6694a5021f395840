package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.NanoClock;
import java.math.BigInteger;

/** A model as a limiter: right by definition, and what the wrong limiters are made of. */
class ModelSubject implements Subject {
  final RateModel model;
  private final long origin;

  ModelSubject(RateModel model, NanoClock clock) {
    this.model = model;
    this.origin = clock.nanoTime();
  }

  /** ns since creation. */
  BigInteger time(long reading) {
    return BigInteger.valueOf(reading - origin);
  }

  @Override
  public boolean tryAcquireAt(long reading, long permits) {
    return decideAt(reading, permits).admitted();
  }

  @Override
  public Decision decideAt(long reading, long permits) {
    return model.decide(time(reading), permits).toDecision();
  }

  @Override
  public Decision peekAt(long reading, long permits) {
    return model.peek(time(reading), permits).toDecision();
  }

  @Override
  public boolean refundAt(long reading, long permits) {
    return model.refund(time(reading), permits);
  }
}
