package io.limiter.tool;

/** A value on a line: {@code bytes[from..to)}, valid until the next line is read. */
final class Field {
  private static final byte[] NONE = {};

  byte[] bytes = NONE;
  int from;
  int to;
  boolean present;

  /** Makes this the value {@code bytes[from..to)}. */
  void set(byte[] newBytes, int newFrom, int newTo) {
    bytes = newBytes;
    from = newFrom;
    to = newTo;
    present = true;
  }

  /** Copies {@code other}: the place, not the bytes. */
  void set(Field other) {
    bytes = other.bytes;
    from = other.from;
    to = other.to;
    present = other.present;
  }

  /** The value as text; bytes that are not UTF-8 become U+FFFD. */
  String text() {
    return Bytes.text(bytes, from, to);
  }
}
