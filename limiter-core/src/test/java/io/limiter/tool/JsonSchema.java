package io.limiter.tool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A strict reader of JSON, and a validator for the part of JSON Schema that the tool's schema uses. */
final class JsonSchema {
  private static final Set<String> WORDS = Set.of(
      "$schema",
      "$defs",
      "title",
      "description",
      "type",
      "properties",
      "required",
      "additionalProperties",
      "items",
      "maxItems",
      "minimum",
      "enum",
      "$ref");

  private final String text;
  private int at;

  private JsonSchema(String text) {
    this.text = text;
  }

  /** The value of a text: maps, lists, strings, longs, booleans, null. */
  static Object parse(String text) {
    JsonSchema reader = new JsonSchema(text.strip());
    Object value = reader.value();
    reader.expect(reader.at == reader.text.length(), "the end");
    return value;
  }

  /** What is wrong with a value, by paths; empty if nothing is. */
  static List<String> problems(Object value, Map<?, ?> schema) {
    List<String> problems = new ArrayList<>();
    check("$", value, schema, schema, problems);
    return problems;
  }

  private static void check(
      String path, Object value, Map<?, ?> schema, Map<?, ?> root, List<String> problems) {
    for (Object word : schema.keySet()) {
      if (!WORDS.contains(word)) {
        throw new IllegalArgumentException("the validator does not know " + word);
      }
    }
    if (schema.get("$ref") instanceof String ref) {
      Map<?, ?> defs = (Map<?, ?>) root.get("$defs");
      check(path, value, (Map<?, ?>) defs.get(ref.substring("#/$defs/".length())), root, problems);
      return;
    }
    Object type = schema.get("type");
    List<?> types = type instanceof List<?> list ? list : List.of(type);
    String found = value == null
        ? "null"
        : value instanceof Map
            ? "object"
            : value instanceof List
                ? "array"
                : value instanceof String
                    ? "string"
                    : value instanceof Long ? "integer" : "boolean";
    if (!types.contains(found)) {
      problems.add(path + " is " + found + ", not " + types);
      return;
    }
    if (schema.get("enum") instanceof List<?> values && !values.contains(value)) {
      problems.add(path + " is " + value + ", not of " + values);
    }
    if (value instanceof Long number
        && schema.get("minimum") instanceof Long least
        && number < least) {
      problems.add(path + " is " + number + ", less than " + least);
    }
    if (value instanceof List<?> list) {
      if (schema.get("maxItems") instanceof Long most && list.size() > most) {
        problems.add(path + " has " + list.size() + " items");
      }
      for (int i = 0; i < list.size(); i++) {
        check(path + "[" + i + "]", list.get(i), (Map<?, ?>) schema.get("items"), root, problems);
      }
    }
    if (value instanceof Map<?, ?> map) {
      Map<?, ?> properties = (Map<?, ?>) schema.get("properties");
      for (Object name : (List<?>) schema.get("required")) {
        if (!map.containsKey(name)) {
          problems.add(path + " has no " + name);
        }
      }
      map.forEach((name, inner) -> {
        if (properties.get(name) instanceof Map<?, ?> of) {
          check(path + "." + name, inner, of, root, problems);
        } else {
          problems.add(path + "." + name + " is not in the schema");
        }
      });
    }
  }

  private void expect(boolean condition, String what) {
    if (!condition) {
      throw new IllegalArgumentException("expected " + what + " at " + at + " of " + text);
    }
  }

  private char next() {
    while (at < text.length() && " \n\r\t".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
    expect(at < text.length(), "more");
    return text.charAt(at);
  }

  private Object value() {
    switch (next()) {
      case '{' -> {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        while (next() != '}') {
          expect(map.isEmpty() || text.charAt(at++) == ',', "a comma");
          next();
          String name = string();
          expect(next() == ':' && !map.containsKey(name), "a colon after a new name");
          at++;
          map.put(name, value());
        }
        at++;
        return map;
      }
      case '[' -> {
        List<Object> list = new ArrayList<>();
        at++;
        while (next() != ']') {
          expect(list.isEmpty() || text.charAt(at++) == ',', "a comma");
          list.add(value());
        }
        at++;
        return list;
      }
      case '"' -> {
        return string();
      }
      default -> {
        int from = at;
        while (at < text.length() && "-0123456789truefalsn".indexOf(text.charAt(at)) >= 0) {
          at++;
        }
        String word = text.substring(from, at);
        return switch (word) {
          case "true" -> true;
          case "false" -> false;
          case "null" -> null;
          default -> Long.valueOf(word);
        };
      }
    }
  }

  private String string() {
    expect(text.charAt(at) == '"', "a string");
    StringBuilder string = new StringBuilder();
    for (at++; text.charAt(at) != '"'; at++) {
      char c = text.charAt(at);
      expect(c >= ' ', "no control character");
      if (c != '\\') {
        string.append(c);
      } else if (text.charAt(++at) == 'u') {
        string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
        at += 4;
      } else {
        expect("\"\\/".indexOf(text.charAt(at)) >= 0, "an escape");
        string.append(text.charAt(at));
      }
    }
    at++;
    return string.toString();
  }
}
