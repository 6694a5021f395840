package io.limiter.tool;

/**
 * A field of a log, and which part of it is meant.
 *
 * @param name the name of the field
 * @param part which part
 */
record FieldRef(String name, Part part) {
  /** A part of a field. */
  enum Part {
    /** All of it. */
    WHOLE,
    /** The client that an address stands for. */
    ADDRESS,
    /** The path of a URL: without scheme, host and query. */
    PATH,
    /** The first word of a request line. */
    REQUEST_METHOD,
    /** The path of the second word of a request line. */
    REQUEST_PATH
  }

  /** Narrows {@code field} to the part. */
  void narrow(Field field, Address address) {
    switch (part) {
      case WHOLE -> {}
      case ADDRESS -> address.normalize(field);
      case PATH -> path(field);
      case REQUEST_METHOD ->
        field.set(field.bytes, field.from, Bytes.skipWord(field.bytes, field.from, field.to));
      case REQUEST_PATH -> {
        int method = Bytes.skipWord(field.bytes, field.from, field.to);
        int from = Bytes.skipBlanks(field.bytes, method, field.to);
        field.set(field.bytes, from, Bytes.skipWord(field.bytes, from, field.to));
        path(field);
      }
    }
  }

  private static void path(Field field) {
    byte[] bytes = field.bytes;
    int from = field.from;
    int to = Math.min(
        Bytes.indexOf(bytes, from, field.to, (byte) '?'),
        Bytes.indexOf(bytes, from, field.to, (byte) '#'));
    int colon = Bytes.indexOf(bytes, from, to, (byte) ':');
    if (Bytes.startsWith(bytes, colon, to, "://")) {
      from = Bytes.indexOf(bytes, colon + 3, to, (byte) '/');
    }
    field.set(bytes, from, to);
  }

  /** How messages call it. */
  @Override
  public String toString() {
    String shown = Text.printable(Bytes.of(name));
    return switch (part) {
      case REQUEST_METHOD -> "method of " + shown;
      case REQUEST_PATH -> "path of " + shown;
      default -> shown;
    };
  }
}
