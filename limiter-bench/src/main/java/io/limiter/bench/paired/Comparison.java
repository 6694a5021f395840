package io.limiter.bench.paired;

import java.util.List;

/** A candidate and the baseline that its time is divided by. */
record Comparison(Operation candidate, Operation baseline) {
  /** The ratios that must not get worse. */
  static final List<Comparison> GUARDED = List.of(
      new Comparison(Operation.GCRA_ADMITTED, Operation.CLOCK_AND_CAS),
      new Comparison(Operation.GCRA_DENIED, Operation.CLOCK),
      new Comparison(Operation.SLIDING_LOG_ADMITTED, Operation.GCRA_ADMITTED));

  /** All ratios of the page, the guarded ones first. */
  static final List<Comparison> ALL = List.of(
      new Comparison(Operation.GCRA_ADMITTED, Operation.CLOCK_AND_CAS),
      new Comparison(Operation.GCRA_DENIED, Operation.CLOCK),
      new Comparison(Operation.SLIDING_LOG_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.TWO_WINDOWS_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.SEVERAL_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.SLIDING_LOG_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.RULE_TEXT_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.RULE_TEXT_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.ALL_OF_TWO_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.ALL_OF_TWO_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.PERMIT_PAIR, Operation.SEMAPHORE_PAIR),
      new Comparison(Operation.CLOCK_AND_CAS, Operation.CLOCK),
      new Comparison(Operation.BUCKET4J_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.GUAVA_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.RESILIENCE4J_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.FAILSAFE_SMOOTH_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.FAILSAFE_BURSTY_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.SYNCHRONIZED_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.SEMAPHORE_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.ADDER_WINDOW_ADMITTED, Operation.GCRA_ADMITTED),
      new Comparison(Operation.BUCKET4J_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.GUAVA_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.RESILIENCE4J_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.FAILSAFE_SMOOTH_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.FAILSAFE_BURSTY_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.SYNCHRONIZED_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.SEMAPHORE_DENIED, Operation.GCRA_DENIED),
      new Comparison(Operation.ADDER_WINDOW_DENIED, Operation.GCRA_DENIED));

  /** The name for people, {@code candidate / baseline}. */
  String label() {
    return candidate.label() + " / " + baseline.label();
  }
}
