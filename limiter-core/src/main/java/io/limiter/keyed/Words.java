package io.limiter.keyed;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.GcraMath;
import io.limiter.NanoClock;
import io.limiter.Rate;
import io.limiter.RuleStatus;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What some rates do to the words of a slot: charge, give back, explain. A method that meets a frozen
 * word, or a reading that is too far from an origin, says so; then its caller has to replace the
 * array. Immutable.
 */
final class Words {
  /** From {@link #take} and others: every rate was charged. */
  static final int ADMITTED = -1;

  /** From {@link #take} and others: undecided, as the array was replaced or has to be. */
  static final int MOVED = -2;

  // From charge, where it answers no word.
  private static final long MOVED_WORD = Long.MIN_VALUE;
  private static final long DENYING = 1L << 62; // ticks taken from the word that denied

  /** Takes back what a call charged before another rate denied it, wherever its words are now. */
  interface Rollback {
    /** Takes back the charge of the ith rate at {@code nanoTime}, which left {@code backlog} ticks. */
    void uncharge(
        WordArray charged, Object key, long hash, int i, long nanoTime, long permits, long backlog);
  }

  private final KeyRate[] rates;

  Words(KeyRate[] rates) {
    this.rates = rates;
  }

  /** How many words a slot has; 0 if the limits need more than words. */
  int size() {
    return rates.length;
  }

  /** The ith rate. */
  KeyRate rate(int i) {
    return rates[i];
  }

  private long since(WordArray a, int i, long nanoTime) {
    return rates[i].since(a.origin(i), nanoTime);
  }

  /** The word of the ith rate, frozen or not; that of a slot that was not used if slot is negative. */
  private long word(WordArray a, int slot, int i) {
    if (slot < 0) {
      return a.initial[i];
    }
    long word = a.word(slot * rates.length + i);
    return word == WordArray.UNDECIDED ? a.initial[i] : WordArray.thawed(word);
  }

  // Charging.

  /** Charges all rates and answers ADMITTED; or none, and answers MOVED or the index that denied. */
  int take(
      WordArray a,
      int slot,
      Object key,
      long hash,
      long nanoTime,
      long permits,
      Rollback rollback) {
    if (rates.length == 1) {
      return verdict(charge(a, slot, 0, nanoTime, permits), 0);
    }
    int verdict = ask(a, slot, nanoTime, permits);
    return verdict == ADMITTED
        ? chargeFrom(0, a, slot, key, hash, nanoTime, permits, rollback)
        : verdict;
  }

  /** As {@link #take}, explained; null if MOVED. */
  @Nullable
  Decision decide(
      WordArray a,
      int slot,
      Object key,
      long hash,
      long nanoTime,
      long permits,
      Rollback rollback) {
    if (rates.length == 1) {
      long charged = charge(a, slot, 0, nanoTime, permits);
      return charged == MOVED_WORD ? null : decision(a, charged, nanoTime, permits);
    }
    int verdict = take(a, slot, key, hash, nanoTime, permits, rollback);
    return verdict == MOVED ? null : decision(verdict, explain(a, slot, nanoTime, permits));
  }

  /**
   * Asks all rates and charges none: ADMITTED if they all admit; else MOVED, or the index of one that
   * denies.
   */
  private int ask(WordArray a, int slot, long nanoTime, long permits) {
    for (int i = 0; i < rates.length; i++) {
      long word = a.word(slot * rates.length + i);
      if (rates[i].math.next(word, since(a, i, nanoTime), permits) == GcraMath.DENIED) {
        return WordArray.isFrozen(word) ? MOVED : i;
      }
    }
    return ADMITTED;
  }

  /** Whether a slot that was not used would be denied. */
  boolean denyUnused(WordArray a, long nanoTime, long permits) {
    for (int i = 0; i < rates.length; i++) {
      if (rates[i].math.next(a.initial[i], since(a, i, nanoTime), permits) == GcraMath.DENIED) {
        return true;
      }
    }
    return false;
  }

