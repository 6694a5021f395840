package io.limiter.spec;

import java.math.BigInteger;

/**
 * One call of a timeline.
 *
 * @param verb what is called
 * @param at when, in ns since the limiter was created; before it if negative
 * @param permits how many
 */
public record Call(Verb verb, BigInteger at, long permits) {

  /** The operations of a {@link Subject}. */
  public enum Verb {
    /** Takes permits and explains. */
    DECIDE("decide"),
    /** Takes permits. */
    TRY_ACQUIRE("tryAcquire"),
    /** Explains. */
    PEEK("peek"),
    /** Gives permits back. */
    REFUND("refund");

    private final String name;

    Verb(String name) {
      this.name = name;
    }
  }

  /** Calls {@code subject} at {@code reading}. */
  Object on(Subject subject, long reading) {
    return switch (verb) {
      case DECIDE -> subject.decideAt(reading, permits);
      case TRY_ACQUIRE -> subject.tryAcquireAt(reading, permits);
      case PEEK -> subject.peekAt(reading, permits);
      case REFUND -> subject.refundAt(reading, permits);
    };
  }

  /** What {@code model} answers, in the subject's words. */
  Object on(RateModel model) {
    return switch (verb) {
      case DECIDE -> model.decide(at, permits).toDecision();
      case TRY_ACQUIRE -> model.decide(at, permits).admitted();
      case PEEK -> model.peek(at, permits).toDecision();
      case REFUND -> model.refund(at, permits);
    };
  }

  /** Whether it takes permits. */
  boolean takes() {
    return verb == Verb.DECIDE || verb == Verb.TRY_ACQUIRE;
  }

  @Override
  public String toString() {
    return "at " + ReadableTime.of(at) + ": " + verb.name + "(" + permits + ")";
  }
}
