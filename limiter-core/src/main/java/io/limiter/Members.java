package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The members of an {@link AllOf} or a {@link Gate} and their weights, as they are from one change to
 * the next; which of them decide is told by identity. Immutable.
 */
final class Members {
  static final int CHARGED = -1; // in place of the index of the member that denied
  static final int CHANGED = -2; // nobody is charged, as other members decide now
  private static final int PEEKED = -3;

  final Member[] members;
  final long[] weights; // permits of the member for each permit of a call, >= 1

  /** Those whose place a verdict took, to go on when it is changed again; null unless one did. */
  final @Nullable Members before;

  private final int[] chargeOrder; // indices of members; the same order in all that share them
  private final @Nullable WordLimiter sole; // null unless it alone decides, with weight 1
  private final boolean isDated;

  /**
   * The first {@code older} are charged before the others.
   *
   * @param before null unless these took their place for now
   */
  Members(Member[] members, long[] weights, int older, @Nullable Members before) {
    this.members = members;
    this.weights = weights;
    this.before = before;
    this.chargeOrder = chargeOrder(older);
    this.sole = members.length == 1 && weights[0] == 1 && members[0] instanceof WordMember word
        ? word.limiter()
        : null;
    this.isDated = Arrays.stream(members).allMatch(Member::isDated);
  }

  private int[] chargeOrder(int older) {
    int[] order = new int[members.length];
    for (int i = 0; i < order.length; i++) {
      int at = i;
      for (; at > 0 && isBefore(i, order[at - 1], older); at--) {
        order[at] = order[at - 1];
      }
      order[at] = i;
    }
    return order;
  }

  private boolean isBefore(int i, int j, int older) {
    int first = rank(i, older) - rank(j, older);
    return first < 0
        || first == 0
            && System.identityHashCode(members[i].limiter())
                < System.identityHashCode(members[j].limiter());
  }

  /** The older first; what may not take back all after those, and of these a sliding log last. */
  private int rank(int i, int older) {
    return (i >= older ? 4 : 0)
        + (members[i].alwaysUncharges() ? 0 : 2)
        + (members[i].isDated() ? 1 : 0);
  }

  /** {@code members}, each there once. */
  static Members of(List<Member> members, List<Long> weights) {
    Checks.atLeast("members", members.size(), 1);
    if (members.size() > 1 && new HashSet<>(members).size() < members.size()) {
      throw new IllegalArgumentException(
          "members: " + members + " (expected: each once; give it a greater weight instead)");
    }
    return new Members(
        members.toArray(new Member[0]),
        weights.stream().mapToLong(Long::longValue).toArray(),
        0,
        null);
  }

  /** Those that are not given back, in the same order; there may be none. */
  Members rates() {
    return only(i -> !isConcurrency(i));
  }

  private Members only(Predicate<Integer> wanted) {
    int[] indices = IntStream.range(0, members.length).filter(wanted::test).toArray();
    return new Members(
        Arrays.stream(indices).mapToObj(i -> members[i]).toArray(Member[]::new),
        Arrays.stream(indices).mapToLong(i -> weights[i]).toArray(),
        0,
        null);
  }

  int size() {
    return members.length;
  }

  boolean isConcurrency(int i) {
    return members[i] instanceof ConcurrencyMember;
  }

  /** The only member, if it is a limiter of one word and has weight 1; else null. */
  @Nullable
  WordLimiter sole() {
    return sole;
  }

  /** What the i-th member is charged for a call of so many permits. */
  long share(int i, long permits) {
    return Checks.times(weights[i], permits);
  }

  // Deciding.

