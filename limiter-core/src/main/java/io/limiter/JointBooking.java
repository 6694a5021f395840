package io.limiter;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One reservation of several limiters: over when all of them are. */
final class JointBooking implements Booking {
  private static final VarHandle CLOSED = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "closed", VarHandle.class, JointBooking.class, boolean.class);

  private final long permits;
  private final Reservation[] parts; // granted
  private final long[] weights; // permits of the part for each permit

  /** Whether it was cancelled or settled. */
  private volatile boolean closed;

  JointBooking(long permits, Reservation[] parts, long[] weights) {
    this.permits = permits;
    this.parts = parts;
    this.weights = weights;
  }

  @Override
  public boolean granted() {
    return true;
  }

  @Override
  public long permits() {
    return permits;
  }

  @Override
  public long waitNanos() {
    long longest = 0;
    for (Reservation part : parts) {
      longest = Math.max(longest, part.waitNanos());
    }
    return longest;
  }

  /** Until the first part is due: whoever waits behind that one relies on being let go in time. */
  @Override
  public long sleepNanos() {
    long shortest = 0;
    for (Reservation part : parts) {
      long wait = part instanceof Booking booking ? booking.sleepNanos() : part.waitNanos();
      shortest = wait > 0 && (shortest == 0 || wait < shortest) ? wait : shortest;
    }
    return shortest;
  }

  @Override
  public void onChange(Runnable signal) {
    for (Reservation part : parts) {
      if (part instanceof Booking booking) {
        booking.onChange(signal);
      }
    }
  }

  @Override
  public boolean cancel() {
    if (!CLOSED.compareAndSet(this, false, true)) {
      return false;
    }
    for (int i = parts.length - 1; i >= 0; i--) {
      parts[i].cancel();
    }
    return true;
  }

  @Override
  public boolean settle(long actualPermits) {
    Checks.atLeast("actualPermits", actualPermits, 0);
    if (!CLOSED.compareAndSet(this, false, true)) {
      return false;
    }
    for (int i = 0; i < parts.length; i++) {
      parts[i].settle(actualPermits == 0 ? 0 : Members.times(weights[i], actualPermits));
    }
    return true;
  }

  @Override
  public String toString() {
    return "Reservation[" + permits + " of " + parts.length + " limiters]";
  }
}
