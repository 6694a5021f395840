package io.limiter.store;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Stores that are wrong in one way each: {@link StoreTimeline} has to catch every one of them. */
final class StoreMutants {
  private StoreMutants() {}

  /** Each wrong store by what is wrong with it. */
  static Map<String, Supplier<StoreEngine>> all() {
    Map<String, Supplier<StoreEngine>> all = new TreeMap<>();
    all.put("words are floating-point numbers", () -> new Rewriting(StoreMutants::asDoubles));
    all.put(
        "words are whole microseconds", () -> new Rewriting(words -> words(words, Pair::micros)));
    all.put(
        "words are rounded up to microseconds",
        () -> new Rewriting(words -> words(words, Pair::ceil)));
    all.put("a denial charges", ChargesDenials::new);
    all.put("the first rate is charged although the second denied", ChargesTheFirstRate::new);
    all.put("expiry is rounded down to milliseconds", ForgetsEarly::new);
    all.put("what was given back is not counted", ForgetsWhatWasGivenBack::new);
    all.put("a key that is fresh after a give-back is removed", RemovesTheKey::new);
    all.put("changed limits keep the word", KeepsTheWord::new);
    all.put("changed limits begin fresh", BeginsFresh::new);
    all.put("the earlier revision changes the limits back", ChangesBack::new);
    all.put("a charge is given back in full", GivesBackInFull::new);
    return all;
  }

  private interface ToMicros {
    long of(Pair pair);
  }

  private static Pair[] words(Pair[] words, ToMicros micros) {
    return Arrays.stream(words).map(word -> new Pair(micros.of(word), 0)).toArray(Pair[]::new);
  }

  /** Seconds since 1970 as a double, as many scripts keep them. */
  private static Pair[] asDoubles(Pair[] words) {
    return words(words, word -> (long) (word.micros() / 1e6 * 1e6));
  }

  private static StoredValue parsed(StoreLimits limits, String stored) {
    return StoredValue.parse(stored, limits.stored(stored).rates().length);
  }

  /** Rewrites the words that a step stores. */
  private static final class Rewriting extends PureEngine {
    private final UnaryOperator<Pair[]> words;

    Rewriting(UnaryOperator<Pair[]> words) {
      this.words = words;
    }

    @Override
    void keep(StoreLimits limits, long now, StoreStep step) {
      super.keep(limits, now, step);
      if (step.changed()) {
        StoredValue value = parsed(limits, stored);
        stored = new StoredValue(
                value.id(), value.version(), words.apply(value.words()), value.tail())
            .text();
      }
    }
  }

  private static class ChargesDenials extends PureEngine {
    @Override
    void keep(StoreLimits limits, long now, StoreStep step) {
      super.keep(limits, now, step);
      if (!step.admitted() && !stored.isEmpty()) {
        StoreLimits ruling = limits.stored(stored);
        StoredValue value = parsed(limits, stored);
        Pair[] words = value.words().clone();
        int first = charge(ruling, words, now);
        stored = new StoredValue(value.id(), value.version() + first, words, value.tail()).text();
      }
    }

    int charge(StoreLimits ruling, Pair[] words, long now) {
      words[0] = ruling.rates()[0].charged(words[0], now, 1);
      return 1;
    }
  }

  private static final class ChargesTheFirstRate extends ChargesDenials {
    @Override
    int charge(StoreLimits ruling, Pair[] words, long now) {
      boolean admits = words.length > 1 && ruling.rates()[0].admits(words[0], now, 1);
      return admits ? super.charge(ruling, words, now) : 0;
    }
  }

  private static final class ForgetsEarly extends PureEngine {
    @Override
    void forget(long now) {
      if (now / 1000 >= forgetAt / 1000) {
        stored = "";
      }
    }
  }

  private static final class ForgetsWhatWasGivenBack extends PureEngine {
    @Override
    void keep(StoreLimits limits, long now, StoreStep step) {
      super.keep(limits, now, step);
      if (step.changed()) {
        StoredValue value = parsed(limits, stored);
        stored =
            new StoredValue(value.id(), value.version(), value.words(), Optional.empty()).text();
      }
    }
  }

  private static final class RemovesTheKey extends PureEngine {
    @Override
    void lowered(long now) {
      String[] parts = stored.split(" ");
      if (Long.parseLong(parts[2]) <= now) {
        stored = "";
      }
    }
  }

  /** Puts the words of the earlier limits under the name of the later ones. */
  private static class KeepsTheWord extends PureEngine {
    @Override
    public StoreDecision decide(StoreLimits limits, long now, long permits, boolean take) {
      if (!stored.isEmpty() && limits.revision() > limits.stored(stored).revision()) {
        StoredValue value = parsed(limits, stored);
        Pair[] words = Arrays.copyOf(words(value, limits), limits.rates().length);
        for (int i = 0; i < words.length; i++) {
          words[i] = words[i] == null ? Pair.ZERO : new Pair(words[i].micros(), 0);
        }
        stored = new StoredValue(limits.id(), value.version(), words, Optional.empty()).text();
      }
      return super.decide(limits, now, permits, take);
    }

    Pair[] words(StoredValue value, StoreLimits limits) {
      return value.words();
    }
  }

  private static final class BeginsFresh extends KeepsTheWord {
    @Override
    Pair[] words(StoredValue value, StoreLimits limits) {
      return StoredValue.absent(limits.id(), limits.rates().length).words();
    }
  }

  private static final class ChangesBack extends PureEngine {
    @Override
    public StoreDecision decide(StoreLimits limits, long now, long permits, boolean take) {
      forget(now);
      if (!stored.isEmpty()) {
        StoreLimits newest =
            StoreLimits.of(limits.limits(), limits.stored(stored).revision() + 1);
        return super.decide(newest, now, permits, take);
      }
      return super.decide(limits, now, permits, take);
    }
  }

  private static final class GivesBackInFull extends PureEngine {
    @Override
    public void giveBack(StoreLimits limits, long now, StoreDecision charge, long permits) {
      refund(limits, now, permits);
    }
  }
}
