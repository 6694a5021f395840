package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * How much Lincheck explores. Random scenarios are short by default, as what goes wrong between two
 * threads mostly goes wrong between a few calls of theirs. What they seldom contain, each class adds
 * as a directed scenario.
 */
public final class Scenarios {
  /** {@code -Pdeep}: longer scenarios, and many more of them. */
  public static final boolean DEEP = Boolean.getBoolean("lincheck.deep");

  private static final int CALLS = 3; // per thread
  private static final int RANDOM = DEEP ? 50 : 7; // scenarios
  private static final int RANDOM_INTERLEAVINGS = DEEP ? 300 : 50;
  private static final int DIRECTED_INTERLEAVINGS = DEEP ? 15_000 : 200;
  private static final int STRESSED = DEEP ? 20 : 2; // scenarios
  private static final int STRESS_RUNS = 500;

  private Scenarios() {}

  /** Random scenarios of two threads, interleaved one way after another, against {@code model}. */
  public static ModelCheckingOptions modelChecking(Class<?> model) {
    return new ModelCheckingOptions()
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(CALLS)
        .actorsAfter(2)
        .iterations(RANDOM)
        .invocationsPerIteration(RANDOM_INTERLEAVINGS)
        .sequentialSpecification(model);
  }

  /** The same for operations of many steps: shorter scenarios unless they are deep. */
  public static ModelCheckingOptions ofLongOperations(Class<?> model) {
    return modelChecking(model).actorsPerThread(DEEP ? CALLS : 2).actorsAfter(DEEP ? 2 : 1);
  }

  /** These scenarios alone, in more interleavings than a random one gets. */
  public static ModelCheckingOptions directed(Class<?> model, ExecutionScenario... scenarios) {
    ModelCheckingOptions options = new ModelCheckingOptions()
        .iterations(0)
        .invocationsPerIteration(DIRECTED_INTERLEAVINGS)
        .sequentialSpecification(model);
    for (ExecutionScenario scenario : scenarios) {
      options.addCustomScenario(scenario);
    }
    return options;
  }

  /** Random scenarios in two threads that the machine interleaves, against {@code model}. */
  public static StressOptions stress(Class<?> model) {
    return new StressOptions()
        .threads(2)
        .actorsBefore(1)
        .actorsPerThread(3)
        .actorsAfter(2)
        .iterations(STRESSED)
        .invocationsPerIteration(STRESS_RUNS)
        .sequentialSpecification(model);
  }

  /** That {@code canary} is caught. Nobody reads which scenario did it, so it need not be short. */
  public static void assertCaught(Options<?, ?> options, Class<?> canary) {
    options.minimizeFailedScenario(false);
    assertThrows(LincheckAssertionError.class, () -> options.check(canary));
  }
}
