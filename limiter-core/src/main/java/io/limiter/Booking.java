package io.limiter;

/** A reservation that calls back when its wait may have changed. */
interface Booking extends Reservation {
  /** How long to sleep, in ns, before {@link #waitNanos} is to be asked again. */
  default long sleepNanos() {
    return waitNanos();
  }

  /** Runs {@code signal} whenever the wait is over or may have become shorter; replaces another. */
  default void onChange(Runnable signal) {}

  /** A reservation that was refused. */
  record Refused(long permits) implements Booking {
    @Override
    public boolean granted() {
      return false;
    }

    @Override
    public long waitNanos() {
      return Decision.NEVER;
    }

    @Override
    public boolean cancel() {
      return false;
    }

    @Override
    public boolean settle(long actualPermits) {
      Checks.atLeast("actualPermits", actualPermits, 0);
      return false;
    }
  }

  /** A reservation of permits that are there, and are not given back. */
  record Unlimited(long permits) implements Booking {
    @Override
    public boolean granted() {
      return true;
    }

    @Override
    public long waitNanos() {
      return 0;
    }

    @Override
    public boolean cancel() {
      return false;
    }

    @Override
    public boolean settle(long actualPermits) {
      Checks.atLeast("actualPermits", actualPermits, 0);
      return false;
    }
  }
}
