package io.limiter.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One operation on a key: the calls that it needs, one after the other. Nearly always it is one; it is two
 * where the value has other limits. Knows no client, so that the waiting and the asynchronous limiter run the
 * same steps.
 */
final class ScriptExchange implements StoreExchange {
  private static final int MOST_CALLS = 8;
  private static final String ALL = Long.toString((1L << 53) - 1);

  /** Whose clock counts: the server's if empty; a caller's reading, for tests. */
  private final OptionalLong reading;

  private final String key;
  private final StoreLimits asked;
  private final SeenWords seen;
  private final long permits;
  private final boolean take;
  private final boolean lower;
  private final Receipt receipt; // of a charge that is given back; NONE for a gift

  private StoreLimits ruling; // those that decide: of the call, or of the value
  private String was = "";
  private String becomes = "";
  private int calls;
  private ScriptCall call;
  private @Nullable StoreDecision decision; // once a take or look is done
  private boolean changed; // once a give-back is done

  private ScriptExchange(
      OptionalLong reading,
      String key,
      StoreLimits asked,
      SeenWords seen,
      long permits,
      boolean take,
      boolean lower,
      Receipt receipt) {
    this.reading = reading;
    this.key = Objects.requireNonNull(key, "key");
    this.asked = asked;
    this.seen = seen;
    this.permits = Checks.permits(permits);
    this.take = take;
    this.lower = lower;
    this.receipt = receipt;
    this.ruling = asked;
    this.call = nextCall();
  }

  /** Takes permits, or looks. */
  static ScriptExchange decide(
      OptionalLong reading,
      String key,
      StoreLimits limits,
      SeenWords seen,
      long permits,
      boolean take) {
    return new ScriptExchange(reading, key, limits, seen, permits, take, false, Receipt.NONE);
  }

  /** Gives permits back: of a charge, or as a gift if the receipt is {@link Receipt#NONE}. */
  static ScriptExchange lower(
      OptionalLong reading, String key, StoreLimits limits, long permits, Receipt receipt) {
    return new ScriptExchange(reading, key, limits, SeenWords.NONE, permits, false, true, receipt);
  }

  @Override
  public ScriptCall call() {
    return call;
  }

  @Override
  public boolean read(@Nullable Object raw) {
    ScriptReply reply = ScriptReply.of(raw);
    return read(reply, isAdmittedBy(reply));
  }

  String key() {
    return key;
  }

  boolean isAdmittedBy(ScriptReply reply) {
    return reply.status() == 1 && permits <= ruling.leastBurst();
  }

  /** Whether a burst of the rates that decide has room for the permits. */
  boolean isPossible() {
    return permits <= ruling.leastBurst();
  }

  /** Reads the reply to a call that was charged if all that was asked together {@code passed}. */
  boolean read(ScriptReply reply, boolean passed) {
    if (reply.status() == ScriptReply.OTHER_LIMITS) {
      return readOtherLimits(reply);
    }
    if (lower) {
      changed = reply.status() == 1;
      return true;
    }
    StoredValue value = reply.value(ruling);
    seen.remember(key, value);
    boolean admitted = isAdmittedBy(reply);
    boolean charged = take && passed && permits > 0;
    decision = StoreDecision.of(
        key,
        ruling,
        admitted,
        reply.now(),
        value.words(),
        permits,
        charged ? Receipt.of(value, permits) : Receipt.NONE);
    return true;
  }

  /** Earlier limits become those of the call; the same or a later revision decides by its own. */
  private boolean readOtherLimits(ScriptReply reply) {
    if (lower && receipt != Receipt.NONE) {
      return true; // a change ends receipts
    }
    if (calls == MOST_CALLS) {
      throw new StoreException(
          "key " + Checks.echo(key) + ": its limits changed " + calls + " times during one call",
          false,
          false,
          null);
    }
    String stored = reply.stored();
    try {
      ruling = lower ? asked.stored(stored) : asked.rulingOver(stored);
      was = "";
      becomes = "";
      if (ruling == asked && !lower) {
        was = stored;
        becomes = asked.valueOf(stored, reply.now()).text();
      }
    } catch (IllegalArgumentException e) {
      throw new StoreException("key " + Checks.echo(key) + ": " + e.getMessage(), false, false, e);
    }
    call = nextCall();
    return false;
  }

  private ScriptCall nextCall() {
    calls++;
    return lower
        ? RedisScript.LOWER.byDigest(key, lowerArguments())
        : RedisScript.TAKE.byDigest(key, takeArguments());
  }

  private List<String> takeArguments() {
    StoredRate[] rates = ruling.rates();
    List<String> arguments = new ArrayList<>(7 + 9 * rates.length);
    // More than a burst is never admitted: the script only looks, and is not asked about them.
    long asking = permits > ruling.leastBurst() ? 0 : permits;
    StoredValue known = seen.of(key, ruling);
    arguments.add(readingText());
    arguments.add(!take ? "0" : asking > 0 ? "1" : "2");
    arguments.add(ruling.id());
    arguments.add(Long.toString(known.version()));
    arguments.add(was);
    arguments.add(becomes);
    arguments.add(Integer.toString(rates.length));
    for (int i = 0; i < rates.length; i++) {
      arguments.add(Long.toString(rates[i].n));
      add(arguments, rates[i].capacity);
      add(arguments, known.words()[i]);
      add(arguments, rates[i].cost(asking));
      add(arguments, rates[i].slack(asking));
    }
    return arguments;
  }

  private List<String> lowerArguments() {
    StoredRate[] rates = ruling.rates();
    boolean gift = receipt == Receipt.NONE;
    List<String> arguments = new ArrayList<>(5 + 7 * rates.length);
    arguments.add(readingText());
    arguments.add(gift ? ruling.id() : receipt.id());
    arguments.add(gift ? "" : Long.toString(receipt.version()));
    arguments.add(Long.toString(receipt.since()));
    arguments.add(Integer.toString(rates.length));
    for (int i = 0; i < rates.length; i++) {
      arguments.add(Long.toString(rates[i].n));
      if (permits == Long.MAX_VALUE) {
        arguments.add(ALL);
        arguments.add("0");
      } else {
        add(arguments, rates[i].cost(Math.min(permits, rates[i].burst)));
      }
      add(arguments, gift ? Pair.ZERO : receipt.words()[i]);
      add(arguments, receipt.lowered(i));
    }
    return arguments;
  }

  private String readingText() {
    return reading.isPresent() ? Long.toString(reading.getAsLong()) : "";
  }

  private static void add(List<String> arguments, Pair pair) {
    arguments.add(Long.toString(pair.micros()));
    arguments.add(Long.toString(pair.parts()));
  }

  /** What was decided, once a take or look is done. */
  StoreDecision decision() {
    return Objects.requireNonNull(decision);
  }

  /** Whether something was given back, once that is done. */
  boolean changed() {
    return changed;
  }
}
