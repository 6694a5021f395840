package io.limiter.store;

import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import redis.clients.jedis.Jedis;

/**
 * A process that leases one key of a Redis and spends as fast as it can. It notes each admission in a mapped
 * file, so that nothing is forgotten when it is killed. Its clock is that of the server: the time of day.
 */
final class LeaseRacer {
  private static final String KEY = "hot";
  private static final int THREADS = 2;
  private static final int MOST = 1 << 20; // admissions of a thread

  private final int port;
  private final ThreadLocal<Long> reading = new ThreadLocal<>(); // the first of a call
  private final ThreadLocal<Long> charged = new ThreadLocal<>();
  private final ThreadLocal<Jedis> connection = new ThreadLocal<>();

  private LeaseRacer(int port) {
    this.port = port;
  }

  /** Arguments: port, limits, file. Runs until it is killed. */
  public static void main(String[] arguments) throws Exception {
    LeaseRacer racer = new LeaseRacer(Integer.parseInt(arguments[0]));
    Limits limits = Limits.parse(arguments[1]);
    ExecutorService ahead = Executors.newSingleThreadExecutor();
    LeasedLimiter limiter = LeasedLimiter.create(
            StoreLimiter.create(limits, 1, racer::run), KEY, (NanoClock) racer::nanos)
        .prefetchOn(ahead);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    Future<?> last = null;
    for (int i = 0; i < THREADS; i++) {
      LongBuffer log = log(Path.of(arguments[2] + i));
      last = pool.submit(() -> racer.spend(limiter, log));
    }
    last.get();
  }

  private static LongBuffer log(Path file) throws Exception {
    try (FileChannel channel = FileChannel.open(
        file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, 8L * MOST).asLongBuffer();
    }
  }

  static Process fork(int port, Limits limits, Path file) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx128m",
            LeaseRacer.class.getName(),
            Integer.toString(port),
            limits.canonical(),
            file.toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Adds the admissions that a process noted: permits by the server's reading in microseconds. */
  static long read(Path file, TreeMap<Long, Long> admitted) throws Exception {
    long count = 0;
    for (int i = 0; i < THREADS; i++) {
      Path log = Path.of(file.toString() + i);
      if (Files.exists(log)) {
        LongBuffer readings = ByteBuffer.wrap(Files.readAllBytes(log)).asLongBuffer();
        for (; readings.hasRemaining() && readings.get(readings.position()) != 0; count++) {
          admitted.merge(readings.get(), 1L, Long::sum);
        }
        Files.delete(log);
      }
    }
    return count;
  }

  private void spend(LeasedLimiter limiter, LongBuffer log) {
    while (log.hasRemaining()) {
      reading.remove();
      charged.remove();
      if (limiter.tryAcquire()) {
        log.put(charged.get() != null ? charged.get() : reading.get());
      } else {
        LockSupport.parkNanos(20_000);
      }
    }
  }

  private long nanos() {
    Instant now = Instant.now();
    long nanos = now.getEpochSecond() * 1_000_000_000 + now.getNano();
    if (reading.get() == null) {
      reading.set(nanos / 1_000);
    }
    return nanos;
  }

  private Object run(ScriptCall call) throws Exception {
    if (connection.get() == null) {
      connection.set(new Jedis("127.0.0.1", port, 2_000, 10_000));
    }
    List<?> reply = (List<?>) RedisServer.runner(connection.get()).run(call);
    if (call.script().equals(RedisScript.LOWER.digest())) {
      return reply;
    }
    charged.set((Long) reply.get(1));
    return reply;
  }
}
