package io.limiter.store;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * One call of a Redis script: {@code EVALSHA} with its digest, or {@code EVAL} with its text where the
 * server does not know it yet. A store that runs Java beside its values calls {@link #runOn} instead.
 *
 * @param isDigest whether {@code script} is a digest, for {@code EVALSHA}; else a text, for {@code EVAL}
 * @param script 40 hexadecimal digits, or a Lua text
 * @param keys the keys that the script reads and writes, nearly always one; unmodifiable
 * @param arguments further arguments, all plain ASCII; unmodifiable
 */
public record ScriptCall(boolean isDigest, String script, List<String> keys, List<String> arguments)
    implements Serializable {

  /** A call from its parts. */
  public ScriptCall {
    Objects.requireNonNull(script, "script");
    keys = List.copyOf(keys);
    arguments = List.copyOf(arguments);
  }

  /**
   * Does in Java what the script does in Redis: for an entry processor, or under a lock of the key. Nothing
   * else may change the value meanwhile. Copies of the value (backups) get the text of the result; they do
   * not run the call again.
   *
   * @param stored the text that the store has of the key; empty if it has none
   * @param nowMicros the reading of the store's clock, in microseconds since 1970
   * @throws IllegalStateException if no limiter wrote the text, or if the call comes from a version of this
   *     library with other scripts
   */
  public ScriptResult runOn(String stored, long nowMicros) {
    Objects.requireNonNull(stored, "stored");
    return LocalScript.run(this, stored, nowMicros);
  }
}
