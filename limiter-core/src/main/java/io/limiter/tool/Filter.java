package io.limiter.tool;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A condition on a field: {@code path=/api} is a prefix, {@code status=4xx} a class, all else equality. */
final class Filter {
  private final String field;
  private final byte[] value;
  private final boolean isClass;

  private Filter(String field, String value) {
    this.field = field;
    this.value = Bytes.of(value);
    this.isClass = role() == Role.STATUS
        && value.length() == 3
        && value.toLowerCase(Locale.ROOT).endsWith("xx");
  }

  /** The condition that {@code text} says. */
  static Filter parse(String text) throws UsageException {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new UsageException(
          "--where " + text + ": write FIELD=VALUE, such as path=/api, status=4xx or method=POST");
    }
    return new Filter(text.substring(0, equals), text.substring(equals + 1));
  }

  /** The name of the field, or the word for a role. */
  String field() {
    return field;
  }

  /** The role that the name of the field is, or null if it names a field of the log. */
  @Nullable
  Role role() {
    return switch (field) {
      case "path" -> Role.PATH;
      case "status" -> Role.STATUS;
      case "method" -> Role.METHOD;
      case "user" -> Role.USER;
      case "client" -> Role.CLIENT;
      default -> null;
    };
  }

  /** Whether what the field holds meets the condition. */
  boolean admits(Field found) {
    int length = found.to - found.from;
    if (isClass) {
      return length == 3 && found.bytes[found.from] == value[0];
    }
    boolean fits = role() == Role.PATH ? length >= value.length : length == value.length;
    return fits
        && Arrays.equals(
            found.bytes, found.from, found.from + value.length, value, 0, value.length);
  }
}
