package io.limiter.spec.kit;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.NanoClock;
import io.limiter.spec.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * An adapter as a subject. What would happen is found out by letting it happen to a twin, a new
 * limiter that gets the same calls: so any limiter can be asked, and asking cannot change it. What is
 * not offered is a constant, the same in every decision.
 */
class AdapterSubject implements Subject {
  private record Step(long reading, Function<RateAdapter, Object> call) {}

  private final Function<NanoClock, RateAdapter> factory;
  private final Set<Operation> offers;
  private final long burst;
  private final long origin; // clock reading, ns
  private final List<Step> history = new ArrayList<>();
  private final RateAdapter limiter;

  AdapterSubject(
      Function<NanoClock, RateAdapter> factory,
      Set<Operation> offers,
      long burst,
      NanoClock clock) {
    this.factory = factory;
    this.offers = offers;
    this.burst = burst;
    this.origin = clock.nanoTime();
    this.limiter = factory.apply(clock);
  }

  /** The limiter itself; who calls it directly leaves the twins behind. */
  final RateAdapter limiter() {
    return limiter;
  }

  private Object call(long reading, Function<RateAdapter, Object> call) {
    history.add(new Step(reading, call));
    return call.apply(limiter);
  }

  @Override
  public boolean tryAcquireAt(long reading, long permits) {
    return (Boolean) call(reading, adapter -> adapter.tryAcquire(permits));
  }

  @Override
  public boolean refundAt(long reading, long permits) {
    return (Boolean) call(reading, adapter -> adapter.refund(permits));
  }

  @Override
  public long reserveAt(long reading, long permits, long maxWaitNanos) {
    return (Long) call(reading, adapter -> adapter.reserve(permits, maxWaitNanos));
  }

  @Override
  public Decision decideAt(long reading, long permits) {
    boolean admitted = tryAcquireAt(reading, permits);
    return decision(twin(reading), permits, admitted);
  }

  @Override
  public Decision peekAt(long reading, long permits) {
    boolean admitted = twin(reading).tryAcquire(permits);
    return decision(twin(reading), permits, admitted);
  }

  private RateAdapter twin(long reading) {
    ManualClock clock = ManualClock.startingAt(origin);
    RateAdapter twin = factory.apply(clock);
    for (Step step : history) {
      clock.set(step.reading);
      step.call.apply(twin);
    }
    clock.set(reading);
    return twin;
  }

  private Decision decision(RateAdapter adapter, long permits, boolean admitted) {
    long wait = permits > burst ? Decision.NEVER : 1;
    return new Decision(
        admitted,
        ask(Operation.REMAINING, adapter, RateAdapter::remaining, 0),
        admitted ? 0 : ask(Operation.RETRY_AFTER, adapter, a -> a.retryAfterNanos(permits), wait),
        ask(Operation.RESET_AFTER, adapter, RateAdapter::resetAfterNanos, 0),
        admitted ? -1 : 0);
  }

  private long ask(
      Operation offer, RateAdapter adapter, ToLongFunction<RateAdapter> question, long otherwise) {
    return offers.contains(offer) ? question.applyAsLong(adapter) : otherwise;
  }
}
