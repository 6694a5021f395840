package io.limiter.spec.kit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /**
   * What a search came to.
   *
   * @param complaint about the shortest value found; empty if there is none
   * @param cause what was thrown on that value, if it was not a check that failed
   */
  record Result(String complaint, Optional<Throwable> cause) {
    static final Result FINE = new Result("", Optional.empty());

    boolean isFine() {
      return complaint.isEmpty();
    }
  }

  /** One of {@code values}, always the same. */
  static synchronized <T> T any(Arbitrary<T> values) {
    List<T> any = new ArrayList<>();
    run(() -> any.add(values.generator(SIZE).next(new Random(0)).value()));
    return any.get(0);
  }

  /** What is wrong with the shortest value found. */
  static synchronized <T> Result run(
      Arbitrary<T> values,
      Consumer<T> check,
      Function<T, Stream<T>> shorter,
      long seed,
      int tries) {
    Result[] result = {Result.FINE};
    JqwikSession.Runnable search = () -> {
      Random random = new Random(seed);
      RandomGenerator<T> generator = values.generator(SIZE);
      for (int i = 0; i < tries && result[0].isFine(); i++) {
        Shrinkable<T> value = generator.next(random);
        Result found = result(value.value(), check);
        if (!found.isFine()) {
          result[0] = shortest(value, found, check, shorter);
        }
        JqwikSession.finishTry();
      }
    };
    run(search);
    return result[0];
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
  private static <T> Result shortest(
      Shrinkable<T> value, Result found, Consumer<T> check, Function<T, Stream<T>> shorter) {
    Shrinkable<T> current = value;
    Result result = found;
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
          Result said = result(candidate.value(), check);
          if (!said.isFine()) {
            current = candidate;
            result = said;
            smaller = true;
          }
        }
      }
    }
    return shortest(current.value(), result, check, shorter);
  }

  /** The same once more without jqwik, which shrinks a list together with what is in it. */
  private static <T> Result shortest(
      T value, Result found, Consumer<T> check, Function<T, Stream<T>> shorter) {
    for (T candidate : shorter.apply(value).toList()) {
      Result said = result(candidate, check);
      if (!said.isFine()) {
        return shortest(candidate, said, check, shorter);
      }
    }
    return found;
  }

  private static <T> Result result(T t, Consumer<T> check) {
    try {
      check.accept(t);
      return Result.FINE;
    } catch (AssertionError e) {
      return e.getMessage() == null || !e.getMessage().contains("\n  <- ")
          ? thrown(t, e) // by the limiter itself
          : new Result(e.getMessage(), Optional.empty());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      return thrown(t, e);
    }
  }

  private static Result thrown(Object value, Throwable cause) {
    return new Result(value + "\n  <- " + cause, Optional.of(cause));
  }
}
