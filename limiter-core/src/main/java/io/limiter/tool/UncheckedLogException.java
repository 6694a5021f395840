package io.limiter.tool;

/** A log cannot be read on; the message says why, and what to do instead. */
final class UncheckedLogException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UncheckedLogException(String message) {
    super(message);
  }
}
