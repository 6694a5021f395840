package io.limiter.spec;

import io.limiter.Decision;
import io.limiter.ManualClock;
import io.limiter.Rate;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BinaryOperator;

/** The guarantees that only a sliding log gives, in the form of {@link Guarantees}. */
public final class LogGuarantees {
  private LogGuarantees() {}

  /**
   * In no window of length P_i, wherever it starts, are more than N_i permits admitted. An admission
   * at a reading older than an earlier one counts as that. Not for timelines with refunds.
   */
  public static void neverAdmitsMoreThanNInAnyWindow(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    eachWindow(timeline, factory, (shown, admitted) -> admitted);
  }

  /**
   * A reading older than an earlier one never admits extra: with all admissions dated by the newest
   * reading that was admitted, or all of them by the newest that was shown, no window has more than
   * N_i permits. Not for timelines with refunds.
   */
  public static void staleReadingsNeverAdmitExtra(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    try {
      eachWindow(timeline, factory, (shown, admitted) -> admitted);
    } catch (AssertionError broken) {
      eachWindow(timeline, factory, (shown, admitted) -> shown);
    }
  }

  /** Dates each admission by {@code dating} of the newest reading shown and of those admitted. */
  private static void eachWindow(
      Timeline<Setup.OfLog> timeline,
      SubjectFactory<Setup.OfLog> factory,
      BinaryOperator<BigInteger> dating) {
    List<Call> admitted = new ArrayList<>();
    List<BigInteger> shown = new ArrayList<>();
    play(timeline, factory, (call, subject, reading) -> {
      shown.add(call.at());
      if (!admits(call, subject, reading)) {
        return;
      }
      BigInteger now = dating.apply(
          Collections.max(shown),
          admitted.stream().map(Call::at).reduce(call.at(), BigInteger::max));
      admitted.add(new Call(call.verb(), now, call.permits()));
      for (Rate window : timeline.setup().windows()) {
        // A window is fullest when it ends with an admission: this one; others ended before.
        BigInteger start = now.subtract(BigInteger.valueOf(window.periodNanos()));
        BigInteger sum = admitted.stream()
            .filter(each -> each.at().compareTo(start) > 0)
            .map(each -> BigInteger.valueOf(each.permits()))
            .reduce(BigInteger.ZERO, BigInteger::add);
        require(
            sum.compareTo(BigInteger.valueOf(window.permits())) <= 0,
            timeline,
            call,
            sum + " admitted in one window of " + window);
      }
    });
  }

  /** A permit is counted 1 ns before it is one period old, and then no more. One window. */
  public static void aPermitExactlyOnePeriodOldIsOut(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    long period = timeline.setup().windows().get(0).periodNanos();
    play(timeline, factory, (call, subject, reading) -> {
      Decision before = subject.peekAt(reading, 1);
      if (!admits(call, subject, reading) || before.resetAfterNanos() > 0) {
        return;
      }
      // Nothing but this call is in the window.
      long most = timeline.setup().burst();
      if (call.at().add(BigInteger.valueOf(period)).bitLength() < Long.SIZE) {
        long left = subject.peekAt(reading + period - 1, 1).remaining();
        require(left == most - call.permits(), timeline, call, "left just before: " + left);
        long then = subject.peekAt(reading + period, 1).remaining();
        require(then == most, timeline, call, "left one period later: " + then);
      }
    });
  }

  /** Admissions are dated in order: whatever the reading, the last to leave never leaves earlier. */
  public static void timestampsNeverDecrease(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    List<BigInteger> fresh = new ArrayList<>(List.of(BigInteger.valueOf(Long.MIN_VALUE)));
    play(timeline, factory, (call, subject, reading) -> {
      if (admits(call, subject, reading)) {
        long reset = subject.peekAt(reading, 1).resetAfterNanos();
        if (reset < Decision.NEVER) {
          BigInteger then = call.at().add(BigInteger.valueOf(reset));
          BigInteger newest = fresh.get(fresh.size() - 1);
          require(then.compareTo(newest) >= 0, timeline, call, then + " after " + newest);
          fresh.add(then);
        }
      }
    });
  }

  /**
   * What was just admitted can be given back, whole; not together with what was admitted at an
   * earlier time, and then nothing changes. Readings must not decrease.
   */
  public static void refundTakesBackOnlyTheNewest(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory) {
    List<BigInteger> times = new ArrayList<>();
    play(timeline, factory, (call, subject, reading) -> {
      boolean first = !times.contains(call.at());
      Decision before = subject.peekAt(reading, 1);
      if (admits(call, subject, reading) && first) {
        Decision after = subject.peekAt(reading, 1);
        boolean more = subject.refundAt(reading, call.permits() + 1);
        require(!more, timeline, call, "more than the newest was given back");
        require(after.equals(subject.peekAt(reading, 1)), timeline, call, "changed by a refusal");
        require(
            subject.refundAt(reading, call.permits()), timeline, call, "the newest was refused");
        require(before.equals(subject.peekAt(reading, 1)), timeline, call, "not as before");
        subject.tryAcquireAt(reading, call.permits());
        times.add(call.at());
      }
    });
  }

  private interface Step {
    void take(Call call, Subject subject, long reading);
  }

  private static void play(
      Timeline<Setup.OfLog> timeline, SubjectFactory<Setup.OfLog> factory, Step step) {
    ManualClock clock = ManualClock.startingAt(timeline.origin());
    Subject subject = factory.create(timeline.setup(), clock);
    for (Call call : timeline.calls()) {
      long reading = timeline.reading(call.at());
      clock.set(reading);
      step.take(call, subject, reading);
    }
  }

  private static boolean admits(Call call, Subject subject, long reading) {
    return call.takes() && subject.tryAcquireAt(reading, call.permits());
  }

  private static void require(
      boolean holds, Timeline<Setup.OfLog> timeline, Call call, String complaint) {
    if (!holds) {
      throw new AssertionError(timeline + "\n  <- " + call + ": " + complaint);
    }
  }
}
