package io.limiter.rule;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One row of rules-corpus.tsv: a rule text, real or hostile, and what becomes of it. */
record Corpus(String text, String origin, String meaning, String outcome) {

  /** All rows, in the order of the file. */
  static List<Corpus> rows() {
    try (InputStream in = Corpus.class.getResourceAsStream("rules-corpus.tsv")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(Corpus::row)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isRejected() {
    return meaning.equals("reject");
  }

  private static Corpus row(String line) {
    String[] cells = line.split("\t", -1);
    if (cells.length != 4) {
      throw new AssertionError("not four cells: " + line);
    }
    return new Corpus(unescaped(cells[0]), cells[1], cells[2], cells[3]);
  }

  private static String unescaped(String cell) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cell.length(); i++) {
      if (cell.charAt(i) != '\\') {
        text.append(cell.charAt(i));
        continue;
      }
      i++;
      switch (cell.charAt(i)) {
        case 't' -> text.append('\t');
        case 'r' -> text.append('\r');
        case 'n' -> text.append('\n');
        case 'u' -> {
          text.append((char) Integer.parseInt(cell.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> throw new AssertionError("unknown escape in " + cell);
      }
    }
    return text.toString();
  }
}
