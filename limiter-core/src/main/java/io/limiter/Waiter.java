package io.limiter;

import org.jspecify.annotations.Nullable;

/** A caller in a line: a thread or a future. What is not final is under the lock of its door. */
final class Waiter {
  final long permits;
  final long deadline; // a reading of the clock, ns; says nothing if patient
  final boolean patient; // waits for as long as it takes
  final boolean isThread; // sleeps by itself; a future relies on the timer of its door
  final Runnable signal; // run after every lock: it is answered; a thread also looks again

  long from; // the reading from which on it may be admitted, ns
  long number; // counts those who came to its door
  long dueAt; // the reading at which it is due if nobody leaves
  long wakeAt; // of a thread that sleeps: the reading at which it looks again by itself
  boolean sleeps;
  boolean inLine;

  @Nullable
  Waiter before; // null: the first in line

  @Nullable
  Waiter behind; // null: the last in line

  private @Nullable Reservation charge;
  private @Nullable Throwable failure;
  private volatile boolean answered;

  /** {@code signal} tells a thread or a future; the wait began at the reading {@code start}. */
  Waiter(long permits, long start, long maxWaitNanos, boolean isThread, Runnable signal) {
    this.permits = permits;
    this.from = start;
    this.patient = maxWaitNanos > Checks.LONGEST;
    this.deadline = start + Math.min(maxWaitNanos, Checks.LONGEST);
    this.isThread = isThread;
    this.signal = signal;
  }

  /** Whether the reading {@code nanoTime + nanos} is later than it waits. */
  boolean isTooLate(long nanoTime, long nanos) {
    return !patient && nanos > deadline - nanoTime;
  }

  /** Whether its time is over at the reading {@code nanoTime}. */
  boolean isOver(long nanoTime) {
    return !patient && deadline - nanoTime <= 0;
  }

  /** It was admitted, with that charge; or, if that is null, refused. */
  void answer(@Nullable Reservation charge) {
    this.charge = charge;
    answered = true;
  }

  /** The limiter threw when it was this one's turn. */
  void fail(Throwable failure) {
    this.failure = failure;
    answered = true;
  }

  boolean isAnswered() {
    return answered;
  }

  /** What was charged for it; null if it was refused. Once it is answered. */
  @Nullable
  Reservation charge() {
    return charge;
  }

  /** What the limiter threw; null if nothing. Once it is answered. */
  @Nullable
  Throwable failure() {
    return failure;
  }
}
