package io.limiter.spec;

import java.util.SortedSet;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;

/** Runs canaries, and fails naming those that showed no forbidden outcome: each has to show one. */
public final class CanaryRun {
  private CanaryRun() {}

  /** Takes the options of a run of races. */
  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    if (!options.parse()) {
      throw new IllegalArgumentException("options: " + String.join(" ", args));
    }
    JCStress run = new JCStress(options);
    SortedSet<String> silent = run.getTests();
    if (silent.isEmpty()) {
      throw new AssertionError("no canary is named like " + options.getTestFilter());
    }
    int all = silent.size();
    try {
      run.run();
    } catch (AssertionError failures) {
      System.out.println("The run failed, as it has to.");
    }
    InProcessCollector results = new InProcessCollector();
    DiskReadCollector reader = new DiskReadCollector(options.getResultFile(), results);
    reader.dump();
    reader.close();
    for (TestResult result : results.getTestResults()) {
      if (showsForbidden(result)) {
        silent.remove(result.getName());
      }
    }
    if (!silent.isEmpty()) {
      throw new AssertionError("canaries that showed no forbidden outcome: " + silent);
    }
    System.out.println("Each of " + all + " canaries showed a forbidden outcome.");
  }

  /** Whether it was seen: a run that ended otherwise, by a timeout say, shows nothing. */
  private static boolean showsForbidden(TestResult result) {
    return result.grading().gradingResults.values().stream()
        .anyMatch(outcome -> outcome.expect == Expect.FORBIDDEN && outcome.count > 0);
  }
}
