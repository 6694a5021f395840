package io.limiter.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What compiled code allocates. Not a measurement of time: the iterations are far too short. */
class AllocationTest {
  // Not 0: JMH allocates a few bytes an iteration itself and divides them by the calls.
  private static final double NOTHING = 0.01;

  @Test
  void tryAcquireAndDecide_ofGcra_allocateNothing() throws RunnerException {
    Map<String, Double> bytes = bytesPerCall("(admitted|denied|decideAdmitted|decideDenied)");
    assertEquals(4, bytes.size(), bytes::toString);
    bytes.forEach((name, each) -> assertTrue(each < NOTHING, () -> name + ": " + each + " B"));
  }

  /** By method of {@link LimiterBenchmark}, for Gcra. */
  private static Map<String, Double> bytesPerCall(String methods) throws RunnerException {
    System.setProperty("jmh.ignoreLock", "true"); // bytes do not depend on who else is running
    Collection<RunResult> results = new Runner(new OptionsBuilder()
            .include("LimiterBenchmark\\." + methods + "$")
            .param("algorithm", Algorithm.GCRA.name())
            .addProfiler(GCProfiler.class)
            .forks(1)
            .warmupIterations(2)
            .warmupTime(TimeValue.milliseconds(300))
            .measurementIterations(5)
            .measurementTime(TimeValue.milliseconds(200))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build())
        .run();
    Map<String, Double> bytes = new TreeMap<>();
    for (RunResult result : results) {
      bytes.put(
          result.getPrimaryResult().getLabel(),
          // The least: on a busy machine the compiler may not have finished before the first.
          result.getSecondaryResults().get("gc.alloc.rate.norm").getStatistics().getMin());
    }
    return bytes;
  }
}
