package io.limiter.http;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a list of strings with parameters, RFC 9651 4.2.1, as {@code RateLimit} and {@code
 * RateLimit-Policy} are. Of the parameters only integers are kept. A text that is malformed anywhere
 * is no items at all, as the draft asks to ignore it.
 */
final class StructuredList {
  /** A string and its integer parameters. */
  record Item(String name, Map<String, Long> integers) {}

  private static final int END = -1;

  private final String text;
  private int next; // index of the next character
  private boolean malformed;

  private StructuredList(String text) {
    this.text = text;
  }

  /** The items of {@code text}; none if it is malformed. */
  static List<Item> parse(String text) {
    StructuredList list = new StructuredList(text);
    List<Item> items = list.items();
    return list.malformed ? List.of() : items;
  }

  private List<Item> items() {
    List<Item> items = new ArrayList<>();
    do {
      skip(" \t");
      items.add(new Item(string(), parameters()));
      skip(" \t");
    } while (!malformed && take(','));
    malformed |= next < text.length();
    return items;
  }

  private Map<String, Long> parameters() {
    Map<String, Long> integers = new HashMap<>();
    while (!malformed && take(';')) {
      skip(" ");
      String key = key();
      integers.remove(key); // the last of equal keys counts
      if (take('=')) {
        value(key, integers);
      }
    }
    return integers;
  }

  private String key() {
    int from = next;
    if (!isLower(peek()) && peek() != '*') {
      malformed = true;
      return "";
    }
    while (isLower(peek()) || isDigit(peek()) || peek() != END && "_-.*".indexOf(peek()) >= 0) {
      next++;
    }
    return text.substring(from, next);
  }

  private void value(String key, Map<String, Long> integers) {
    int c = peek();
    if (isDigit(c) || c == '-') {
      number(key, integers);
    } else if (c == '"') {
      string();
    } else if (c == ':') {
      bytes();
    } else if (take('?')) {
      malformed |= !take('0') && !take('1');
    } else if (take('@')) {
      number("", new HashMap<>());
    } else if (take('%')) {
      string(); // percent-encoded text in quotes
    } else {
      token();
    }
  }

  private void number(String key, Map<String, Long> integers) {
    boolean negative = take('-');
    long value = 0;
    int from = next;
    while (isDigit(peek()) && next - from < 15) {
      value = value * 10 + text.charAt(next++) - '0';
    }
    malformed |= next == from || isDigit(peek());
    if (take('.')) { // a decimal: at most 12 digits before the point, 1 to 3 after it
      malformed |= next - from > 13;
      from = next;
      skip("0123456789");
      malformed |= next == from || next - from > 3;
    } else {
      integers.put(key, negative ? -value : value);
    }
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    malformed |= !take('"');
    while (!malformed && !take('"')) {
      boolean escaped = take('\\');
      int c = peek();
      malformed |= c < 0x20 || c > 0x7E || escaped && c != '"' && c != '\\';
      string.append((char) c);
      next++;
    }
    return string.toString();
  }

  private void bytes() {
    take(':');
    while (isAlphanumeric(peek()) || peek() != END && "+/=".indexOf(peek()) >= 0) {
      next++;
    }
    malformed |= !take(':');
  }

  private void token() {
    malformed |= !isLetter(peek()) && peek() != '*';
    while (isAlphanumeric(peek()) || peek() != END && "!#$%&'*+-.^_`|~:/".indexOf(peek()) >= 0) {
      next++;
    }
  }

  private int peek() {
    return next < text.length() ? text.charAt(next) : END;
  }

  private boolean take(char c) {
    boolean found = peek() == c;
    next += found ? 1 : 0;
    return found;
  }

  private void skip(String characters) {
    while (peek() != END && characters.indexOf(peek()) >= 0) {
      next++;
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLower(int c) {
    return c >= 'a' && c <= 'z';
  }

  private static boolean isLetter(int c) {
    return isLower(c) || c >= 'A' && c <= 'Z';
  }

  private static boolean isAlphanumeric(int c) {
    return isLetter(c) || isDigit(c);
  }
}
