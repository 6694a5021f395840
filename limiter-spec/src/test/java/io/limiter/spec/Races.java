package io.limiter.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that start at once. */
final class Races {
  private Races() {}

  /** What a thread does between the start and the end of a round; answers what it was admitted. */
  interface Caller<R> {
    R call(int thread) throws Exception;
  }

  /** Starts all callers at once, and answers what each of them did. */
  static <R> List<R> race(int threads, Caller<R> caller) {
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<R>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        futures.add(pool.submit(() -> {
          start.await();
          return caller.call(thread);
        }));
      }
      List<R> results = new ArrayList<>();
      for (Future<R> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    } finally {
      pool.shutdown();
    }
  }

  /** As {@link #race}, and adds up. */
  static long sum(int threads, Caller<Long> caller) {
    return race(threads, caller).stream().mapToLong(Long::longValue).sum();
  }
}
