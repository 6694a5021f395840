package io.limiter.bench.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads JSON into Map, List, String, Double, Boolean and null: what JMH and {@link Suite} write. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  static Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    if (json.peek() != '\0') {
      throw json.expected("the end");
    }
    return value;
  }

  /** The objects that the files of a directory hold, in the order of their names. */
  static Stream<Map<String, Object>> objects(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      List<Map<String, Object>> objects = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        objects.add(object(parse(Files.readString(file))));
      }
      return objects.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  /** A number; JMH writes those that are not finite as strings. */
  static double number(Object value) {
    return value instanceof Double number ? number : Double.NaN;
  }

  private Object value() {
    switch (peek()) {
      case '{' -> {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        while (peek() != '}') {
          String name = string();
          take(':');
          map.put(name, value());
          if (peek() != '}') {
            take(',');
          }
        }
        at++;
        return map;
      }
      case '[' -> {
        List<Object> list = new ArrayList<>();
        at++;
        while (peek() != ']') {
          list.add(value());
          if (peek() != ']') {
            take(',');
          }
        }
        at++;
        return list;
      }
      case '"' -> {
        return string();
      }
      default -> {
        int from = at;
        while (at < text.length() && ",]} \n\r\t".indexOf(text.charAt(at)) < 0) {
          at++;
        }
        String word = text.substring(from, at);
        return switch (word) {
          case "null" -> null;
          case "true", "false" -> Boolean.valueOf(word);
          default -> Double.valueOf(word);
        };
      }
    }
  }

  private String string() {
    take('"');
    StringBuilder string = new StringBuilder();
    while (text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c == '\\') {
        c = text.charAt(at++);
        switch (c) {
          case 'n' -> c = '\n';
          case 't' -> c = '\t';
          case 'r' -> c = '\r';
          case 'u' -> {
            c = (char) Integer.parseInt(text.substring(at, at + 4), 16);
            at += 4;
          }
          default -> {} // the character itself
        }
      }
      string.append(c);
    }
    at++;
    return string.toString();
  }

  /** The next character that is not white space, or NUL at the end. */
  private char peek() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private void take(char c) {
    if (peek() != c) {
      throw expected("'" + c + "'");
    }
    at++;
  }

  private IllegalArgumentException expected(String what) {
    return new IllegalArgumentException("JSON: expected " + what + " at " + at);
  }
}
