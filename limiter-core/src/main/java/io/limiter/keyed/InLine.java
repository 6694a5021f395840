package io.limiter.keyed;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A caller in the line of an entry that no thread waits for. */
final class InLine {
  private InLine() {}

  /**
   * The same answer, by way of {@code tell}; what that throws is the answer then. The entry is left once it
   * was told. Who cancels the result leaves the line, or gives back what was charged meanwhile.
   */
  static <T> CompletableFuture<T> told(
      KeyEntry entry, CompletableFuture<T> inLine, UnaryOperator<T> tell, Consumer<T> giveBack) {
    CompletableFuture<T> told = new CompletableFuture<>();
    inLine.whenComplete((answer, failure) -> {
      try {
        if (failure != null) {
          told.completeExceptionally(failure);
          return;
        }
        T answered = tell.apply(answer);
        if (!told.complete(answered)) {
          giveBack.accept(answered);
        }
      } catch (RuntimeException | Error e) {
        told.completeExceptionally(e);
      } finally {
        entry.exit();
      }
    });
    told.whenComplete((answer, failure) -> {
      if (failure != null) {
        inLine.cancel(true);
      }
    });
    return told;
  }
}
