package io.limiter.spec.kit;

import java.util.function.Supplier;
import org.opentest4j.TestAbortedException;

/** One guarantee, about one limiter. */
public final class Guarantee {

  /** Looks for a counterexample among {@code tries}. */
  interface Check {
    Search.Result search(long seed, int tries);
  }

  private final String name;
  private final String sentence;
  private final Supplier<Finding> excuse;
  private final Check check;

  /** An {@code excuse} that finds that the guarantee HOLDS is none. */
  Guarantee(String name, String sentence, Supplier<Finding> excuse, Check check) {
    this.name = name;
    this.sentence = sentence;
    this.excuse = excuse;
    this.check = check;
  }

  /** {@code retryAfterIsExact}. */
  public String name() {
    return name;
  }

  /** The guarantee in one sentence. */
  public String sentence() {
    return sentence;
  }

  /** Tries up to {@code tries} timelines; the same ones for the same {@code seed}. */
  public Finding find(long seed, int tries) {
    Finding excused = excuse.get();
    if (excused.kind() != Finding.Kind.HOLDS) {
      return excused;
    }
    Search.Result result = check.search(seed, tries);
    return result.complaint().isEmpty()
        ? excused
        : new Finding(Finding.Kind.BROKEN, result.complaint(), result.cause());
  }

  /**
   * The same as a test.
   *
   * @throws AssertionError if it is broken, with the shortest counterexample found and the seed
   * @throws TestAbortedException if it is not offered or not claimed
   */
  public void test(long seed, int tries) {
    Finding finding = find(seed, tries);
    switch (finding.kind()) {
      case HOLDS -> {}
      case BROKEN ->
        throw new AssertionError(
            sentence + "\n  " + finding.detail() + "\n  seed " + seed + ", tries " + tries,
            finding.cause().orElse(null));
      case NOT_OFFERED ->
        throw new TestAbortedException(name + ": not offered: " + finding.detail());
      case NOT_CLAIMED ->
        throw new TestAbortedException(name + ": not claimed: " + finding.detail());
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
