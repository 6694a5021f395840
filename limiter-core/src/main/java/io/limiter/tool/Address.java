package io.limiter.tool;

import java.util.Arrays;

/**
 * Whom an address stands for: without its port, one of a list, or its network. No object is made for
 * an address; what is no address stays as it is.
 */
final class Address {
  private static final int V4 = 4;
  private static final int V6 = 16;

  private final int proxies; // the n-th from the right of a list; 0: the first
  private final int bits4; // of an IPv4 network; 32: none
  private final int bits6; // of an IPv6 network; 128: none
  private final byte[] octets = new byte[V6];
  private final byte[] text = new byte[64];
  private int textLength;

  /**
   * Rules.
   *
   * @param proxies how many proxies append to a list of addresses; 0 if that is not known
   * @param bits4 the prefix of IPv4 networks
   * @param bits6 the prefix of IPv6 networks
   */
  Address(int proxies, int bits4, int bits6) {
    this.proxies = proxies;
    this.bits4 = bits4;
    this.bits6 = bits6;
  }

  /** Turns {@code field} into the client that it stands for. */
  void normalize(Field field) {
    byte[] bytes = field.bytes;
    if (Bytes.indexOf(bytes, field.from, field.to, (byte) ',') < field.to) {
      element(field);
    }
    int from = Bytes.skipBlanks(bytes, field.from, field.to);
    int to = Bytes.trimEnd(bytes, from, field.to);
    if (from < to && bytes[from] == '[') {
      int close = Bytes.indexOf(bytes, from, to, (byte) ']');
      if (close < to && (close == to - 1 || bytes[close + 1] == ':')) {
        from++;
        to = close;
      }
    } else {
      int colon = Bytes.indexOf(bytes, from, to, (byte) ':');
      if (colon < to
          && Bytes.indexOf(bytes, colon + 1, to, (byte) ':') == to
          && Bytes.number(bytes, colon + 1, to) >= 0) {
        to = colon;
      }
    }
    field.set(bytes, from, to);
    if (bits4 < 8 * V4 || bits6 < 8 * V6) {
      network(field);
    }
  }

  /** The element of a list that is the client. */
  private void element(Field field) {
    byte[] bytes = field.bytes;
    if (proxies == 0) {
      field.set(bytes, field.from, Bytes.indexOf(bytes, field.from, field.to, (byte) ','));
      return;
    }
    int end = field.to;
    int from = end;
    for (int left = proxies; ; ) {
      while (from > field.from && bytes[from - 1] != ',') {
        from--;
      }
      if (--left == 0 || from == field.from) {
        field.set(bytes, from, end);
        return;
      }
      end = --from;
    }
  }

  private void network(Field field) {
    int length = octets(field.bytes, field.from, field.to);
    int bits = length == V4 ? bits4 : bits6;
    if (length == 0 || bits == 8 * length) {
      return;
    }
    for (int i = 0; i < length; i++) {
      int kept = Math.max(0, Math.min(8, bits - 8 * i));
      octets[i] &= (byte) (0xff00 >> kept);
    }
    textLength = 0;
    if (length == V4) {
      for (int i = 0; i < V4; i++) {
        decimal(octets[i] & 0xff);
        put(i < V4 - 1 ? '.' : '/');
      }
    } else {
      groups();
      put('/');
    }
    decimal(bits);
    field.set(text, 0, textLength);
  }

  /** Reads an address into the octets; answers how many it has, 0 if it is none. */
  int octets(byte[] bytes, int from, int to) {
    if (Bytes.indexOf(bytes, from, to, (byte) ':') == to) {
      return v4(bytes, from, to, 0) ? V4 : 0;
    }
    if (!v6(bytes, from, to)) {
      return 0;
    }
    boolean mapped = octets[10] == -1 && octets[11] == -1;
    for (int i = 0; i < 10; i++) {
      mapped &= octets[i] == 0;
    }
    if (mapped) {
      System.arraycopy(octets, 12, octets, 0, V4);
      return V4;
    }
    return V6;
  }

  private boolean v4(byte[] bytes, int from, int to, int at) {
    int i = from;
    for (int part = 0; part < V4; part++) {
      int end = part < V4 - 1 ? Bytes.indexOf(bytes, i, to, (byte) '.') : to;
      long value = end - i > 3 ? -1 : Bytes.number(bytes, i, end);
      if (value < 0 || value > 255 || end == to && part < V4 - 1) {
        return false;
      }
      octets[at + part] = (byte) value;
      i = end + 1;
    }
    return true;
  }

  private boolean v6(byte[] bytes, int from, int to) {
    Arrays.fill(octets, (byte) 0);
    int filled = 0;
    int gap = -1; // where :: was
    int i = from;
    if (Bytes.startsWith(bytes, from, to, "::")) {
      gap = 0;
      i += 2;
    }
    while (i < to) {
      int end = Bytes.indexOf(bytes, i, to, (byte) ':');
      if (end == to && filled <= V6 - V4 && v4(bytes, i, to, filled)) {
        filled += V4;
        break;
      }
      int group = group(bytes, i, end);
      if (group < 0 || filled == V6) {
        return false;
      }
      octets[filled++] = (byte) (group >> 8);
      octets[filled++] = (byte) group;
      i = end + 1;
      if (end < to && i == to) {
        return false; // a single colon at the end
      }
      if (i < to && bytes[i] == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = filled;
        i++;
      }
    }
    if (gap >= 0) {
      int moved = filled - gap;
      System.arraycopy(octets, gap, octets, V6 - moved, moved);
      Arrays.fill(octets, gap, V6 - moved, (byte) 0);
    }
    return gap >= 0 ? filled < V6 : filled == V6;
  }

  private static int group(byte[] bytes, int from, int to) {
    if (from == to || to - from > 4) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < to; i++) {
      int digit = bytes[i] < 0 ? -1 : Character.digit((char) bytes[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** The octets as RFC 5952 writes them: the longest run of zero groups, if of two or more, is ::. */
  private void groups() {
    int best = -1;
    int bestLength = 1;
    for (int i = 0; i < 8; i++) {
      int j = i;
      while (j < 8 && groupAt(j) == 0) {
        j++;
      }
      if (j - i > bestLength) {
        best = i;
        bestLength = j - i;
      }
      i = Math.max(i, j - 1);
    }
    for (int i = 0; i < 8; i++) {
      if (i == best) {
        put(':');
        put(':');
        i += bestLength - 1;
        continue;
      }
      if (i > 0 && text[textLength - 1] != ':') {
        put(':');
      }
      String hex = Integer.toHexString(groupAt(i));
      for (int j = 0; j < hex.length(); j++) {
        put(hex.charAt(j));
      }
    }
  }

  private int groupAt(int i) {
    return (octets[2 * i] & 0xff) << 8 | octets[2 * i + 1] & 0xff;
  }

  private void decimal(int value) {
    if (value > 9) {
      decimal(value / 10);
    }
    put((char) ('0' + value % 10));
  }

  private void put(char c) {
    text[textLength++] = (byte) c;
  }
}
