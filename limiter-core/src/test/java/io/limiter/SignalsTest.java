package io.limiter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;

class SignalsTest {
  private static final int CHAIN = 100_000;
  private static final long SMALL_STACK = 256 << 10; // bytes

  private final List<String> ran = new ArrayList<>();

  /** Nothing may be left of one test on the thread of the next: begin answers null if it were. */
  private static void assertNothingLeft() {
    Signals outermost = Signals.begin();
    assertNotNull(outermost);
    Signals.end(outermost);
  }

  @Test
  void begin_withinAUse_answersNullUntilTheOutermostEnds() {
    Signals outermost = Signals.begin();
    assertNotNull(outermost);
    assertNull(Signals.begin());
    Signals.end(null);
    assertNull(Signals.begin());
    Signals.end(outermost);
    assertNothingLeft();
  }

  @Test
  void add_withinAUse_runsAtTheOutermostEndInOrder() {
    Signals outermost = Signals.begin();
    Signals.add(() -> ran.add("first"));
    Signals inner = Signals.begin();
    Signals.add(() -> ran.add("second"));
    Signals.end(inner);
    assertEquals(List.of(), ran);
    Signals.end(outermost);
    assertEquals(List.of("first", "second"), ran);
    assertNothingLeft();
  }

  @Test
  void add_withoutAUse_runsAtOnce() {
    Signals.add(() -> ran.add("alone"));
    assertEquals(List.of("alone"), ran);
    assertNothingLeft();
  }

  @Test
  void add_ofNull_namesTheParameter() {
    NullPointerException thrown = assertThrows(NullPointerException.class, () -> Signals.add(null));
    assertEquals("callback", thrown.getMessage());
    assertNothingLeft();
  }

  @Test
  void add_fromACallback_runsAfterItAndAfterThoseBefore() {
    Signals outermost = Signals.begin();
    Signals.add(() -> {
      ran.add("first begins");
      Signals.add(() -> ran.add("added by the first"));
      ran.add("first ends");
    });
    Signals.add(() -> ran.add("second"));
    Signals.end(outermost);
    assertEquals(List.of("first begins", "first ends", "second", "added by the first"), ran);
  }

  @Test
  void use_withinACallback_isNeverOutermost() {
    Signals.add(() -> {
      Signals inner = Signals.begin();
      assertNull(inner);
      Signals.add(() -> ran.add("inner"));
      Signals.end(inner);
      ran.add("outer");
    });
    assertEquals(List.of("outer", "inner"), ran);
  }

  @Test
  void end_runsCallbacksAfterTheLocksOfAllNestedUses() {
    ReentrantLock outer = new ReentrantLock();
    ReentrantLock inner = new ReentrantLock();
    locked(
        outer,
        () -> locked(
            inner,
            () -> Signals.add(() -> {
              assertFalse(outer.isHeldByCurrentThread());
              assertFalse(inner.isHeldByCurrentThread());
              ran.add("unlocked");
            })));
    assertEquals(List.of("unlocked"), ran);
  }

  private static void locked(ReentrantLock lock, Runnable body) {
    Signals outermost = Signals.begin();
    try {
      lock.lock();
      try {
        body.run();
      } finally {
        lock.unlock();
      }
    } finally {
      Signals.end(outermost);
    }
  }

  @Test
  void end_ofACallbackThatThrows_runsTheOthersAndRethrowsTheFirst() {
    RuntimeException first = new IllegalStateException("first");
    Error second = new StackOverflowError("second");
    Signals outermost = Signals.begin();
    Signals.add(() -> {
      throw first;
    });
    Signals.add(() -> {
      Signals.add(() -> ran.add("added by one that throws"));
      throw second;
    });
    Signals.add(() -> ran.add("third"));
    Throwable thrown = assertThrows(Throwable.class, () -> Signals.end(outermost));
    assertSame(first, thrown);
    assertArrayEquals(new Throwable[] {second}, thrown.getSuppressed());
    assertEquals(List.of("third", "added by one that throws"), ran);
    assertNothingLeft();
  }

  @Test
  void end_ofTheSameThrowableTwice_rethrowsIt() {
    RuntimeException same = new IllegalStateException("same");
    Signals outermost = Signals.begin();
    for (int i = 0; i < 2; i++) {
      Signals.add(() -> {
        throw same;
      });
    }
    assertSame(same, assertThrows(RuntimeException.class, () -> Signals.end(outermost)));
    assertEquals(0, same.getSuppressed().length);
  }

  @Test
  void end_ofACheckedException_rethrowsItAsItIs() {
    IOException checked = new IOException("checked");
    Throwable thrown = assertThrows(
        Throwable.class,
        () -> Signals.add(() -> {
          throw Signals.<RuntimeException>unchecked(checked);
        }));
    assertSame(checked, thrown);
    assertNothingLeft();
  }

  @Test
  void chainOfCallbacks_needsTheStackOfOne() throws InterruptedException {
    AtomicInteger links = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread small = new Thread(null, () -> link(links), "small stack", SMALL_STACK);
    small.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
    small.start();
    small.join();
    assertNull(failure.get());
    assertEquals(CHAIN, links.get());
  }

  private static void link(AtomicInteger links) {
    if (links.incrementAndGet() < CHAIN) {
      Signals.add(() -> link(links));
    }
  }

  @Test
  void apart_withinACallback_runsWhatItAddsAndNothingElse() {
    Signals outermost = Signals.begin();
    Signals.add(() -> {
      Signals.apart(() -> Signals.add(() -> ran.add("apart")));
      Signals.add(() -> ran.add("last"));
      ran.add("first");
    });
    Signals.add(() -> ran.add("second"));
    Signals.end(outermost);
    assertEquals(List.of("apart", "first", "second", "last"), ran);
    assertNothingLeft();
  }

  @Test
  void apart_thatThrows_leavesTheUseAsItWas() {
    Signals outermost = Signals.begin();
    assertThrows(
        IllegalStateException.class,
        () -> Signals.apart(() -> {
          throw new IllegalStateException();
        }));
    assertNull(Signals.begin());
    Signals.end(outermost);
    assertNothingLeft();
  }

  @Test
  void uses_ofTwoThreads_areApart() throws InterruptedException {
    Signals outermost = Signals.begin();
    Signals.add(() -> ran.add("mine"));
    Thread other = new Thread(() -> Signals.add(() -> ran.add("the other's")));
    other.start();
    other.join();
    assertEquals(List.of("the other's"), ran);
    Signals.end(outermost);
    assertTrue(ran.contains("mine"));
  }
}
