package io.limiter.store;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

/**
 * What a script did with a value: {@link ScriptCall#runOn}.
 *
 * @param reply what {@link ScriptRunner#run} answers; unmodifiable
 * @param value the text to store before the reply is given; empty if the stored one stays
 * @param liveMillis how long the value has to be kept from now on, in ms; 0 if the stored one stays
 */
public record ScriptResult(List<Object> reply, String value, long liveMillis)
    implements Serializable {

  /** A result from its parts. */
  public ScriptResult {
    reply = List.copyOf(reply);
    Objects.requireNonNull(value, "value");
  }

  /** Whether {@link #value} has to be stored. A denial changes nothing. */
  public boolean changed() {
    return !value.isEmpty();
  }
}
