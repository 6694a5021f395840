package io.limiter.store;

/**
 * Sends a script call to the store and waits for the reply: what the caller's client does. With Jedis:
 *
 * <pre>{@code
 * ScriptRunner redis = call -> call.isDigest()
 *     ? jedis.evalsha(call.script(), call.keys(), call.arguments())
 *     : jedis.eval(call.script(), call.keys(), call.arguments());
 * }</pre>
 *
 * <p>Set the client's time-outs, and no retries: a call that is sent twice may be charged twice. Called by
 * as many threads as call the limiter.
 */
@FunctionalInterface
public interface ScriptRunner {
  /**
   * Sends {@code call} once.
   *
   * @return the reply: a list of integers as any {@link Number}, and of texts as {@code String} or {@code
   *     byte[]}
   * @throws Exception if there was no reply, or an error; an error reply keeps its first word (NOSCRIPT,
   *     for example) at the start of the message, of this exception or of a cause
   */
  Object run(ScriptCall call) throws Exception;
}
