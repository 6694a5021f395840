package io.limiter.tool;

/** The command line asks for something that cannot be done; the message says what to do instead. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String message;

  UsageException(String message) {
    super(message);
    this.message = message;
  }

  @Override
  public String getMessage() {
    return message;
  }
}
