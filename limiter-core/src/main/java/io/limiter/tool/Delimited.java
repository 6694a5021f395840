package io.limiter.tool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values between delimiters, named by a header: CSV (RFC 4180, but a value holds no line break), TSV,
 * and the W3C format of CloudFront and IIS, whose header is a line {@code #Fields:}. A field {@code
 * date} and a field {@code time} make one more, {@code date+time}.
 */
final class Delimited implements LineScanner {
  /** The field that a date and a time of their own make. */
  static final String DATE_AND_TIME = "date+time";

  private static final byte[] DATE_AND_TIME_NAME = FieldName.of(DATE_AND_TIME);
  private static final String FIELDS = "#Fields:";
  private static final int MAX_COLUMNS = 1_000;

  private final String kind;
  private final byte delimiter; // a blank stands for any white space
  private final boolean w3c;
  private byte @Nullable []
      header; // the line of the header, so that one like it is no event; null if W3C
  private byte @Nullable [][] names; // null until a header was read
  private int dateColumn = -1;
  private int timeColumn = -1;
  private final byte[] joined = new byte[64]; // date, blank, time
  private byte[] scratch = new byte[256]; // values that had quotes in quotes
  private int scratchUsed;

  private Delimited(String kind, byte delimiter, boolean w3c) {
    this.kind = kind;
    this.delimiter = delimiter;
    this.w3c = w3c;
  }

  /** A scanner for lines under the header {@code line[from..to)}. */
  static Delimited csv(String kind, char delimiter, byte[] line, int from, int to) {
    Delimited scanner = new Delimited(kind, (byte) delimiter, false);
    byte[] header = Arrays.copyOfRange(line, from, Bytes.trimEnd(line, from, to));
    scanner.header = header;
    scanner.columns(header, 0, header.length, scanner.delimiter);
    return scanner;
  }

  /** A scanner for W3C extended logs, which say in a line of their own what their fields are. */
  static Delimited w3c() {
    return new Delimited("W3C extended log format (CloudFront, IIS)", (byte) ' ', true);
  }

  @Override
  public String kind() {
    return kind;
  }

  /** The names of the columns: empty until a header was read. */
  List<String> names() {
    List<String> texts = new ArrayList<>();
    if (names != null) {
      for (byte[] name : names) {
        texts.add(Bytes.text(name, 0, name.length));
      }
    }
    return texts;
  }

  private void columns(byte[] line, int from, int to, byte by) {
    List<byte[]> columns = new ArrayList<>();
    split(line, from, to, by, (column, value, valueFrom, valueTo) -> {
      if (columns.size() < MAX_COLUMNS) {
        columns.add(Arrays.copyOfRange(value, valueFrom, valueTo));
      }
    });
    names = columns.toArray(byte[][]::new);
    dateColumn = names().indexOf("date");
    timeColumn = names().indexOf("time");
  }

  @Override
  public @Nullable String scan(byte[] line, int from, int to, boolean cut, FieldSink sink) {
    if (w3c && from < to && line[from] == '#') {
      if (Bytes.startsWith(line, from, to, FIELDS)) {
        columns(line, from + FIELDS.length(), to, (byte) ' ');
      }
      return NO_EVENT;
    }
    if (names == null) {
      return "there was no line that begins with " + FIELDS;
    }
    int end = Bytes.trimEnd(line, from, to);
    if (header != null && Arrays.equals(header, 0, header.length, line, from, end)) {
      return NO_EVENT;
    }
    Row row = new Row(names, sink, cut);
    split(line, from, delimiter == '\t' ? to : end, delimiter, row);
    if (row.count < names.length && !cut) {
      return "it has " + row.count + " of " + names.length + " columns";
    }
    if (row.date != null && row.time != null) {
      dateAndTime(row.date, row.time, sink);
    }
    return null;
  }

  private void dateAndTime(Field date, Field time, FieldSink sink) {
    int length = date.to - date.from;
    int timeLength = time.to - time.from;
    if (length + timeLength + 1 <= joined.length) {
      System.arraycopy(date.bytes, date.from, joined, 0, length);
      joined[length] = ' ';
      System.arraycopy(time.bytes, time.from, joined, length + 1, timeLength);
      sink.field(DATE_AND_TIME_NAME, joined, 0, length + 1 + timeLength);
    }
  }

  /** Takes the value of a column. */
  @FunctionalInterface
  private interface ColumnSink {
    void column(int number, byte[] value, int from, int to);
  }

  /** Hands the columns of a line to a sink of fields. */
  private final class Row implements ColumnSink {
    final byte[][] names;
    final FieldSink sink;
    final boolean cut;
    int count;

    @Nullable
    Field date;

    @Nullable
    Field time;

    Row(byte[][] names, FieldSink sink, boolean cut) {
      this.names = names;
      this.sink = sink;
      this.cut = cut;
    }

    @Override
    public void column(int number, byte[] value, int from, int to) {
      count++;
      if (number >= names.length) {
        return;
      }
      sink.field(names[number], 0, names[number].length, value, from, to);
      if (dateColumn >= 0 && timeColumn >= 0 && (number == dateColumn || number == timeColumn)) {
        Field field = new Field();
        field.set(value, from, to);
        if (number == dateColumn) {
          date = field;
        } else {
          time = field;
        }
      }
    }
  }

  private void split(byte[] line, int from, int to, byte by, ColumnSink sink) {
    scratchUsed = 0;
    boolean blanks = by == ' ';
    int column = 0;
    int i = blanks ? Bytes.skipBlanks(line, from, to) : from;
    while (i < to || !blanks && i == to) {
      if (!blanks && i < to && line[i] == '"') {
        i = quoted(line, i + 1, to, by, column++, sink);
      } else {
        int end = blanks ? Bytes.skipWord(line, i, to) : Bytes.indexOf(line, i, to, by);
        sink.column(column++, line, i, end);
        i = end + 1;
      }
      if (blanks) {
        i = Bytes.skipBlanks(line, Math.min(i, to), to);
      }
    }
  }

  /** Reads a value in quotes, and moves behind the delimiter after it. */
  private int quoted(byte[] line, int from, int to, byte by, int column, ColumnSink sink) {
    int start = scratchUsed;
    int i = from;
    boolean plain = true;
    while (i < to && (line[i] != '"' || i + 1 < to && line[i + 1] == '"')) {
      boolean pair = line[i] == '"';
      if (pair && plain) {
        plain = false;
        keep(line, from, i, to);
      }
      if (!plain) {
        scratch[scratchUsed++] = line[i];
      }
      i += pair ? 2 : 1;
    }
    if (plain) {
      sink.column(column, line, from, i);
    } else {
      sink.column(column, scratch, start, scratchUsed);
    }
    return Bytes.indexOf(line, Math.min(i + 1, to), to, by) + 1;
  }

  /** Copies {@code line[from..i)} to the scratch, and makes room there for the rest of the line. */
  private void keep(byte[] line, int from, int i, int to) {
    if (scratch.length - scratchUsed < to - from) {
      scratch = Arrays.copyOf(scratch, (scratchUsed + to - from) * 2);
    }
    System.arraycopy(line, from, scratch, scratchUsed, i - from);
    scratchUsed += i - from;
  }
}
