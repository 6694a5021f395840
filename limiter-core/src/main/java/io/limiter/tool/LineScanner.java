package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * Cuts the lines of one kind of log into named fields. Any bytes are safe to pass; the time is linear
 * in the length of the line, and the memory is that of one line.
 */
interface LineScanner {
  /** The answer to a line that is no event and no mistake either, such as a header. */
  String NO_EVENT = "no event";

  /** Why a line that was cut cannot be read. */
  String TOO_LONG = "the line is too long";

  /** Words for the kind of log, such as {@code JSON lines}. */
  String kind();

  /**
   * Hands the fields of {@code line[from..to)} to {@code sink}.
   *
   * @param cut whether the line is longer than this
   * @return null if the line was read; {@link #NO_EVENT}; otherwise why it cannot be read
   */
  @Nullable
  String scan(byte[] line, int from, int to, boolean cut, FieldSink sink);
}
