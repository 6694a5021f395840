package io.limiter.spec.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomGenerator;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.sessions.JqwikSession;

/** Looks for the shortest value that fails a check. The same seed finds the same. */
final class Search {
  private static final int SIZE = 1_000; // of the generator; jqwik's own default number of tries
  private static final int SHRINKS = 5_000; // attempts; a value that is near the shortest will do

  private Search() {}

  /** One of {@code values}, always the same. */
  static synchronized <T> T any(Arbitrary<T> values) {
    List<T> any = new ArrayList<>();
    run(() -> any.add(values.generator(SIZE).next(new Random(0)).value()));
    return any.get(0);
  }

  /** The complaint about the shortest value found, or "". */
  static synchronized <T> String run(
      Arbitrary<T> values,
      Consumer<T> check,
      Function<T, Stream<T>> shorter,
      long seed,
      int tries) {
    String[] complaint = {""};
    JqwikSession.Runnable search = () -> {
      Random random = new Random(seed);
      RandomGenerator<T> generator = values.generator(SIZE);
      for (int i = 0; i < tries && complaint[0].isEmpty(); i++) {
        Shrinkable<T> value = generator.next(random);
        String found = complaint(value.value(), check);
        if (!found.isEmpty()) {
          complaint[0] = shortest(value, found, check, shorter);
        }
        JqwikSession.finishTry();
      }
    };
    run(search);
    return complaint[0];
  }

  private static void run(JqwikSession.Runnable search) {
    if (JqwikSession.isActive()) {
      try {
        search.run();
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    } else {
      JqwikSession.run(search);
    }
  }

  /** Goes to the first smaller value that fails too, for as long as there is one. */
  private static <T> String shortest(
      Shrinkable<T> value, String found, Consumer<T> check, Function<T, Stream<T>> shorter) {
    Shrinkable<T> current = value;
    String complaint = found;
    int left = SHRINKS;
    boolean smaller = true;
    while (smaller) {
      smaller = false;
      try (Stream<Shrinkable<T>> candidates = current.shrink()) {
        var iterator = candidates.iterator();
        while (!smaller && left > 0 && iterator.hasNext()) {
          Shrinkable<T> candidate = iterator.next();
          if (candidate.compareTo(current) >= 0) {
            continue;
          }
          left--;
          String said = complaint(candidate.value(), check);
          if (!said.isEmpty()) {
            current = candidate;
            complaint = said;
            smaller = true;
          }
        }
      }
    }
    return shortest(current.value(), complaint, check, shorter);
  }

  /** The same once more without jqwik, which shrinks a list together with what is in it. */
  private static <T> String shortest(
      T value, String found, Consumer<T> check, Function<T, Stream<T>> shorter) {
    for (T candidate : shorter.apply(value).toList()) {
      String said = complaint(candidate, check);
      if (!said.isEmpty()) {
        return shortest(candidate, said, check, shorter);
      }
    }
    return found;
  }

  private static <T> String complaint(T t, Consumer<T> check) {
    try {
      check.accept(t);
      return "";
    } catch (AssertionError e) {
      return e.getMessage();
    } catch (RuntimeException e) {
      return t + "\n  <- " + e;
    }
  }
}
