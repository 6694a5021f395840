package io.limiter.spec;

import java.util.function.LongSupplier;

/** A limiter and the calls that it got so far, told so that a person can make them again. */
public final class CallScript {
  private final LongSupplier clock; // null if there is none
  private final long origin;
  private final StringBuilder text = new StringBuilder();

  /** Begins with {@code limiter}, which knows no time. */
  public CallScript(Object limiter) {
    this.clock = null;
    this.origin = 0;
    text.append(limiter);
  }

  /** Begins with {@code limiter}, which was created at what {@code clock} reads now. */
  public CallScript(Object limiter, LongSupplier clock) {
    this.clock = clock;
    this.origin = clock.getAsLong();
    text.append(limiter).append(", created when the clock reads ").append(origin);
  }

  /** A call that is made now. */
  public void tell(String call) {
    String at = clock == null ? "" : "at " + (clock.getAsLong() - origin) + " ns: ";
    text.append("\n  ").append(at).append(call);
  }

  /** Plays calls that are told as they are made: if they fail, so does this, and tells them. */
  public void run(Runnable calls) {
    try {
      calls.run();
    } catch (AssertionError wrong) {
      tell("<- " + wrong.getMessage());
      throw new AssertionError(text.toString(), wrong);
    } catch (RuntimeException broken) {
      tell("<- " + broken);
      throw new IllegalStateException(text.toString(), broken);
    }
  }
}