  /**
   * Charges all members, as long as these are the members of {@code owner}, and answers CHARGED; or
   * none, and answers CHANGED or the index of one that denied. If a member throws, none stays charged.
   *
   * @param each what each member is charged for each of the permits; a member that is charged nothing is
   *     not asked, unless all are
   * @param told where to explain the verdict, unless it is CHANGED; null: nowhere
   */
  int take(
      Supplier<Members> owner,
      long nanoTime,
      long[] each,
      long permits,
      @Nullable Decision @Nullable [] told) {
    int outcome = firstDenial(nanoTime, each, permits);
    if (outcome == CHARGED) {
      outcome = members.length == 0
          ? chargeRest(-1, owner, nanoTime, each, permits, told)
          : charge(0, owner, nanoTime, each, permits, told);
    }
    if (outcome >= 0) {
      members[outcome].denied(Checks.times(each[outcome], permits));
      if (told != null) {
        told[0] = explain(nanoTime, each, permits, outcome);
      }
    }
    return outcome;
  }

  /** Asks all members but the one that is charged first: the index of one that denies, or CHARGED. */
  private int firstDenial(long nanoTime, long[] each, long permits) {
    boolean nothing = true;
    for (int i = 0; i < members.length; i++) {
      long share = Checks.times(each[i], permits);
      if (share > 0) {
        nothing = false;
        if (i != chargeOrder[0] && !members[i].admits(nanoTime, share)) {
          return i;
        }
      }
    }
    for (int i = 0; nothing && i < members.length; i++) {
      if (!members[i].admits(nanoTime, 0)) {
        return i;
      }
    }
    return CHARGED;
  }

  /** As {@link #take}, from the {@code nth} member in charging order on, without asking first. */
  private int charge(
      int nth,
      Supplier<Members> owner,
      long nanoTime,
      long[] each,
      long permits,
      @Nullable Decision @Nullable [] told) {
    int index = chargeOrder[nth];
    long share = Checks.times(each[index], permits);
    if (share == 0) {
      return chargeRest(nth, owner, nanoTime, each, permits, told);
    }
    Member member = members[index];
    Object mark = member.mark();
    long receipt = member.charge(nanoTime, share, mark);
    if (receipt == Member.REFUSED) {
      return index;
    }
    int outcome;
    try {
      outcome = chargeRest(nth, owner, nanoTime, each, permits, told);
    } catch (Throwable e) {
      try {
        member.uncharge(nanoTime, share, mark, receipt);
      } catch (Throwable failure) {
        Signals.first(e, failure);
      }
      throw e;
    }
    if (outcome != CHARGED) {
      member.uncharge(nanoTime, share, mark, receipt);
    }
    return outcome;
  }

  /** After the {@code nth} member: so two members are one recursion, which is compiled in line. */
  private int chargeRest(
      int nth,
      Supplier<Members> owner,
      long nanoTime,
      long[] each,
      long permits,
      @Nullable Decision @Nullable [] told) {
    if (nth + 1 < members.length) {
      return charge(nth + 1, owner, nanoTime, each, permits, told);
    }
    if (owner.get() != this) {
      return CHANGED;
    }
    if (told != null) {
      told[0] = explain(nanoTime, each, permits, CHARGED);
    }
    return CHARGED;
  }

  Decision peek(long nanoTime, long permits) {
    return explain(nanoTime, weights, permits, PEEKED);
  }

  /** What the members say together of an admitted call. */
  Decision admitted(long nanoTime, long permits) {
    return explain(nanoTime, weights, permits, CHARGED);
  }

  /** What a call is told that was denied by the line, or is too late. */
  Decision denied(long nanoTime, long[] each, long permits, @Nullable Decision line) {
    Decision now = explain(nanoTime, each, permits, PEEKED);
    return Decision.denied(
        line == null ? now.remaining() : 0,
        Math.max(now.retryAfterNanos(), line == null ? 1 : line.retryAfterNanos()),
        Math.max(now.resetAfterNanos(), line == null ? 0 : line.resetAfterNanos()),
        Math.max(now.deniedBy(), 0));
  }

