package io.limiter.store;

import io.limiter.store.StoredValue.Tail;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The scripts of {@link RedisScript} again, in Java: for stores that run it beside the value. */
final class LocalScript {
  private static final long CALLERS_LAG_MILLIS = 60_000; // how far callers' clocks may lag

  private final List<String> arguments;
  private final String stored; // empty: absent
  private final boolean own; // whose clock counts: the store's, or a caller's
  private final long now;

  private LocalScript(ScriptCall call, String stored, long clockMicros) {
    this.arguments = call.arguments();
    this.stored = stored;
    this.own = arguments.get(0).isEmpty();
    this.now = own ? clockMicros : number(0);
  }

  static ScriptResult run(ScriptCall call, String stored, long clockMicros) {
    if (call.keys().size() != 1) {
      throw new IllegalStateException("ERR several keys in one call need Redis");
    }
    LocalScript script = new LocalScript(call, stored, clockMicros);
    try {
      if (call.script().equals(RedisScript.TAKE.digest())) {
        return script.take();
      }
      if (call.script().equals(RedisScript.LOWER.digest())) {
        return script.lower();
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("ERR the key holds a value that no limiter stored", e);
    }
    throw new IllegalStateException("ERR the store runs another version of this library");
  }

  private long number(int at) {
    return Long.parseLong(arguments.get(at));
  }

  private Pair pair(int at) {
    return new Pair(number(at), number(at + 1));
  }

  /** {@code now} and a pair of the arguments. */
  private Pair fromNow(int at) {
    return new Pair(now + number(at), number(at + 1));
  }

  private ScriptResult otherLimits(String value) {
    return new ScriptResult(List.of(ScriptReply.OTHER_LIMITS, now, value), "", 0);
  }

  private ScriptResult take() {
    boolean may = !arguments.get(1).equals("0");
    boolean repriced = !stored.isEmpty() && stored.equals(arguments.get(4));
    String from = repriced ? arguments.get(5) : stored;
    String id = arguments.get(2);
    if (!from.isEmpty() && !StoredValue.idOf(from).equals(id)) {
      return otherLimits(from);
    }
    int rates = (int) number(6);
    StoredValue value =
        from.isEmpty() ? StoredValue.absent(id, rates) : StoredValue.parse(from, rates);
    Pair[] words = value.words().clone();
    long version = Math.max(value.version(), number(3));
    if (version > value.version()) { // the store lost what this caller saw: it is reminded
      for (int i = 0; i < rates; i++) {
        words[i] = words[i].max(pair(9 * i + 10));
      }
    }
    Optional<Tail> kept = value.tailAt(now);
    Optional<Tail> tail = own ? cut(words, kept) : kept;
    boolean write = may && (repriced || tail != kept);
    boolean admitted = true;
    for (int i = 0; i < rates; i++) {
      admitted &= words[i].compareTo(fromNow(9 * i + 14)) <= 0;
    }
    if (arguments.get(1).equals("1") && admitted) {
      write = true;
      for (int i = 0; i < rates; i++) {
        words[i] = words[i].max(StoredRate.at(now)).plus(pair(9 * i + 12), number(9 * i + 7));
      }
    }
    StoredValue next = new StoredValue(id, write ? version + 1 : version, words, tail);
    List<Object> reply = new ArrayList<>(List.of(admitted ? 1L : 0L, now, next.version()));
    addTo(reply, words);
    tail.ifPresent(each -> {
      reply.add(each.since());
      addTo(reply, each.lowered());
    });
    return result(reply, next, write);
  }

  /** A clock that stepped back: words are cut to those of an empty bucket as of now. */
  private Optional<Tail> cut(Pair[] words, Optional<Tail> tail) {
    Optional<Tail> result = tail;
    for (int i = 0; i < words.length; i++) {
      Pair most = fromNow(9 * i + 8);
      if (words[i].compareTo(most) > 0) {
        Tail before = result.orElse(new Tail(0, now, StoredValue.zeros(words.length)));
        Pair[] lowered = before.lowered().clone();
        long step = words[i].micros() - most.micros() + 1;
        lowered[i] = new Pair(
            Math.min(lowered[i].micros() + step, StoredRate.LIMIT_MICROS), lowered[i].parts());
        long till = Math.max(before.till(), words[i].micros() + 1);
        result = Optional.of(new Tail(till, before.since(), lowered));
        words[i] = most;
      }
    }
    return result;
  }

  private ScriptResult lower() {
    List<Object> nothing = List.of(0L, now);
    if (stored.isEmpty()) {
      return new ScriptResult(nothing, "", 0);
    }
    if (!StoredValue.idOf(stored).equals(arguments.get(1))) {
      return otherLimits(stored);
    }
    int rates = (int) number(4);
    StoredValue value = StoredValue.parse(stored, rates);
    boolean gift = arguments.get(2).isEmpty();
    if (!gift && number(2) > value.version()) {
      return new ScriptResult(nothing, "", 0); // the store lost the charge
    }
    Tail tail = value.tailAt(now).orElse(new Tail(0, now, StoredValue.zeros(rates)));
    Pair[] words = value.words().clone();
    Pair[] lowered = tail.lowered().clone();
    boolean changed = false;
    for (int i = 0; i < rates; i++) {
      int at = 7 * i + 5;
      long n = number(at);
      Pair back = words[i].minus(StoredRate.at(now), n).max(Pair.ZERO);
      if (!gift) { // what the charge still weighs
        Pair weight = pair(at + 3).minus(StoredRate.at(now), n).minus(lowered[i], n);
        if (tail.since() == number(3)) {
          weight = weight.plus(pair(at + 5), n);
        }
        back = back.min(weight.max(Pair.ZERO));
      }
      back = back.min(pair(at + 1));
      changed |= back.compareTo(Pair.ZERO) > 0;
      words[i] = words[i].minus(back, n);
      lowered[i] = lowered[i].plus(back, n);
      if (lowered[i].micros() >= StoredRate.LIMIT_MICROS) {
        return new ScriptResult(nothing, "", 0);
      }
    }
    long till = Math.max(tail.till(), StoredValue.highest(value.words()));
    StoredValue next = new StoredValue(
        value.id(), value.version() + 1, words, Optional.of(new Tail(till, tail.since(), lowered)));
    return result(changed ? List.of(1L, now) : nothing, next, changed);
  }

  private ScriptResult result(List<Object> reply, StoredValue next, boolean write) {
    // In ms, rounded up; one more, as the store may count from before it read its clock for us.
    long live = Math.max(Math.floorDiv(next.forgetAt() - now, 1_000L), 0) + 2;
    live += own ? 0 : CALLERS_LAG_MILLIS;
    return new ScriptResult(List.copyOf(reply), write ? next.text() : "", write ? live : 0);
  }

  private static void addTo(List<Object> reply, Pair[] pairs) {
    for (Pair pair : pairs) {
      reply.add(pair.micros());
      reply.add(pair.parts());
    }
  }
}
