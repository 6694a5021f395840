package io.limiter.store;

import java.util.concurrent.CompletionStage;

/**
 * Sends a script call to Redis and answers when the reply is there: what the caller's client does. With
 * Lettuce:
 *
 * <pre>{@code
 * AsyncScriptRunner redis = call -> {
 *   String[] keys = call.keys().toArray(String[]::new);
 *   String[] arguments = call.arguments().toArray(String[]::new);
 *   return call.isDigest()
 *       ? commands.evalsha(call.script(), ScriptOutputType.MULTI, keys, arguments)
 *       : commands.eval(call.script(), ScriptOutputType.MULTI, keys, arguments);
 * };
 * }</pre>
 *
 * <p>Set the client's time-outs, and no retries: a call that is sent twice may be charged twice.
 */
@FunctionalInterface
public interface AsyncScriptRunner {
  /**
   * Sends {@code call} once.
   *
   * @return the reply, as {@link ScriptRunner#run} has it, once it is there; or the failure
   * @throws Exception if the call could not be sent
   */
  CompletionStage<?> run(ScriptCall call) throws Exception;
}
