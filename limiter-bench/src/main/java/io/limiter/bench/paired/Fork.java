package io.limiter.bench.paired;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;

/** One JVM with two operations: started by {@link #start}, and what it reports. */
final class Fork {
  /**
   * What one fork measured: the median ratio, the median ns per call and the bytes per call of
   * either side.
   */
  record Report(
      double ratio,
      double baselineNanos,
      double candidateNanos,
      double baselineBytes,
      double candidateBytes) {
    static Report parse(String line) {
      String[] fields = line.trim().split(" ");
      return new Report(
          Double.parseDouble(fields[0]),
          Double.parseDouble(fields[1]),
          Double.parseDouble(fields[2]),
          Double.parseDouble(fields[3]),
          Double.parseDouble(fields[4]));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%.4f %.2f %.2f %.2f %.2f",
          ratio,
          baselineNanos,
          candidateNanos,
          baselineBytes,
          candidateBytes);
    }
  }

  private static final int ROUNDS = 1_000; // two ratios each
  private static final int BATCH_NANOS = 100_000;
  private static final int WARM_UPS = 3;
  private static final long WARM_UP_NANOS = 200_000_000;

  private static volatile long sink; // keeps what the loops return

  private Fork() {}

  /** Measures a pair in a new JVM of the same JDK. */
  static Report start(Comparison pair) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // A young generation that is in memory before the first batch: otherwise the page
            // faults of its first use are billed to whoever allocates.
            "-Xmn16m",
            "-XX:+AlwaysPreTouch",
            "-cp",
            System.getProperty("java.class.path"),
            Fork.class.getName(),
            pair.baseline().name(),
            pair.candidate().name())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException("the fork of " + pair.label() + " failed");
    }
    return Report.parse(output);
  }

  /**
   * Measures, and prints a {@link Report}.
   *
   * @param args the names of the baseline and of the candidate
   */
  public static void main(String[] args) {
    Loop baseline = Operation.valueOf(args[0]).loop();
    Loop candidate = Operation.valueOf(args[1]).loop();
    System.out.println(measure(baseline, candidate));
    System.exit(0); // without waiting for threads that an operation started
  }

  private static Report measure(Loop baseline, Loop candidate) {
    int baselineCalls = 1_000;
    int candidateCalls = 1_000;
    for (int i = 0; i < WARM_UPS; i++) { // in turns, so that neither is compiled for cold callees
      baselineCalls = warmUp(baseline, baselineCalls);
      candidateCalls = warmUp(candidate, candidateCalls);
    }
    double baselineBytes = bytes(baseline, baselineCalls);
    double candidateBytes = bytes(candidate, candidateCalls);
    double[] baselineNanos = new double[2 * ROUNDS];
    double[] candidateNanos = new double[2 * ROUNDS];
    double[] ratios = new double[2 * ROUNDS];
    for (int i = 0; i < ratios.length; i += 2) { // A B B A: a steady drift cancels
      baselineNanos[i] = time(baseline, baselineCalls);
      candidateNanos[i] = time(candidate, candidateCalls);
      candidateNanos[i + 1] = time(candidate, candidateCalls);
      baselineNanos[i + 1] = time(baseline, baselineCalls);
    }
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = candidateNanos[i] / baselineNanos[i];
    }
    return new Report(
        Statistics.median(ratios),
        Statistics.median(baselineNanos),
        Statistics.median(candidateNanos),
        baselineBytes,
        candidateBytes);
  }

  /** Runs the loop for a while and returns the number of calls that take about one batch. */
  private static int warmUp(Loop loop, int calls) {
    double fastest = Double.MAX_VALUE;
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_NANOS) {
      fastest = Math.min(fastest, time(loop, calls));
    }
    return (int) Math.max(100, Math.min(1_000_000, BATCH_NANOS / fastest));
  }

  /** Nanoseconds per call. */
  private static double time(Loop loop, int calls) {
    long start = System.nanoTime();
    sink = loop.run(calls);
    return (System.nanoTime() - start) / (double) calls;
  }

  private static double bytes(Loop loop, int calls) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long id = Thread.currentThread().getId();
    double[] bytes = new double[50];
    for (int i = 0; i < bytes.length; i++) {
      long before = threads.getThreadAllocatedBytes(id);
      sink = loop.run(calls);
      bytes[i] = (threads.getThreadAllocatedBytes(id) - before) / (double) calls;
    }
    return Statistics.median(bytes);
  }
}
