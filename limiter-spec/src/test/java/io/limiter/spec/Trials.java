package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomGenerator;

/** Guarantees and the wrong limiters that they have to catch. */
final class Trials {
  private static final long SEED = 42;
  private static final int CASES = 200;

  /** A limiter, calls of it each in a line of its own, and what is wrong then. */
  private static final Pattern TOLD = Pattern.compile("^\\S.*(\n  .*)+<- .");

  private Trials() {}

  /** A guarantee with the cases that it is checked on. */
  record Trial<C, F>(String name, List<C> cases, Check<C, F> check) {
    /** Whether it finds fault with what {@code factory} builds, and tells the calls that show it. */
    boolean catches(F factory) {
      for (C each : cases) {
        try {
          check.check(each, factory);
        } catch (AssertionError caught) {
          String said = "" + caught.getMessage();
          assertTrue(TOLD.matcher(said).find(), () -> name + " tells no calls: " + said);
          return true;
        }
      }
      return false;
    }
  }

  interface Check<C, F> {
    void check(C each, F factory);
  }

  static <C, F> Trial<C, F> trial(String name, Arbitrary<C> cases, Check<C, F> check) {
    Random random = new Random(SEED);
    RandomGenerator<C> generator = cases.generator(1_000);
    List<C> some = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      some.add(generator.next(random).value());
    }
    return new Trial<>(name, some, check);
  }

  /** Each mutant is caught by the guarantee it is filed under; the honest limiter by none. */
  static <C, F> void assertCaught(
      List<Trial<C, F>> trials, F honest, Map<String, Map<String, F>> mutants) {
    for (Trial<C, F> trial : trials) {
      assertEquals(false, trial.catches(honest), () -> trial.name + " rejects the honest limiter");
    }
    Set<String> names = trials.stream().map(Trial::name).collect(Collectors.toSet());
    assertEquals(names, mutants.keySet(), "the guarantees, and those that have a mutant");
    for (Trial<C, F> trial : trials) {
      mutants
          .get(trial.name)
          .forEach((name, mutant) ->
              assertTrue(trial.catches(mutant), () -> name + " is not caught by " + trial.name));
    }
  }
}