  /** What the members say together, after {@code outcome}: CHARGED, PEEKED, or who denied. */
  private Decision explain(long nanoTime, long[] each, long permits, int outcome) {
    boolean all = permits == 0 || isNothing(each);
    long remaining = Long.MAX_VALUE;
    long reset = 0;
    long wait = 0;
    int deniedBy = -1;
    for (int i = 0; i < members.length; i++) {
      if (each[i] == 0 && !all) {
        continue; // not asked
      }
      Member member = members[i];
      long left = member.remainingAt(nanoTime);
      remaining = Math.min(remaining, left == Long.MAX_VALUE ? left : left / Math.max(each[i], 1));
      reset = Math.max(reset, member.resetAfterNanosAt(nanoTime));
      long own = outcome == CHARGED
          ? 0
          : member.retryAfterNanosAt(nanoTime, Checks.times(each[i], permits));
      if (own > wait) {
        wait = own;
        deniedBy = i;
      }
    }
    if (outcome >= 0 && deniedBy < 0) { // the race that denied it is over
      wait = isConcurrency(outcome) ? Decision.NEVER : 1;
      deniedBy = outcome;
    }
    return new Decision(deniedBy < 0, remaining, wait, reset, deniedBy);
  }

  private static boolean isNothing(long[] each) {
    int i = 0;
    while (i < each.length && each[i] == 0) {
      i++;
    }
    return i == each.length;
  }

  DetailedDecision inDetail(long nanoTime, long permits, Decision decision) {
    return inDetail(nanoTime, weights, permits, decision);
  }

  /** What each rule says after {@code decision}, which these or those before them have taken. */
  DetailedDecision inDetail(long nanoTime, long[] each, long permits, Decision decision) {
    checkEach(each);
    List<RuleStatus> rules = new ArrayList<>(members.length);
    int deniedBy = -1;
    for (int i = 0; i < members.length; i++) {
      int first = rules.size();
      members[i].report(nanoTime, Math.max(Checks.times(each[i], permits), 1), rules);
      if (!decision.admitted() && i == Math.min(decision.deniedBy(), members.length - 1)) {
        deniedBy = DetailedDecision.longest(rules, first, rules.size());
      }
    }
    return new DetailedDecision(decision, deniedBy, rules);
  }

  void checkEach(long[] permits) {
    Checks.within("permits.length", permits.length, members.length, members.length);
    for (long each : permits) {
      Checks.permits(each);
    }
  }

  // For the door.

  /**
   * Looks at all members, then charges all as of the reading {@code date}; null, and nothing is charged,
   * if one denies.
   */
  @Nullable
  JointCharge reserve(long date, long permits) {
    for (int i = 0; i < members.length; i++) {
      if (!members[i].admits(date, share(i, permits))) {
        return null;
      }
    }
    @Nullable Reservation[] parts = new Reservation[members.length];
    boolean all = false;
    Throwable failure = null;
    try {
      all = true;
      for (int nth = 0; all && nth < parts.length; nth++) {
        int index = chargeOrder[nth];
        parts[index] = members[index].reserve(date, share(index, permits));
        all = parts[index] != null;
      }
    } catch (RuntimeException | Error e) {
      all = false;
      failure = e;
    }
    if (all) {
      return new JointCharge(this, permits, parts);
    }
    Throwable second = JointCharge.cancel(parts);
    failure = second == null ? failure : Signals.first(failure, second);
    if (failure != null) {
      throw Signals.<RuntimeException>unchecked(failure);
    }
    return null;
  }

  /** The longest wait of a member, from the reading; NEVER too if somebody else has to make room. */
  long retryAfterNanosAt(long nanoTime, long permits) {
    long wait = 0;
    for (int i = 0; i < members.length; i++) {
      wait = Math.max(wait, members[i].retryAfterNanosAt(nanoTime, share(i, permits)));
    }
    return wait;
  }

  /** Whether nobody can make room for so many. */
  boolean isNever(long nanoTime, long permits) {
    for (int i = 0; i < members.length; i++) {
      if (!isConcurrency(i)
          && members[i].retryAfterNanosAt(nanoTime, share(i, permits)) == Decision.NEVER) {
        return true;
      }
    }
    return false;
  }

