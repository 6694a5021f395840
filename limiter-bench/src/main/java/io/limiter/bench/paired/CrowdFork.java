package io.limiter.bench.paired;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Collectors;

/** One JVM in which many threads call one operation or the other, all the same one at a time. */
final class CrowdFork {
  /** What one fork measured, in the order of {@link #NAMES}. */
  record Report(List<Double> numbers) {
    static final List<String> NAMES = List.of(
        "ratio", // candidate's throughput / baseline's, the median
        "candidateMicro", // calls a microsecond, all threads together
        "baselineMicro",
        "candidateJain", // (sum of x)^2 / (n * sum of x^2), x being the calls of a thread
        "baselineJain",
        "p50", // of single calls of the candidate, ns
        "p99",
        "p99.9",
        "p99.99");

    static Report parse(String line) {
      return new Report(
          Arrays.stream(line.trim().split(" ")).map(Double::valueOf).toList());
    }

    double get(int i) {
      return numbers.get(i);
    }

    double ratio() {
      return numbers.get(0);
    }

    @Override
    public String toString() {
      return numbers.stream()
          .map(number -> String.format(Locale.ROOT, "%.4f", number))
          .collect(Collectors.joining(" "));
    }
  }

  private static final int BATCH = 64; // calls between two looks at what is to be called
  private static final int SAMPLED = 32; // of so many calls one is timed
  private static final int APART = 32; // longs from one thread's counters to the next one's
  private static final int ROUNDS = 12; // A B B A each

  private final Loop[] loops; // baseline, candidate
  private final AtomicLongArray calls; // of each thread: by baseline and candidate
  private final Thread[] threads;
  private final Histogram[] times; // of each thread, of the candidate

  private volatile int current = -1; // the loop to run; -1: none
  private volatile boolean sampling;
  private volatile long sink; // keeps what the loops return

  private CrowdFork(int threads, Loop baseline, Loop candidate) {
    this.loops = new Loop[] {baseline, candidate};
    this.calls = new AtomicLongArray(threads * APART);
    this.threads = new Thread[threads];
    this.times = new Histogram[threads];
  }

  /** Measures a pair in a new JVM of the same JDK. */
  static Report start(Crowd.Setup setup) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmn64m",
            "-XX:+AlwaysPreTouch",
            "-cp",
            System.getProperty("java.class.path"),
            CrowdFork.class.getName(),
            Integer.toString(setup.threads()),
            setup.pair().baseline().name(),
            setup.pair().candidate().name())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException("the fork of " + setup.label() + " failed");
    }
    return Report.parse(output);
  }

  /**
   * Measures, and prints a {@link Report}.
   *
   * @param args the number of threads, and the names of the baseline and of the candidate
   */
  public static void main(String[] args) throws InterruptedException {
    int threads = Integer.parseInt(args[0]);
    CrowdFork fork = new CrowdFork(
        threads, Operation.valueOf(args[1]).loop(), Operation.valueOf(args[2]).loop());
    // Long enough for every thread to get a processor several times.
    System.out.println(fork.measure(Math.max(40, 8 * threads)));
    System.exit(0);
  }

  private Report measure(int phaseMillis) throws InterruptedException {
    for (int i = 0; i < threads.length; i++) {
      int id = i;
      times[i] = new Histogram();
      threads[i] = new Thread(() -> work(id));
      threads[i].setDaemon(true);
      threads[i].start();
    }
    for (int i = 0; i < 6; i++) {
      phase(i % 2, 150); // warm-up
    }
    long[] before = snapshot();
    double[] ratios = new double[2 * ROUNDS];
    double[][] micro = new double[2][2 * ROUNDS];
    for (int i = 0; i < ratios.length; i += 2) { // A B B A
      micro[0][i] = phase(0, phaseMillis);
      micro[1][i] = phase(1, phaseMillis);
      micro[1][i + 1] = phase(1, phaseMillis);
      micro[0][i + 1] = phase(0, phaseMillis);
    }
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = micro[1][i] / micro[0][i];
    }
    long[] after = snapshot();
    sampling = true;
    phase(1, 1_500);
    current = -1;
    Histogram all = new Histogram();
    for (int i = 0; i < threads.length; i++) {
      threads[i].interrupt();
      threads[i].join();
      all.add(times[i]);
    }
    return new Report(List.of(
        Statistics.median(ratios),
        Statistics.median(micro[1]),
        Statistics.median(micro[0]),
        jain(before, after, 1),
        jain(before, after, 0),
        all.percentile(0.5),
        all.percentile(0.99),
        all.percentile(0.999),
        all.percentile(0.9999)));
  }

  private void work(int id) {
    while (!Thread.currentThread().isInterrupted()) {
      int which = current;
      if (which < 0) {
        Thread.onSpinWait();
      } else if (sampling) {
        long start = System.nanoTime();
        sink = loops[which].run(1);
        times[id].record(System.nanoTime() - start);
        sink = loops[which].run(SAMPLED - 1);
      } else {
        sink = loops[which].run(BATCH);
        int at = id * APART + which;
        calls.lazySet(at, calls.get(at) + BATCH);
      }
    }
  }

  /** Calls a microsecond while all call the same. */
  private double phase(int which, int millis) throws InterruptedException {
    current = which;
    long before = sum(snapshot(), which);
    long start = System.nanoTime();
    Thread.sleep(millis);
    long end = System.nanoTime();
    return (sum(snapshot(), which) - before) * 1e3 / (end - start);
  }

  private long[] snapshot() {
    long[] now = new long[2 * threads.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = calls.get(i / 2 * APART + i % 2);
    }
    return now;
  }

  private static long sum(long[] calls, int which) {
    long sum = 0;
    for (int i = which; i < calls.length; i += 2) {
      sum += calls[i];
    }
    return sum;
  }

  /** 1: all threads called as often; 1/n: one thread alone did. */
  static double jain(long[] before, long[] after, int which) {
    double sum = 0;
    double squares = 0;
    for (int i = which; i < after.length; i += 2) {
      double own = after[i] - before[i];
      sum += own;
      squares += own * own;
    }
    return sum * sum / (after.length / 2 * squares);
  }

  /** Times in buckets that are 1/16 wide. */
  static final class Histogram {
    private static final int PARTS = 16;

    private final long[] counts = new long[64 * PARTS];

    void record(long nanos) {
      counts[bucket(Math.max(nanos, 0))]++;
    }

    void add(Histogram other) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += other.counts[i];
      }
    }

    private static int bucket(long nanos) {
      if (nanos < PARTS) {
        return (int) nanos;
      }
      int shift = 63 - Long.numberOfLeadingZeros(nanos) - 4; // 16..31 is left
      return (shift + 1) * PARTS + (int) (nanos >> shift) - PARTS;
    }

    /** The least time of a bucket. */
    private static long least(int bucket) {
      int shift = bucket / PARTS - 1;
      return shift < 0 ? bucket : (long) (bucket % PARTS + PARTS) << shift;
    }

    /** The time that so large a share does not exceed, rounded down by 6 % at most. */
    double percentile(double share) {
      long all = Arrays.stream(counts).sum();
      long seen = 0;
      for (int i = 0; i < counts.length; i++) {
        seen += counts[i];
        if (seen >= share * all && seen > 0) {
          return least(i);
        }
      }
      return 0;
    }
  }
}
