package io.limiter.store;

import java.util.List;
import java.util.Objects;

/**
 * One call of a Redis script: {@code EVALSHA} with its digest, or {@code EVAL} with its text where the
 * server does not know it yet.
 *
 * @param isDigest whether {@code script} is a digest, for {@code EVALSHA}; else a text, for {@code EVAL}
 * @param script 40 hexadecimal digits, or a Lua text
 * @param keys the one key that the script reads and writes; unmodifiable
 * @param arguments further arguments, all plain ASCII; unmodifiable
 */
public record ScriptCall(
    boolean isDigest, String script, List<String> keys, List<String> arguments) {

  /** A call from its parts. */
  public ScriptCall {
    Objects.requireNonNull(script, "script");
    keys = List.copyOf(keys);
    arguments = List.copyOf(arguments);
  }
}
