package io.limiter.bench.paired;

import java.util.Arrays;
import java.util.SplittableRandom;

/** The median, and how sure it is. */
final class Statistics {
  /** A median with its 95 % bootstrap interval. */
  record Interval(double median, double low, double high) {}

  private static final int RESAMPLES = 4_000;

  private Statistics() {}

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * The median of the forks' values and its 95 % interval: the 2.5th and 97.5th percentile of the
   * medians of resamples. Below three values it is their range. The same values always give the same
   * interval.
   */
  static Interval bootstrap(double... forks) {
    if (forks.length < 3) {
      double[] sorted = forks.clone();
      Arrays.sort(sorted);
      return new Interval(median(forks), sorted[0], sorted[sorted.length - 1]);
    }
    SplittableRandom random = new SplittableRandom(forks.length);
    double[] medians = new double[RESAMPLES];
    double[] resample = new double[forks.length];
    for (int i = 0; i < RESAMPLES; i++) {
      for (int j = 0; j < resample.length; j++) {
        resample[j] = forks[random.nextInt(forks.length)];
      }
      medians[i] = median(resample);
    }
    Arrays.sort(medians);
    return new Interval(
        median(forks), medians[RESAMPLES / 40], medians[RESAMPLES - 1 - RESAMPLES / 40]);
  }
}
