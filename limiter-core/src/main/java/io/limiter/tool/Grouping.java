package io.limiter.tool;

import org.jspecify.annotations.Nullable;

/**
 * What has a limiter of its own: {@code --by}.
 *
 * @param role the role of the field that is the key; null if one field is named or all share one
 * @param field the name of the field; empty if a role says it or all share one
 * @param bits4 the prefix of IPv4 networks, 32 if addresses are not grouped
 * @param bits6 the prefix of IPv6 networks, 128 if addresses are not grouped
 */
record Grouping(@Nullable Role role, String field, int bits4, int bits6) {
  static final String CHOICES =
      "write client, client/64 (IPv6 networks), client/24 (IPv4), client/24/64, user, path,"
          + " field NAME, or all";

  private static final int V4 = 32;
  private static final int V6 = 128;

  /** One limiter for each client. */
  static final Grouping CLIENT = new Grouping(Role.CLIENT, "", V4, V6);

  /** One limiter for all. */
  static final Grouping ALL = new Grouping(null, "", V4, V6);

  /** What {@code text} says. */
  static Grouping parse(String text) throws UsageException {
    switch (text) {
      case "client":
        return CLIENT;
      case "all":
        return ALL;
      case "user":
        return new Grouping(Role.USER, "", V4, V6);
      case "path":
        return new Grouping(Role.PATH, "", V4, V6);
      default:
        if (text.startsWith("field=") && text.length() > 6) {
          return new Grouping(null, text.substring(6), V4, V6);
        }
        if (text.startsWith("client/")) {
          return networks(text);
        }
        throw new UsageException("--by " + text + ": " + CHOICES);
    }
  }

  private static Grouping networks(String text) throws UsageException {
    String[] parts = text.substring(7).split("/", -1);
    int bits4 = V4;
    int bits6 = V6;
    for (String part : parts) {
      byte[] digits = Bytes.of(part);
      long bits = Bytes.number(digits, 0, digits.length);
      boolean first = part.equals(parts[0]);
      if (bits < 1 || bits > V6 || parts.length > 2 || parts.length == 2 && first && bits > V4) {
        throw new UsageException("--by " + text + ": " + CHOICES);
      }
      if (bits <= V4 && (parts.length == 1 || first)) {
        bits4 = (int) bits;
      } else {
        bits6 = (int) bits;
      }
    }
    return new Grouping(Role.CLIENT, "", bits4, bits6);
  }

  /** Whether all events share one limiter. */
  boolean isAll() {
    return role == null && field.isEmpty();
  }

  /** The word for one of those that have a limiter: client, user, path or key. */
  String word() {
    if (role == Role.CLIENT) {
      return bits4 < V4 || bits6 < V6 ? "network" : "client";
    }
    return role == null ? "key" : role.word();
  }
}
