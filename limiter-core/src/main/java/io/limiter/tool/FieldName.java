package io.limiter.tool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names of fields as bytes: one array per name, so that those of fixed formats compare by identity. */
final class FieldName {
  private static final Map<String, byte[]> NAMES = new ConcurrentHashMap<>();

  private FieldName() {}

  /** The one array of a name; nobody may write to it. */
  static byte[] of(String name) {
    return NAMES.computeIfAbsent(name, Bytes::of);
  }
}
