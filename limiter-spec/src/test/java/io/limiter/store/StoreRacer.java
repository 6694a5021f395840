package io.limiter.store;

import io.limiter.rule.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import redis.clients.jedis.Jedis;

/**
 * One process of several that ask one key of a Redis as fast as they can, also while it is killed and
 * restarted. Writes the server's reading of each admission.
 */
final class StoreRacer {
  private static final int THREADS = 4;
  private static final String KEY = "race";

  private final int port;
  private final StoreLimiter limiter;
  private final ThreadLocal<Long> now = new ThreadLocal<>();
  private final ThreadLocal<Jedis> connection = new ThreadLocal<>();

  private StoreRacer(int port, Limits limits, boolean seen) {
    this.port = port;
    StoreLimiter remembering = StoreLimiter.create(limits, 0, this::run);
    this.limiter = seen ? remembering : remembering.seenKeys(0);
  }

  /** Arguments: port, limits, ms, whether to remember what was seen, file. */
  public static void main(String[] arguments) throws Exception {
    List<Long> admitted = race(
        Integer.parseInt(arguments[0]),
        Limits.parse(arguments[1]),
        Long.parseLong(arguments[2]),
        Boolean.parseBoolean(arguments[3]));
    Files.write(Path.of(arguments[4]), admitted.stream().map(String::valueOf).toList());
  }

  /** Another process that does the same. */
  static Process fork(int port, Limits limits, long millis, boolean seen, Path file)
      throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx128m",
            StoreRacer.class.getName(),
            Integer.toString(port),
            limits.canonical(),
            Long.toString(millis),
            Boolean.toString(seen),
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The server's readings of all admissions of this process, in microseconds. */
  static List<Long> race(int port, Limits limits, long millis, boolean seen) throws Exception {
    StoreRacer racer = new StoreRacer(port, limits, seen);
    long end = System.nanoTime() + millis * 1_000_000;
    Callable<List<Long>> caller = () -> racer.callUntil(end);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Long> all = new ArrayList<>();
      for (Future<List<Long>> each : pool.invokeAll(List.of(caller, caller, caller, caller))) {
        all.addAll(each.get());
      }
      return all;
    } finally {
      pool.shutdownNow();
    }
  }

  private List<Long> callUntil(long end) throws InterruptedException {
    List<Long> admitted = new ArrayList<>();
    while (System.nanoTime() - end < 0) {
      try {
        if (limiter.tryAcquire(KEY)) {
          admitted.add(now.get());
        }
      } catch (StoreException e) {
        Thread.sleep(2);
      }
    }
    return admitted;
  }

  private Object run(ScriptCall call) {
    Jedis jedis = connection.get();
    try {
      if (jedis == null) {
        jedis = new Jedis("127.0.0.1", port, 500, 500);
        connection.set(jedis);
      }
      Object reply = RedisServer.runner(jedis).run(call);
      now.set((Long) ((List<?>) reply).get(1));
      return reply;
    } catch (Exception e) {
      if (!StoreErrors.isNoScript(e)) {
        connection.remove();
        jedis.close();
      }
      throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
  }

  /**
   * The most permits at once that these admissions took of a bucket that refills N per second: at most B if
   * in every interval of length w there are at most {@code B + floor(w*N/P)}. Rounded up.
   */
  static long mostAtOnce(List<Long> readings, long permitsPerSecond) {
    long[] sorted = readings.stream().mapToLong(Long::longValue).sorted().toArray();
    long permit = 1_000_000;
    long spent = 0;
    long most = 0;
    for (int i = 0; i < sorted.length; i++) {
      long elapsed = i == 0 ? 0 : sorted[i] - sorted[i - 1];
      spent = Math.max(spent - elapsed * permitsPerSecond, 0) + permit;
      most = Math.max(most, spent);
    }
    return (most + permit - 1) / permit;
  }

  static List<Long> read(Path file) throws Exception {
    return Arrays.stream(Files.readString(file).split("\\R"))
        .filter(line -> !line.isEmpty())
        .map(Long::valueOf)
        .toList();
  }
}
