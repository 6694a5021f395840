package io.limiter;

import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Runs the callbacks of this thread after every lock was released, one after the other and never
 * nested.
 *
 * <pre>{@code
 * Signals outermost = Signals.begin();
 * try {
 *   lock.lock();
 *   try {
 *     Signals.add(callback); // changes nothing yet
 *   } finally {
 *     lock.unlock();
 *   }
 * } finally {
 *   Signals.end(outermost); // runs the callback, unless a caller of this method does so later
 * }
 * }</pre>
 *
 * <p><b>Why.</b> A callback wakes a caller, completes a future or asks a door to look again, so it
 * runs code of the application: code that blocks, throws, or calls a limiter, which has callbacks of
 * its own. Under a lock such code could deadlock. Called where it arises, it would need a stack as
 * deep as the chain of callers that make room for each other. So a callback is only noted where it
 * arises. The outermost use on the thread runs what was noted, in order, until nothing is left. A
 * callback that is noted meanwhile joins the end of the same list: a chain of any length needs the
 * stack of one.
 *
 * <p><b>Locks.</b> A use begins before its lock is taken and ends after it was released. So when the
 * outermost use ends, this thread holds no lock of a limiter.
 *
 * <p><b>Failure.</b> A callback that throws keeps no other from running. The first throwable is
 * rethrown when all have run, the others are suppressed in it.
 *
 * <p><b>Memory.</b> A thread keeps nothing once its outermost use has ended. What is here belongs to
 * one thread, so nothing is ordered or synchronized.
 */
final class Signals {
  private static final ThreadLocal<Signals> OUTERMOST = new ThreadLocal<>();

  private @Nullable Queue<Runnable> callbacks; // null until one is added

  private Signals() {}

  /** Begins a use: answers what to {@link #end} if it is the outermost on this thread, else null. */
  static @Nullable Signals begin() {
    if (OUTERMOST.get() != null) {
      return null;
    }
    Signals outermost = new Signals();
    OUTERMOST.set(outermost);
    return outermost;
  }

  /**
   * Ends a use: runs what was added if it is the outermost, and does nothing if it is null.
   *
   * @param outermost what {@link #begin} answered on this thread
   */
  static void end(@Nullable Signals outermost) {
    if (outermost == null) {
      return;
    }
    Throwable failure;
    try {
      failure = outermost.run();
    } finally {
      OUTERMOST.remove();
    }
    if (failure != null) {
      throw Signals.<RuntimeException>unchecked(failure);
    }
  }

  /** Has {@code callback} run at the end of the outermost use on this thread; at once without one. */
  static void add(Runnable callback) {
    Objects.requireNonNull(callback, "callback");
    Signals outermost = begin();
    try {
      OUTERMOST.get().note(callback);
    } finally {
      end(outermost);
    }
  }

  /**
   * Runs {@code body} as another thread would: what it adds runs before this returns, even within a
   * callback. For a thread that would otherwise block, and hold no lock of a limiter meanwhile.
   */
  static void apart(Runnable body) {
    Signals suspended = OUTERMOST.get();
    OUTERMOST.remove();
    try {
      body.run();
    } finally {
      if (suspended != null) {
        OUTERMOST.set(suspended);
      }
    }
  }

  private void note(Runnable callback) {
    if (callbacks == null) {
      callbacks = new ArrayDeque<>();
    }
    callbacks.add(callback);
  }

  /** Runs all callbacks; answers the first failure, or null. */
  private @Nullable Throwable run() {
    Throwable failure = null;
    while (callbacks != null && !callbacks.isEmpty()) {
      try {
        callbacks.remove().run();
      } catch (Throwable thrown) {
        failure = first(failure, thrown);
      }
    }
    return failure;
  }

  /** The first of two failures, the second suppressed in it; {@code first} may be null. */
  static Throwable first(@Nullable Throwable first, Throwable second) {
    if (first == null) {
      return second;
    }
    if (first != second) { // nothing suppresses itself
      first.addSuppressed(second);
    }
    return first;
  }

  /** Throws {@code failure} as it is: a callback declares no checked exception. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> E unchecked(Throwable failure) throws E {
    throw (E) failure;
  }
}
