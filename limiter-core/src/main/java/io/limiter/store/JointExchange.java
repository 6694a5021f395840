package io.limiter.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes of several keys in one call, all or nothing. */
final class JointExchange implements StoreExchange {
  private final List<ScriptExchange> parts;

  JointExchange(List<ScriptExchange> parts) {
    this.parts = parts;
    String tag = hashTag(parts.get(0).key());
    for (ScriptExchange part : parts) {
      if (tag.isEmpty() || !hashTag(part.key()).equals(tag)) {
        throw new IllegalArgumentException("key: " + Checks.echo(part.key())
            + " (expected: the same hash tag in all keys of a call, as in {acme} and {acme}:user)");
      }
    }
    if (parts.stream().map(ScriptExchange::key).distinct().count() < parts.size()) {
      throw new IllegalArgumentException("calls: a key is there twice (expected: each key once)");
    }
  }

  /** What a cluster hashes of a key: between the first brace and the next closing one. */
  private static String hashTag(String key) {
    int open = key.indexOf('{');
    int close = key.indexOf('}', open + 1);
    return open < 0 || close < 0 ? "" : key.substring(open + 1, close);
  }

  @Override
  public ScriptCall call() {
    List<String> keys = new ArrayList<>();
    List<String> arguments = new ArrayList<>();
    arguments.add(parts.stream().allMatch(ScriptExchange::isPossible) ? "1" : "0");
    for (ScriptExchange part : parts) {
      List<String> own = part.call().arguments();
      keys.add(part.key());
      arguments.add(Integer.toString(own.size()));
      arguments.addAll(own);
    }
    return RedisScript.TAKE_ALL.byDigest(keys, arguments);
  }

  @Override
  public boolean read(@Nullable Object raw) {
    if (!(raw instanceof Collection<?> list) || list.size() != parts.size()) {
      throw ScriptReply.unexpected(raw);
    }
    List<ScriptReply> replies = list.stream().map(ScriptReply::of).toList();
    boolean passed = true;
    for (int i = 0; i < parts.size(); i++) {
      passed &= parts.get(i).isAdmittedBy(replies.get(i));
    }
    boolean done = true;
    for (int i = 0; i < parts.size(); i++) {
      done &= parts.get(i).read(replies.get(i), passed);
    }
    return done;
  }

  List<StoreDecision> decisions() {
    return parts.stream().map(ScriptExchange::decision).toList();
  }
}
