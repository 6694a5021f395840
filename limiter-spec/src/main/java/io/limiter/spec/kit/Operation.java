package io.limiter.spec.kit;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

/** The operations that a rate limiter may offer besides tryAcquire. */
enum Operation {
  PEEK("peek", adapter -> adapter.peek(1)),
  REMAINING("remaining", RateAdapter::remaining),
  RETRY_AFTER("retryAfterNanos", adapter -> adapter.retryAfterNanos(1)),
  RESET_AFTER("resetAfterNanos", RateAdapter::resetAfterNanos),
  REFUND("refund", adapter -> {
    adapter.tryAcquire(1);
    adapter.refund(1);
  }),
  RESERVE("reserve", adapter -> adapter.reserve(1, 0));

  final String operation;
  private final Consumer<RateAdapter> attempt;

  Operation(String operation, Consumer<RateAdapter> attempt) {
    this.operation = operation;
    this.attempt = attempt;
  }

  /** What {@code adapter} offers: it is asked for everything, so it should be a new one. */
  static Set<Operation> of(RateAdapter adapter) {
    Set<Operation> offers = EnumSet.noneOf(Operation.class);
    for (Operation offer : values()) {
      try {
        offer.attempt.accept(adapter);
        offers.add(offer);
      } catch (UnsupportedOperationException notOffered) {
        continue;
      } catch (RuntimeException | AssertionError broken) {
        offers.add(offer); // and the timelines will show how it fails
      }
    }
    return offers;
  }
}