  /** Whether a charge may be dated at any reading after the last new version. */
  boolean isDated() {
    return isDated;
  }

  Member.Version[] versions() {
    Member.Version[] versions = new Member.Version[members.length];
    for (int i = 0; i < versions.length; i++) {
      versions[i] = members[i].version();
    }
    return versions;
  }

  Lookahead lookahead() {
    return new JointLookahead(
        Arrays.stream(members).map(Member::lookahead).toArray(Lookahead[]::new), weights);
  }

  void watch(Door door) {
    for (Member member : members) {
      member.watch(door);
    }
  }

  void unwatch(Door door) {
    for (Member member : members) {
      member.unwatch(door);
    }
  }

  /** Has the other doors at the concurrency limiters be told of room before {@code door}. */
  void putLast(Door door) {
    for (Member member : members) {
      if (member instanceof ConcurrencyMember concurrency) {
        concurrency.limiter().door().putLast(door);
      }
    }
  }

  /** The log of the first member that reports leaks, or null. */
  @Nullable
  LeakLog leaks() {
    for (Member member : members) {
      if (member instanceof ConcurrencyMember concurrency
          && concurrency.limiter().leaks() != null) {
        return concurrency.limiter().leaks();
      }
    }
    return null;
  }

  // All else.

  /** Gives back to every member that can, and answers whether all could. */
  boolean refund(long nanoTime, long permits) {
    boolean all = true;
    for (int i = 0; i < members.length; i++) {
      all &= members[i].rate().refundAt(nanoTime, share(i, permits));
    }
    return all;
  }

  /**
   * Charges every member whatever its level, if all debts are paid in time; answers the longest wait, or
   * NEVER if it was refused. Those from outside are charged first: they may refuse, or throw.
   */
  long force(long nanoTime, long permits, long maxWaitNanos) {
    for (int i = 0; i < members.length; i++) {
      if (members[i].debtNanosAt(nanoTime, share(i, permits)) > maxWaitNanos) {
        return Decision.NEVER;
      }
    }
    long wait = 0;
    int charged = 0;
    try {
      while (wait != Decision.NEVER && charged < members.length) {
        wait = Math.max(wait, force(charged, false, nanoTime, permits, maxWaitNanos));
        charged += wait == Decision.NEVER ? 0 : 1;
      }
    } finally {
      for (int i = 0; charged < members.length && i < charged; i++) { // one refused or threw
        if (!members[i].isDated()) {
          members[i].rate().refundAt(nanoTime, share(i, permits));
        }
      }
    }
    for (int i = 0; charged == members.length && i < charged; i++) {
      wait = Math.max(wait, force(i, true, nanoTime, permits, Decision.NEVER));
    }
    return wait;
  }

  private long force(int i, boolean dated, long nanoTime, long permits, long maxWaitNanos) {
    return members[i].isDated() == dated
        ? members[i].rate().acquireForcedAt(nanoTime, share(i, permits), maxWaitNanos)
        : 0;
  }

  void penalize(long nanoTime, long nanos) {
    for (Member member : members) {
      member.rate().penalizeAt(nanoTime, nanos);
    }
  }

  void reset() {
    for (Member member : members) {
      member.rate().reset();
    }
  }

  List<Snapshot.Level> levels(long nanoTime) {
    return Arrays.stream(members).map(member -> member.level(nanoTime)).toList();
  }

  /** Restores all members, or none if one does not fit. */
  void restore(long nanoTime, List<Snapshot.Level> levels, long elapsed) {
    for (int i = 0; i < members.length; i++) {
      if (!members[i].fits(levels.get(i))) {
        throw Snapshot.misfit(levels.get(i), members[i]);
      }
    }
    for (int i = 0; i < members.length; i++) {
      members[i].restore(nanoTime, levels.get(i), elapsed);
    }
  }

  /** {@code [Gcra[3/second burst 3], Gcra[60/hour burst 60]]}. */
  @Override
  public String toString() {
    return Arrays.toString(members);
  }
}
