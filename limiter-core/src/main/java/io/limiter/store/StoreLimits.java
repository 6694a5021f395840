package io.limiter.store;

import io.limiter.Decision;
import io.limiter.LevelPolicy;
import io.limiter.Rate;
import io.limiter.rule.Limits;
import io.limiter.rule.Limits.Algorithm;
import io.limiter.rule.Limits.Rule;
import io.limiter.store.StoredValue.Tail;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Limits for any store that can replace a value only if it is still the one that was seen: pure functions
 * from a stored text, a reading and a number of permits to an answer and the next text.
 *
 * <p><b>Guarantee</b> for each rate, if the clocks of all callers are at most d apart: in any interval of
 * length w at most {@code B + floor((w+d)*N/P)} permits are admitted. With one clock d is 0. The verdict,
 * remaining and waits are those of exact rational arithmetic for every rate and any number of rates.
 *
 * <pre>{@code
 * StoreLimits limits = StoreLimits.of(Limits.parse("100/minute, 1000/hour"));
 * while (true) {
 *   String stored = map.getOrDefault(key, "");
 *   StoreStep step = limits.step(stored, microsSince1970, 1);
 *   boolean done = !step.changed()
 *       || (stored.isEmpty()
 *           ? map.putIfAbsent(key, step.value()) == null
 *           : map.replace(key, stored, step.value()));
 *   if (done) {
 *     return step.admitted();
 *   }
 * }
 * }</pre>
 *
 * <p>A denial changes nothing, so it needs no write. A value may be forgotten from {@link
 * StoreStep#forgetAtMicros()} on, by the latest of the callers' clocks. All rates of the limits are in one
 * value, so a call for several rates is admitted by all of them or charged to none.
 *
 * <p><b>Changed limits.</b> The limits are part of the value, with a revision. Where the value has an earlier
 * revision, the next step reprices it: what was spent stays spent ({@link LevelPolicy#SPENT}), and a rule
 * goes on as {@link Limits#counterpartsIn} says. Where the value has the same or a later revision of other
 * limits, those decide. So callers of two revisions do not change a value back and forth; give every change
 * of a limit a greater revision. Without one, other limits apply from when the key is fresh.
 *
 * <p>Not offered: a sliding log, a fixed window and a concurrency, as they need other state.
 *
 * <p>Cost: O(rates) and some hundred bytes per call; a value takes about 40 characters, and 33 more per
 * further rate. Immutable.
 */
public final class StoreLimits {
  private static final long MAX_REVISION = 999_999_999;

  private final Limits limits;
  private final long revision;
  private final StoredRate[] rates;
  private final String id; // revision;N/P/B,N/P/B: no space

  private StoreLimits(Limits limits, long revision, StoredRate[] rates) {
    this.limits = limits;
    this.revision = revision;
    this.rates = rates;
    StringBuilder text = new StringBuilder(48).append(revision);
    for (int i = 0; i < rates.length; i++) {
      text.append(i == 0 ? ';' : ',');
      text.append(rates[i].permits).append('/').append(rates[i].periodNanos);
      text.append('/').append(rates[i].burst);
    }
    this.id = text.toString();
  }

  /**
   * {@code limits} of the revision 0.
   *
   * @throws UnsupportedOperationException if a rule is none that a store can hold; the message says what to
   *     use instead
   * @throws IllegalArgumentException if a burst takes more than 142 years to refill
   */
  public static StoreLimits of(Limits limits) {
    return of(limits, 0);
  }

  /**
   * {@code limits} of a revision: a number that grows with each change of them.
   *
   * @throws UnsupportedOperationException if a rule is none that a store can hold; the message says what to
   *     use instead
   * @throws IllegalArgumentException if a burst takes more than 142 years to refill, or the revision is not
   *     in 0..999999999
   */
  public static StoreLimits of(Limits limits, long revision) {
    Objects.requireNonNull(limits, "limits");
    Checks.within("revision", revision, 0, MAX_REVISION);
    return new StoreLimits(
        limits,
        revision,
        limits.rules().stream()
            .map(StoreLimits::offered)
            .map(StoredRate::of)
            .toArray(StoredRate[]::new));
  }

  private static Rule offered(Rule rule) {
    if (rule.algorithm() == Algorithm.GCRA || rule.algorithm() == Algorithm.TOKEN_BUCKET) {
      return rule;
    }
    String instead = switch (rule.algorithm()) {
      case SLIDING_LOG ->
        "its log does not fit one value; use " + rule.rate() + " burst 1 for even spacing, or "
            + rule.rate() + ", which admits at most twice the count in a period";
      case FIXED_WINDOW ->
        "it counts in windows; use " + rule.rate() + ", which also admits at most twice the count"
            + " in a period";
      default ->
        "its permits must be given back even if a process dies; use a Gate in each process with a"
            + " share of the limit";
    };
    throw new UnsupportedOperationException(
        "rule " + rule + ": a store cannot hold it, as " + instead);
  }

  /** The limits. */
  public Limits limits() {
    return limits;
  }

  /** The revision of the limits. */
  public long revision() {
    return revision;
  }

  StoredRate[] rates() {
    return rates;
  }

  String id() {
    return id;
  }

  /** Whether each call has the same verdict, so that there is nothing to store. */
  boolean isFixed() {
    return rates.length == 0;
  }

  /**
   * Takes {@code permits} or none.
   *
   * @param stored the text that the store has; empty if it has none
   * @param nowMicros the reading, in microseconds since 1970
   * @throws IllegalArgumentException if permits is negative, the reading is before 1970 or after 2112, or no
   *     limiter wrote the text
   */
  public StoreStep step(String stored, long nowMicros, long permits) {
    return decide(stored, nowMicros, permits, true);
  }

  /**
   * What {@code permits} would be told. Takes nothing: {@link StoreStep#changed()} is false.
   *
   * @param stored the text that the store has; empty if it has none
   * @param nowMicros the reading, in microseconds since 1970
   * @throws IllegalArgumentException as {@link #step}
   */
  public StoreStep peek(String stored, long nowMicros, long permits) {
    return decide(stored, nowMicros, permits, false);
  }

  private StoreStep decide(String stored, long now, long permits, boolean take) {
    checkReading(now);
    Checks.permits(permits);
    Objects.requireNonNull(stored, "stored");
    if (isFixed()) {
      boolean admitted = limits.isUnlimited();
      StoreDecision verdict = StoreDecision.fixed("", admitted, Decision.NEVER, limits);
      return new StoreStep(verdict, stored, false, 0);
    }
    StoreLimits ruling = rulingOver(stored);
    StoredValue value = ruling.valueOf(stored, now);
    boolean repriced = !stored.isEmpty() && !StoredValue.idOf(stored).equals(ruling.id);
    boolean admitted = ruling.admits(value.words(), now, permits);
    boolean charge = take && admitted && permits > 0;
    if (!charge && !(take && repriced)) {
      StoreDecision answer =
          StoreDecision.of("", ruling, admitted, now, value.words(), permits, Receipt.NONE);
      return new StoreStep(answer, stored, false, stored.isEmpty() ? 0 : value.forgetAt());
    }
    Pair[] words = charge ? ruling.charged(value.words(), now, permits) : value.words();
    StoredValue next = new StoredValue(ruling.id, value.version() + 1, words, value.tailAt(now));
    Receipt receipt = charge ? Receipt.of(next, permits) : Receipt.NONE;
    StoreDecision answer = StoreDecision.of("", ruling, admitted, now, words, permits, receipt);
    return new StoreStep(answer, next.text(), true, next.forgetAt());
  }

  /**
   * Gives back permits that {@code charge} took and that were not used: of each rate as much as they still
   * weigh, by the plain rule of giving back, so nothing is minted. Nothing is given back once the limits
   * changed. Call it once per charge: pass the same charge again only if the store did not take the value.
   *
   * @param stored the text that the store has; empty if it has none
   * @param nowMicros the reading, in microseconds since 1970
   * @param charge what {@link #step} answered
   * @param permits how many were not used
   * @throws IllegalArgumentException if permits is negative or more than were charged, or as {@link #step}
   */
  public StoreStep giveBack(String stored, long nowMicros, StoreDecision charge, long permits) {
    Receipt receipt = StoreDecision.checked(charge, permits);
    return lower(stored, nowMicros, permits, Optional.of(receipt));
  }

  /**
   * Raises the level by {@code permits}, to the burst at most. It is a gift: nobody checks whether they were
   * taken. In any interval at most {@code B + floor(w*N/P)} permits plus those refunded in it are admitted.
   *
   * @param stored the text that the store has; empty if it has none
   * @param nowMicros the reading, in microseconds since 1970
   * @throws IllegalArgumentException if permits is negative, or as {@link #step}
   */
  public StoreStep refund(String stored, long nowMicros, long permits) {
    return lower(stored, nowMicros, Checks.permits(permits), Optional.empty());
  }

  /**
   * Makes the key fresh: a gift of all that was spent.
   *
   * @param stored the text that the store has; empty if it has none
   * @param nowMicros the reading, in microseconds since 1970
   * @throws IllegalArgumentException as {@link #step}
   */
  public StoreStep reset(String stored, long nowMicros) {
    return lower(stored, nowMicros, Long.MAX_VALUE, Optional.empty());
  }

  private StoreStep lower(String stored, long now, long permits, Optional<Receipt> receipt) {
    checkReading(now);
    Objects.requireNonNull(stored, "stored");
    if (stored.isEmpty() || isFixed()) {
      return peek(stored, now, 1);
    }
    StoreLimits ruling = stored(stored);
    StoredValue value = StoredValue.parse(stored, ruling.rates.length);
    if (receipt.isPresent() && !receipt.get().isOf(value)) {
      return peek(stored, now, 1);
    }
    Pair[] words = value.words().clone();
    Optional<Tail> tail = value.tailAt(now);
    Pair[] lowered = new Pair[words.length];
    boolean changed = false;
    boolean countable = true;
    for (int i = 0; i < words.length; i++) {
      Pair before = tail.isPresent() ? tail.get().lowered()[i] : Pair.ZERO;
      Pair back = ruling.rates[i].lowering(words[i], now, permits, i, receipt, tail);
      lowered[i] = before.plus(back, ruling.rates[i].n);
      words[i] = words[i].minus(back, ruling.rates[i].n);
      changed |= back.compareTo(Pair.ZERO) > 0;
      countable &= lowered[i].micros() < StoredRate.LIMIT_MICROS;
    }
    if (!changed || !countable) {
      return peek(stored, now, 1);
    }
    Tail next = new Tail(
        Math.max(StoredValue.highest(value.words()), tail.map(Tail::till).orElse(0L)),
        tail.map(Tail::since).orElse(now),
        lowered);
    StoredValue after = new StoredValue(value.id(), value.version() + 1, words, Optional.of(next));
    StoreDecision answer =
        StoreDecision.of("", ruling, ruling.admits(words, now, 1), now, words, 1, Receipt.NONE);
    return new StoreStep(answer, after.text(), true, after.forgetAt());
  }

  boolean admits(Pair[] words, long now, long permits) {
    for (int i = 0; i < rates.length; i++) {
      if (!rates[i].admits(words[i], now, permits)) {
        return false;
      }
    }
    return true;
  }

  private Pair[] charged(Pair[] words, long now, long permits) {
    Pair[] next = new Pair[rates.length];
    Arrays.setAll(next, i -> rates[i].charged(words[i], now, permits));
    return next;
  }

  /** The most permits that all rates admit from idle. */
  long leastBurst() {
    return Arrays.stream(rates).mapToLong(rate -> rate.burst).min().orElse(Long.MAX_VALUE);
  }

  /** The limits that decide about a stored text: these, if it is empty or of an earlier revision. */
  StoreLimits rulingOver(String stored) {
    if (stored.isEmpty()) {
      return this;
    }
    StoreLimits its = stored(stored);
    return its.id.equals(id) || its.revision < revision ? this : its;
  }

  /** The limits of a stored text. */
  StoreLimits stored(String stored) {
    String its = StoredValue.idOf(stored);
    return its.equals(id) ? this : ofId(stored, its);
  }

  /** The limits with this id. */
  StoreLimits named(String itsId) {
    return itsId.equals(id) ? this : ofId(itsId, itsId);
  }

  /** The value that a stored text is under these limits, which decide about it. */
  StoredValue valueOf(String stored, long now) {
    if (stored.isEmpty()) {
      return StoredValue.absent(id, rates.length);
    }
    StoreLimits old = stored(stored);
    StoredValue value = StoredValue.parse(stored, old.rates.length);
    return old == this || old.id.equals(id) ? value : repriced(value, old, now);
  }

  /** Rules go on from their counterparts; a rule without one begins fresh. Receipts end. */
  private StoredValue repriced(StoredValue value, StoreLimits old, long now) {
    int[] from = limits.counterpartsIn(old.limits);
    Pair[] words = new Pair[rates.length];
    for (int i = 0; i < rates.length; i++) {
      words[i] = from[i] < 0
          ? Pair.ZERO
          : rates[i].repriced(value.words()[from[i]], now, old.rates[from[i]]);
    }
    return new StoredValue(id, value.version(), words, Optional.empty());
  }

  /** The limits that an id names. */
  private static StoreLimits ofId(String stored, String id) {
    try {
      String[] halves = id.split(";", -1);
      List<StoredRate> rates = new ArrayList<>();
      List<String> rules = new ArrayList<>();
      for (String each : halves[1].split(",", -1)) {
        String[] parts = each.split("/", -1);
        Rate rate = Rate.ofNanos(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        long burst = Long.parseLong(parts[2]);
        rates.add(new StoredRate(rate, burst));
        rules.add(rate + (burst == rate.permits() ? "" : " burst " + burst));
      }
      StoreLimits limits = new StoreLimits(
          Limits.parse(String.join(", ", rules)),
          Checks.within("revision", Long.parseLong(halves[0]), 0, MAX_REVISION),
          rates.toArray(StoredRate[]::new));
      if (limits.id.equals(id)) {
        return limits;
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      // Not an id: said below.
    }
    throw StoredValue.foreign(stored);
  }

  static void checkReading(long now) {
    Checks.within("nowMicros", now, 0, StoredRate.LIMIT_MICROS - 1);
  }

  /** {@code 480/minute (revision 0)}. */
  @Override
  public String toString() {
    return limits + " (revision " + revision + ")";
  }
}
