package io.limiter.tool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The first lines of a log, and what one kind of scanner makes of them. */
final class Sample {
  /** So many lines are looked at. */
  static final int MAX_LINES = 1_000;

  private static final int MAX_FIELDS = 500;
  private static final int MAX_VALUES = 100; // that are kept per field
  private static final int MAX_VALUE_BYTES = 200;

  /** Takes fields and does nothing. */
  static final FieldSink NOBODY = (name, nameFrom, nameTo, value, from, to) -> {};

  /** A line, and whether it is longer than this. */
  record Line(byte[] bytes, boolean cut) {}

  private final List<Line> lines;

  private Sample(List<Line> lines) {
    this.lines = lines;
  }

  /** The whole lines at the start of a log of which {@code head[0..length)} is known. */
  static Sample of(byte[] head, int length, boolean isWhole) {
    List<Line> lines = new ArrayList<>();
    int from = Bytes.startsWithByteOrderMark(head, 0, length) ? 3 : 0;
    while (from < length && lines.size() < MAX_LINES) {
      int to = Bytes.indexOf(head, from, length, (byte) '\n');
      if (to == length && !isWhole && !lines.isEmpty()) {
        break;
      }
      lines.add(new Line(Arrays.copyOfRange(head, from, to), to == length && !isWhole));
      from = to + 1;
    }
    return new Sample(lines);
  }

  /** The lines. */
  List<Line> lines() {
    return lines;
  }

  /** The first line; empty if there is none. */
  byte[] first() {
    return lines.isEmpty() ? new byte[0] : lines.get(0).bytes();
  }

  /** What is inside a wrapper: the lines that it holds, of those that are wrapped. */
  Sample unwrapped(java.util.function.UnaryOperator<LineScanner> wrapper) {
    List<Line> inner = new ArrayList<>();
    LineScanner keeper = wrapper.apply(new LineScanner() {
      @Override
      public String kind() {
        return "";
      }

      @Override
      public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
        inner.add(new Line(Arrays.copyOfRange(line, from, to), cut));
        return null;
      }
    });
    for (Line line : lines) {
      keeper.scan(line.bytes(), 0, line.bytes().length, line.cut(), NOBODY);
    }
    return new Sample(inner);
  }

  /** What {@code scanner} makes of the lines. */
  Reading read(LineScanner scanner) {
    Reading reading = new Reading();
    for (Line line : lines) {
      reading.line(line, scanner);
    }
    return reading;
  }

  /** What a scanner made of a sample. */
  static final class Reading {
    private final Map<String, List<byte[]>> fields = new LinkedHashMap<>();
    private final Map<String, Integer> counts = new LinkedHashMap<>();
    private int events;
    private int unreadable;

    private void line(Line line, LineScanner scanner) {
      Map<String, byte[]> found = new LinkedHashMap<>();
      String problem = scanner.scan(
          line.bytes(),
          0,
          line.bytes().length,
          line.cut(),
          (name, nameFrom, nameTo, value, from, to) -> {
            if (found.size() < MAX_FIELDS) {
              found.putIfAbsent(
                  Bytes.text(name, nameFrom, nameTo),
                  Arrays.copyOfRange(value, from, Math.min(to, from + MAX_VALUE_BYTES)));
            }
          });
      if (problem != null) {
        unreadable += problem.equals(LineScanner.NO_EVENT) ? 0 : 1;
        return;
      }
      events++;
      found.forEach((name, value) -> {
        if (fields.size() < MAX_FIELDS || fields.containsKey(name)) {
          counts.merge(name, 1, Integer::sum);
          List<byte[]> values = fields.computeIfAbsent(name, key -> new ArrayList<>());
          if (values.size() < MAX_VALUES) {
            values.add(value);
          }
        }
      });
    }

    /** How many lines the scanner could read. */
    int events() {
      return events;
    }

    /** How many lines it should have read and could not. */
    int unreadable() {
      return unreadable;
    }

    /** The names of the fields, in the order in which they appear. */
    Map<String, List<byte[]>> fields() {
      return fields;
    }

    /** The first values of a field; none if there is no such field. */
    List<byte[]> values(String name) {
      return fields.getOrDefault(name, List.of());
    }

    /** In how many lines a field is. */
    int count(String name) {
      return counts.getOrDefault(name, 0);
    }
  }
}
