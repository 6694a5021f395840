package io.limiter.tool;

/** Takes the fields of a line, one after the other. */
@FunctionalInterface
interface FieldSink {
  /**
   * Takes a field: its name is {@code name[nameFrom..nameTo)}, its value {@code value[from..to)},
   * valid until the next line.
   */
  void field(byte[] name, int nameFrom, int nameTo, byte[] value, int from, int to);

  /** Takes a field whose name is {@code name}, an array of {@link FieldName}. */
  default void field(byte[] name, byte[] value, int from, int to) {
    field(name, 0, name.length, value, from, to);
  }
}
