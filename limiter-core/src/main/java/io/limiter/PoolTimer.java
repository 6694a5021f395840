package io.limiter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A timer of real time: it holds its task until the task begins or is cancelled, and runs it on the
 * default executor of {@link CompletableFuture}: the common pool, or a thread of its own where older
 * JDKs give that pool a single worker. The shared thread that keeps the time in the JDK only hands the
 * task over.
 *
 * <p>A future is completed normally on cancel, and not cancelled, because older JDKs keep the alarm of
 * a timeout until its time if the future ends by an exception (JDK-8303742).
 */
@SuppressWarnings("serial") // nobody serializes it
final class PoolTimer extends AtomicReference<Runnable> implements NanoClock.Timer, Runnable {
  private static final long LONGEST = Long.MAX_VALUE / 2; // ns, so that no sum of times overflows

  private final CompletableFuture<Boolean> isDue = new CompletableFuture<>();

  private PoolTimer(Runnable task) {
    super(task);
  }

  static PoolTimer start(long nanos, Runnable task) {
    PoolTimer timer = new PoolTimer(task);
    timer.isDue.thenAccept(due -> {
      if (due) {
        timer.isDue.defaultExecutor().execute(timer);
      }
    });
    timer.isDue.completeOnTimeout(true, Math.min(nanos, LONGEST), TimeUnit.NANOSECONDS);
    return timer;
  }

  @Override
  public void run() {
    Runnable task = getAndSet(null);
    if (task != null) {
      task.run();
    }
  }

  @Override
  public void cancel() {
    set(null);
    isDue.complete(false);
  }
}