  /** As {@link #take} for the rates from {@code i} on, without asking first. */
  int chargeFrom(
      int i,
      WordArray a,
      int slot,
      Object key,
      long hash,
      long nanoTime,
      long permits,
      Rollback rollback) {
    if (i == rates.length) {
      return ADMITTED;
    }
    long charged = charge(a, slot, i, nanoTime, permits);
    int verdict = verdict(charged, i);
    if (verdict != ADMITTED) {
      return verdict;
    }
    verdict = chargeFrom(i + 1, a, slot, key, hash, nanoTime, permits, rollback);
    if (verdict != ADMITTED) {
      long backlog = rates[i].math.backlog(charged, since(a, i, nanoTime));
      rollback.uncharge(a, key, hash, i, nanoTime, permits, backlog);
    }
    return verdict;
  }

  /**
   * The one loop that admits. Answers the word after the admission; or a value below FRESH: the word
   * that denied, less DENYING; or MOVED_WORD.
   */
  private long charge(WordArray a, int slot, int i, long nanoTime, long permits) {
    KeyRate rate = rates[i];
    int at = slot * rates.length + i;
    long units = rate.since(a.origin(i), nanoTime);
    while (true) {
      long word = a.word(at);
      long next = rate.math.next(word, units, permits);
      if (next == GcraMath.DENIED) {
        return WordArray.isFrozen(word) ? MOVED_WORD : word - DENYING;
      }
      if (next == GcraMath.REBASE) {
        return MOVED_WORD;
      }
      if (a.casWord(at, word, next)) {
        return next;
      }
    }
  }

  private static int verdict(long charged, int i) {
    return charged >= GcraMath.FRESH ? ADMITTED : charged == MOVED_WORD ? MOVED : i;
  }

  // Giving back.

  /**
   * Takes back a charge of the ith rate at {@code nanoTime}, which left {@code backlog} ticks. The
   * clock is read after the word: see Gcra. False, with nothing done, if the word is frozen.
   */
  boolean uncharge(
      WordArray a, int slot, int i, long nanoTime, long permits, long backlog, NanoClock clock) {
    KeyRate rate = rates[i];
    int at = slot * rates.length + i;
    while (true) {
      long word = a.word(at);
      if (WordArray.isFrozen(word)) {
        return false;
      }
      long elapsed = Math.max(rate.units(clock.nanoTime()) - rate.units(nanoTime), 0);
      long units = rate.since(a.origin(i), nanoTime) + elapsed;
      long next = rate.math.uncharge(word, units, permits, backlog, elapsed);
      if (next == word || a.casWord(at, word, next)) {
        return true;
      }
    }
  }

  /** How many permits a rate restores at most in so many ns. */
  long drained(long nanos) {
    long most = 0;
    for (KeyRate rate : rates) {
      most = Math.max(most, rate.restores(nanos));
    }
    return most;
  }

  /**
   * Gives permits back to the rates from {@code i} on. Answers the first rate whose word is frozen, to
   * go on with once the array is replaced; {@link #size()} if there is none.
   */
  int refundFrom(int i, WordArray a, int slot, long nanoTime, long permits) {
    for (int n = i; n < rates.length; n++) {
      int at = slot * rates.length + n;
      long word;
      long next;
      do {
        word = a.word(at);
        if (WordArray.isFrozen(word)) {
          return n;
        }
        next = rates[n].math.refund(word, since(a, n, nanoTime), permits);
      } while (next != word && !a.casWord(at, word, next));
    }
    return rates.length;
  }

  // Explaining.

  /** The decision of a single rate, as {@link #charge} answered it. */
  private Decision decision(WordArray a, long charged, long nanoTime, long permits) {
    KeyRate rate = rates[0];
    boolean admitted = charged >= GcraMath.FRESH;
    long word = admitted ? charged : charged + DENYING;
    long units = since(a, 0, nanoTime);
    long remaining = rate.math.remaining(word, units);
    long wait = admitted ? 0 : rate.math.retryAfterNanos(word, units, permits);
    long reset = rate.math.resetAfterNanos(word, units);
    return new Decision(
        admitted,
        remaining,
        rate.nanos(wait, nanoTime),
        rate.nanos(reset, nanoTime),
        admitted ? -1 : 0);
  }

