package io.limiter.store;

import io.limiter.Gcra;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;

/**
 * Two processes and a Redis: one limit for both, to the permit; the same while the server is killed and
 * forgets; and leases at the speed of memory. {@link StoreDemoTest} runs it.
 */
final class StoreDemo {
  static final long LIMIT = 1_000;
  static final long RATE = 100_000; // permits per second that are leased

  private static final Limits PER_DAY = Limits.parse(LIMIT + "/day");
  private static final Limits LEASED = Limits.parse(RATE + "/second");
  private static final Limits HUGE = Limits.parse("50000000/second");
  private static final int DENIALS = 100; // in a row, by the store: the limit is used up
  private static final long LEASE_NANOS = 2_000_000_000;
  private static final int TIMED_CALLS = 2_000_000;

  private StoreDemo() {}

  /** What one process says at its end. */
  record Share(long admitted, long calls, long startNanos, long endNanos, long lease, long memory) {
    static Share parse(String line) {
      long[] n = Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
      return new Share(n[0], n[1], n[2], n[3], n[4], n[5]);
    }

    @Override
    public String toString() {
      return admitted + " " + calls + " " + startNanos + " " + endNanos + " " + lease + " "
          + memory;
    }
  }

  /** A process: what it does (count or lease), the port, the key. */
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[1]);
    try (RedisClient jedis = RedisClient.create("127.0.0.1", port)) {
      long[] calls = new long[1];
      ScriptRunner redis = call -> {
        calls[0]++;
        return call.isDigest()
            ? jedis.evalsha(call.script(), call.keys(), call.arguments())
            : jedis.eval(call.script(), call.keys(), call.arguments());
      };
      Share share = arguments[0].equals("count")
          ? count(redis, arguments[2], calls)
          : lease(redis, arguments[2], calls);
      System.out.println(share);
    }
  }

  /** Asks until the limit is used up. While the store is away, calls are denied. */
  private static Share count(ScriptRunner redis, String key, long[] calls) throws Exception {
    StoreLimiter limiter = StoreLimiter.create(PER_DAY, 1, redis).onFailure(FailurePolicy.closed());
    long start = System.nanoTime();
    long admitted = 0;
    for (int denials = 0; denials < DENIALS; ) {
      StoreDecision decision = limiter.decide(key, 1);
      admitted += decision.admitted() ? 1 : 0;
      denials = decision.admitted() || !decision.isFromStore() ? 0 : denials + 1;
      Thread.sleep(1);
    }
    return new Share(admitted, calls[0], start, System.nanoTime(), 0, 0);
  }

  private static Share lease(ScriptRunner redis, String key, long[] calls) {
    StoreLimiter store = StoreLimiter.create(LEASED, 1, redis);
    long start = System.nanoTime();
    long admitted = 0;
    try (LeasedLimiter limiter = LeasedLimiter.create(store, key)) {
      while (System.nanoTime() - start < LEASE_NANOS) {
        admitted += limiter.tryAcquire() ? 1 : 0;
      }
    }
    long end = System.nanoTime();
    long made = calls[0];
    LeasedLimiter leased = LeasedLimiter.create(store.withLimits(HUGE, 1), key + ":huge");
    Gcra gcra = Gcra.create(Rate.perSecond(50_000_000), NanoClock.system());
    picos(leased::tryAcquire);
    picos(gcra::tryAcquire);
    return new Share(
        admitted, made, start, end, picos(leased::tryAcquire), picos(gcra::tryAcquire));
  }

  /** How long a call takes, in ps. */
  private static long picos(BooleanSupplier call) {
    long start = System.nanoTime();
    int admitted = 0;
    for (int i = 0; i < TIMED_CALLS; i++) {
      admitted += call.getAsBoolean() ? 1 : 0;
    }
    if (admitted == 0) {
      throw new IllegalStateException("nothing was admitted");
    }
    return (System.nanoTime() - start) * 1_000 / TIMED_CALLS;
  }

  private static Process start(String what, RedisServer server, String key) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Xmx128m",
            StoreDemo.class.getName(),
            what,
            Integer.toString(server.port()),
            key)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Two processes, and the server killed meanwhile or not. */
  static List<Share> twoProcesses(String what, RedisServer server, String key, boolean kill)
      throws Exception {
    List<Process> processes = List.of(start(what, server, key), start(what, server, key));
    try {
      if (kill) {
        awaitCalls(server, key);
        server.kill();
        server.restart();
      }
      List<Share> shares = new ArrayList<>();
      for (Process process : processes) {
        try (BufferedReader reader = process.inputReader()) {
          shares.add(Share.parse(reader.readLine()));
        }
      }
      return shares;
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  /** Until a third of the limit is used. */
  private static void awaitCalls(RedisServer server, String key) throws Exception {
    try (Jedis jedis = server.connect()) {
      StoreLimiter looking = StoreLimiter.create(PER_DAY, 1, RedisServer.runner(jedis));
      while (looking.peek(key, 1).decision().remaining() > LIMIT * 2 / 3) {
        Thread.sleep(1);
      }
    }
  }

  static long admitted(List<Share> shares) {
    return shares.stream().mapToLong(Share::admitted).sum();
  }
}
