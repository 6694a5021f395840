package io.limiter.bench.store;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that call a subject one call after another, and the histogram of how long calls took. */
final class Workload {
  private static final int STEPS = 16; // per doubling: an error of 6 %

  /** Calls per second, the middle and the 99th percentile in microseconds, the share admitted. */
  record Outcome(double perSecond, double p50, double p99, double admitted) {}

  private record Tally(long[] histogram, long admitted) {}

  private Workload() {}

  /** Throws what the first failed call threw: a number with failures in it would say nothing. */
  static Outcome run(Subject subject, int keys, int threads, long millis) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      long start = System.nanoTime();
      long end = start + millis * 1_000_000;
      List<Callable<Tally>> callers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        SplittableRandom random = new SplittableRandom(i);
        callers.add(() -> call(subject, keys, random, end));
      }
      long[] histogram = new long[64 * STEPS];
      long admitted = 0;
      for (Future<Tally> each : pool.invokeAll(callers)) {
        Tally tally = each.get();
        admitted += tally.admitted;
        for (int i = 0; i < histogram.length; i++) {
          histogram[i] += tally.histogram[i];
        }
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      long calls = 0;
      for (long count : histogram) {
        calls += count;
      }
      return new Outcome(
          calls / seconds,
          percentile(histogram, calls, 0.5),
          percentile(histogram, calls, 0.99),
          (double) admitted / calls);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      pool.shutdownNow();
    }
  }

  private static Tally call(Subject subject, int keys, SplittableRandom random, long end)
      throws Exception {
    long[] histogram = new long[64 * STEPS];
    long admitted = 0;
    long before = System.nanoTime();
    while (before - end < 0) {
      admitted += subject.call(keys == 1 ? 0 : random.nextInt(keys)) ? 1 : 0;
      long after = System.nanoTime();
      histogram[step(after - before)]++;
      before = after;
    }
    return new Tally(histogram, admitted);
  }

  private static int step(long nanos) {
    return (int) (STEPS * Math.log(Math.max(nanos, 1)) / Math.log(2));
  }

  private static double percentile(long[] histogram, long calls, double share) {
    long seen = 0;
    int step = -1;
    while (seen < share * calls) {
      seen += histogram[++step];
    }
    return Math.pow(2, (step + 0.5) / STEPS) / 1_000;
  }
}