  /** As AllOf: a call that lost a race which is over when it is explained waits 1 ns. */
  private static Decision decision(int verdict, Decision after) {
    if (verdict == ADMITTED) {
      return new Decision(true, after.remaining(), 0, after.resetAfterNanos(), -1);
    }
    return after.admitted()
        ? new Decision(false, after.remaining(), 1, after.resetAfterNanos(), verdict)
        : after;
  }

  /** What all rates say together, without charging any. */
  Decision explain(WordArray a, int slot, long nanoTime, long permits) {
    long remaining = Long.MAX_VALUE;
    long reset = 0;
    long longestWait = 0;
    int deniedBy = -1;
    for (int i = 0; i < rates.length; i++) {
      KeyRate rate = rates[i];
      long word = word(a, slot, i);
      long units = since(a, i, nanoTime);
      remaining = Math.min(remaining, rate.math.remaining(word, units));
      reset = Math.max(reset, rate.nanos(rate.math.resetAfterNanos(word, units), nanoTime));
      long wait = rate.nanos(rate.math.retryAfterNanos(word, units, permits), nanoTime);
      if (wait > longestWait) {
        longestWait = wait;
        deniedBy = i;
      }
    }
    return new Decision(deniedBy < 0, remaining, longestWait, reset, deniedBy);
  }

  /** What each rate says after {@code decision}, without charging any. */
  DetailedDecision inDetail(WordArray a, int slot, long nanoTime, long permits, Decision decision) {
    long share = Math.max(permits, 1);
    RuleStatus[] each = new RuleStatus[rates.length];
    for (int i = 0; i < rates.length; i++) {
      KeyRate rate = rates[i];
      long word = word(a, slot, i);
      long units = since(a, i, nanoTime);
      each[i] = RuleStatus.of(
          rate.math.remaining(word, units),
          share,
          rate.nanos(rate.math.retryAfterNanos(word, units, share), nanoTime),
          rate.nanos(rate.math.resetAfterNanos(word, units), nanoTime));
    }
    return detailed(decision, List.of(each));
  }

  /** The decision of a key that may have been changed since: other rules answer then. */
  static DetailedDecision detailed(Decision decision, List<RuleStatus> rules) {
    return new DetailedDecision(decision, Math.min(decision.deniedBy(), rules.size() - 1), rules);
  }

  /** Whether a slot was never charged, nor any key that was forgotten here. */
  boolean isUnused(WordArray a, int slot) {
    for (int i = 0; i < rates.length; i++) {
      if (word(a, slot, i) != GcraMath.FRESH) {
        return false;
      }
    }
    return true;
  }

  /**
   * Charges the ith rate what {@code level} was {@code elapsed} ns before the reading, and is still; no more
   * than the burst. False if MOVED.
   */
  boolean restore(WordArray a, int slot, int i, Level level, long nanoTime, long elapsed) {
    KeyRate rate = rates[i];
    long then = word(a, i, nanoTime - elapsed, level.ticks(rate.ticks, rate.math.burst()));
    long units = since(a, i, nanoTime);
    long more = Math.max(rate.math.backlog(then, units), 0);
    int at = slot * rates.length + i;
    long word;
    long next;
    do {
      word = a.word(at);
      if (WordArray.isFrozen(word)) {
        return false;
      }
      long all = Math.max(rate.math.backlog(word, units), 0) + more;
      next = word(a, i, nanoTime, Math.min(all, rate.math.burst() * rate.ticks));
    } while (more > 0 && !a.casWord(at, word, next));
    return true;
  }

  boolean areFresh(WordArray a, int slot, long nanoTime) {
    for (int i = 0; i < rates.length; i++) {
      if (rates[i].math.backlog(word(a, slot, i), since(a, i, nanoTime)) > 0) {
        return false;
      }
    }
    return true;
  }

  long resetAfterNanos(WordArray a, int slot, long nanoTime) {
    long reset = 0;
    for (int i = 0; i < rates.length; i++) {
      long wait = rates[i].math.resetAfterNanos(word(a, slot, i), since(a, i, nanoTime));
      reset = Math.max(reset, rates[i].nanos(wait, nanoTime));
    }
    return reset;
  }

  // Making other arrays. They are not published yet.

