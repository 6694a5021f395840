package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class LineSplitterProperties {

  /** Whatever the buffer and however the stream hands out its bytes. */
  @Property
  void linesAreThoseOfTheText(
      @ForAll @StringLength(max = 60) @CharRange(from = '\n', to = '\u000e') String text,
      @ForAll @IntRange(min = 1, max = 70) int bufferBytes,
      @ForAll @IntRange(min = 1, max = 70) int atOnce)
      throws IOException {
    assertEquals(expected(text, bufferBytes), split(text, bufferBytes, atOnce));
  }

  /** Lines of {@code bufferBytes} or more are cut there; the last one is, if it has no end. */
  private static List<String> expected(String text, int bufferBytes) {
    List<String> lines = new ArrayList<>();
    String[] all = text.split("\n", -1);
    for (int i = 0; i < all.length; i++) {
      boolean cut = all[i].length() >= bufferBytes;
      if (i < all.length - 1 || !all[i].isEmpty()) {
        String kept = cut ? all[i].substring(0, bufferBytes) : all[i];
        lines.add((lines.size() + 1) + ":" + kept + (cut ? "..." : ""));
      }
    }
    return lines;
  }

  private static List<String> split(String text, int bufferBytes, int atOnce) throws IOException {
    List<String> lines = new ArrayList<>();
    InputStream in =
        new FilterInputStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))) {
          @Override
          public int read(byte[] buffer, int from, int length) throws IOException {
            return super.read(buffer, from, Math.min(length, atOnce));
          }
        };
    LineSplitter.split(
        in,
        bufferBytes,
        (number, bytes, from, to, cut) -> lines.add(number
            + ":"
            + new String(bytes, from, to - from, StandardCharsets.US_ASCII)
            + (cut ? "..." : "")));
    return lines;
  }

  /** The reference tells lines apart from each other and from their order. */
  @Example
  void otherTextsHaveOtherLines() {
    assertNotEquals(expected("a\nb", 9), expected("b\na", 9));
    assertNotEquals(expected("a\n\nb", 9), expected("a\nb", 9));
    assertNotEquals(expected("abc", 3), expected("abc", 4));
  }
}