  /** One slot with fresh words, for readings near {@code nanoTime}. */
  WordArray fresh(long nanoTime) {
    long[] words = new long[rates.length];
    long[] origins = new long[rates.length];
    for (int i = 0; i < rates.length; i++) {
      words[i] = GcraMath.FRESH;
      origins[i] = rates[i].units(nanoTime);
    }
    return new WordArray(1, false, words, origins);
  }

  /** By how many units each origin is to be moved, for an array that is made at the reading. */
  long[] moves(WordArray a, long nanoTime) {
    long[] moves = new long[rates.length];
    for (int i = 0; i < moves.length; i++) {
      moves[i] = rates[i].move(since(a, i, nanoTime));
    }
    return moves;
  }

  /** The origins of an array, moved. */
  long[] origins(WordArray a, long[] moves) {
    long[] origins = new long[moves.length];
    for (int i = 0; i < moves.length; i++) {
      origins[i] = a.origin(i) + moves[i];
    }
    return origins;
  }

  /** The words of a slot, as seen from origins that are moved. */
  long[] words(WordArray a, int slot, long[] moves) {
    long[] words = new long[moves.length];
    for (int i = 0; i < moves.length; i++) {
      words[i] = rates[i].math.rebase(word(a, slot, i), moves[i]);
    }
    return words;
  }

  /** Copies the words of a slot to an array with origins that are moved. */
  void copy(WordArray a, int slot, WordArray next, int nextSlot, long[] moves) {
    for (int i = 0; i < moves.length; i++) {
      next.words[nextSlot * moves.length + i] = rates[i].math.rebase(word(a, slot, i), moves[i]);
    }
  }

  /** Raises floors, one per rate, to the words of a key that is forgotten. */
  void raise(long[] floors, WordArray a, int slot) {
    for (int i = 0; i < floors.length; i++) {
      floors[i] = Math.max(floors[i], word(a, slot, i));
    }
  }

  /** Raises floors, one per rate, to the TAT of a key that is fresh from the reading on. */
  void raise(long[] floors, WordArray a, long nanoTime) {
    for (int i = 0; i < floors.length; i++) {
      floors[i] = Math.max(floors[i], word(a, i, nanoTime, 0));
    }
  }

  // Levels.

  /** What a {@link io.limiter.Snapshot} says of all rates. */
  String snapshot(WordArray a, int slot, long nanoTime, long anchor) {
    StringBuilder levels = new StringBuilder();
    for (int i = 0; i < rates.length; i++) {
      levels.append(i == 0 ? "" : " | ").append(snapshot(a, slot, i, nanoTime, anchor));
    }
    return levels.toString();
  }

  private String snapshot(WordArray a, int slot, int i, long nanoTime, long anchor) {
    Rate rate = rates[i].rule().rate();
    BigInteger spent = BigInteger.valueOf(
        Math.max(rates[i].math.backlog(word(a, slot, i), since(a, i, nanoTime)), 0));
    BigInteger unit = BigInteger.valueOf(rates[i].ticks);
    BigInteger common = spent.gcd(unit);
    String text = rate.permits() + "/" + rate.periodNanos() + " burst " + rates[i].math.burst()
        + " spent " + spent.divide(common) + "/" + unit.divide(common);
    return rates[i].countsNanos()
        ? "rate " + text + " pause 0"
        : "steps " + text + " age " + (nanoTime - anchor) + " pause 0";
  }

  /** What is missing from the burst of the ith rate. */
  Level level(WordArray a, int slot, int i, long nanoTime) {
    long backlog = rates[i].math.backlog(word(a, slot, i), since(a, i, nanoTime));
    return Level.of(Math.max(backlog, 0), rates[i].ticks);
  }

  /** Sets the word of the ith rate, in an array that is not published yet. */
  void setLevel(WordArray a, int slot, int i, Level level, long nanoTime) {
    KeyRate rate = rates[i];
    long ticks = level.ticks(rate.ticks, rate.math.burst());
    a.words[slot * rates.length + i] = ticks == 0 ? GcraMath.FRESH : word(a, i, nanoTime, ticks);
  }

  /** The word whose TAT is so many ticks after the reading. */
  private long word(WordArray a, int i, long nanoTime, long ticks) {
    GcraMath math = rates[i].math;
    return math.rebase(ticks, -math.rebaseNanos(since(a, i, nanoTime)));
  }
}
