package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One change of the members of an {@link AllOf}, under the lock of its door: what gets stricter first,
 * then who decides, then what gets looser. See the invariants of AllOf.
 */
final class Changes {
  /*
   * Rules of old and new are matched one by one; a sliding log has a rule for each window. A member of
   * target then goes on as an old member (in place), or is new. While a new one takes over the level of
   * an old one, both decide, and the old one is charged first: each call that the old one counts is
   * then counted by the new one too, or is about to be. So once the old level was read before and after
   * the new one and did not change, the new one is charged the difference. A call that is about to be
   * counted is counted twice.
   */

  /** One rate, or one window, or one concurrency of a member, which has a burst alone. */
  private record Rule(int member, int window, long weight, Rate rate, long burst) {
    boolean isConcurrent() {
      return rate == CONCURRENT;
    }
  }

  private static final Rate CONCURRENT = Rate.ofNanos(1, 1); // in place of a rate

  /** The change of a member in place, in two steps. */
  private record Step(Runnable tighten, Runnable loosen) {
    static final Step NONE = new Step(() -> {}, () -> {});
  }

  private final NanoClock clock;
  private final Consumer<Members> publish;
  private final Members current; // who decides now
  private final Members old; // whose limits go on: those before a verdict
  private final Members target;
  private final LevelPolicy policy;

  private final List<Rule> oldRules;
  private final List<Rule> newRules;
  private final int[] from; // of each new rule the old one that it goes on as, or -1
  private final int[] places; // of each member of target the old member that becomes it, or -1

  /** From {@code current} to {@code target}, by way of what {@code publish} has decide. */
  Changes(
      Members current,
      Members target,
      LevelPolicy policy,
      NanoClock clock,
      Consumer<Members> publish) {
    this.clock = clock;
    this.publish = publish;
    this.current = current;
    this.old = current.before == null ? current : current.before;
    this.target = target;
    this.policy = policy;
    this.oldRules = rules(old);
    this.newRules = rules(target);
    this.from = counterparts();
    this.places = places();
  }

  void run() {
    if (Stream.of(target.members).allMatch(m -> m.limiter() instanceof FixedVerdict)) {
      publish.accept(new Members(target.members, target.weights, 0, old));
      return;
    }
    Member[] next = target.members.clone();
    Step[] steps = new Step[next.length];
    boolean atOnce = old == current && old.size() == 1 && next.length == 1;
    List<Member> both = new ArrayList<>(List.of(current.members));
    List<Long> weights = new ArrayList<>(Arrays.stream(current.weights).boxed().toList());
    for (int i = 0; i < next.length; i++) {
      steps[i] = Step.NONE;
      if (places[i] >= 0) {
        next[i] = old.members[places[i]];
        steps[i] = step(i, atOnce);
      }
      if (!both.contains(next[i])) {
        both.add(next[i]);
        weights.add(target.weights[i]);
      }
    }
    Stream.of(steps).forEach(step -> step.tighten.run());
    publish.accept(new Members(
        both.toArray(new Member[0]),
        weights.stream().mapToLong(Long::longValue).toArray(),
        current.size(),
        null));
    for (int i = 0; i < next.length; i++) {
      takeOver(i, next[i]);
    }
    publish.accept(new Members(next, target.weights, 0, null));
    Stream.of(steps).forEach(step -> step.loosen.run());
  }

  // Who goes on as whom.

  private static Member inner(Member member) {
    return member instanceof CountingMember counting ? inner(counting.inner()) : member;
  }

  private static List<Rule> rules(Members m) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < m.size(); i++) {
      Member member = inner(m.members[i]);
      if (member instanceof WordMember word) {
        WordLimiter limiter = word.limiter();
        rules.add(new Rule(i, 0, m.weights[i], limiter.rate(), limiter.burst()));
      } else if (member instanceof LogMember log) {
        List<Rate> windows = log.limiter().windows();
        for (int w = 0; w < windows.size(); w++) {
          Rate window = windows.get(w);
          rules.add(new Rule(i, w, m.weights[i], window, window.permits()));
        }
      } else if (member instanceof ConcurrencyMember concurrency) {
        rules.add(new Rule(i, 0, m.weights[i], CONCURRENT, concurrency.limiter().limit()));
      }
    }
    return rules;
  }

  /** Among rules of one kind and weight: the one of the same period, else of the same place. */
  private int[] counterparts() {
    int[] from = new int[newRules.size()];
    Arrays.fill(from, -1);
    newRules.stream().map(Changes::kind).distinct().forEach(kind -> {
      List<Rule> some =
          oldRules.stream().filter(rule -> kind(rule).equals(kind)).toList();
      List<Rule> others =
          newRules.stream().filter(rule -> kind(rule).equals(kind)).toList();
      int[] matched = LogDesk.counterparts(periods(some), periods(others));
      for (int i = 0; i < matched.length; i++) {
        int to = newRules.indexOf(others.get(i));
        from[to] = matched[i] < 0 ? -1 : oldRules.indexOf(some.get(matched[i]));
      }
    });
    return from;
  }

  private static List<Object> kind(Rule rule) {
    return List.of(rule.isConcurrent(), rule.weight);
  }

  private static long[] periods(List<Rule> rules) {
    return rules.stream().mapToLong(rule -> rule.rate.periodNanos()).toArray();
  }

  private int[] places() {
    int[] places = new int[target.size()];
    Arrays.fill(places, -1);
    for (int i = 0; i < places.length; i++) {
      places[i] = Arrays.asList(old.members).indexOf(target.members[i]);
    }
    for (int i = 0; i < places.length; i++) {
      int member = i;
      int[] candidates = newRules.stream()
          .filter(rule -> rule.member == member)
          .map(this::counterpart)
          .filter(Objects::nonNull)
          .mapToInt(rule -> rule.member)
          .filter(place -> isSameKind(inner(old.members[place]), inner(target.members[member])))
          .distinct()
          .toArray();
      if (candidates.length == 1
          && places[i] < 0
          && Arrays.stream(places).noneMatch(place -> place == candidates[0])) {
        places[i] = candidates[0];
      }
    }
    return places;
  }

  private @Nullable Rule counterpart(Rule rule) {
    int index = from[newRules.indexOf(rule)];
    return index < 0 ? null : oldRules.get(index);
  }

  private static boolean isSameKind(Member a, Member b) {
    return a instanceof WordMember x
            && b instanceof WordMember y
            && x.limiter().isStepwise() == y.limiter().isStepwise()
        || a instanceof LogMember && b instanceof LogMember
        || a instanceof ConcurrencyMember && b instanceof ConcurrencyMember;
  }

  // In place.

  private Step step(int i, boolean atOnce) {
    Member member = inner(old.members[places[i]]);
    Member next = inner(target.members[i]);
    boolean keepsLevel = policy != LevelPolicy.FRESH && policy != LevelPolicy.EMPTY;
    if (member.equals(next) || keepsLevel && hasSameLimit(i)) {
      return Step.NONE; // receipts stay good
    }
    if (member instanceof WordMember a && next instanceof WordMember b) {
      return word(a.limiter().desk(), b.limiter(), atOnce);
    }
    if (member instanceof LogMember a && next instanceof LogMember b) {
      return log(a.limiter(), b.limiter().windows(), from(i), atOnce);
    }
    ConcurrencyLimiter a = ((ConcurrencyMember) member).limiter();
    int limit = ((ConcurrencyMember) next).limiter().limit();
    return new Step(() -> a.limit(Math.min(limit, a.limit())), () -> a.limit(limit));
  }

  /** Whether each rule of the i-th member of target is that of its old member. */
  private boolean hasSameLimit(int i) {
    List<Rule> before =
        oldRules.stream().filter(rule -> rule.member == places[i]).toList();
    List<Rule> now = newRules.stream().filter(rule -> rule.member == i).toList();
    boolean same = before.size() == now.size();
    for (int r = 0; same && r < now.size(); r++) {
      same = before.get(r).equals(counterpart(now.get(r)))
          && before.get(r).rate.equals(now.get(r).rate)
          && before.get(r).burst == now.get(r).burst;
    }
    return same;
  }

  private Step word(WordDesk desk, WordLimiter next, boolean atOnce) {
    if (atOnce) {
      return new Step(() -> desk.change(next.rate(), next.burst(), policy), () -> {});
    }
    WordDesk.@Nullable Loosening[] loosening = new WordDesk.Loosening[1];
    return new Step(
        () -> loosening[0] = desk.tighten(next.rate(), next.burst(), policy),
        () -> desk.loosen(loosening[0]));
  }

  /** By way of all windows, the new and the old. A fresh level waits for the second step. */
  private Step log(SlidingLog log, List<Rate> windows, int[] from, boolean atOnce) {
    LogPlan plan = LogPlan.of(windows);
    if (atOnce) {
      return new Step(() -> log.desk().change(plan, from, policy), () -> {});
    }
    List<Rate> all = new ArrayList<>(windows);
    all.addAll(log.windows());
    int[] same = new int[all.size()];
    int[] fromAll = Arrays.copyOf(from, all.size());
    for (int i = 0; i < same.length; i++) {
      same[i] = i;
      if (i >= from.length) {
        fromAll[i] = i - from.length;
      }
    }
    boolean fresh = policy == LevelPolicy.FRESH;
    LevelPolicy first = fresh ? LevelPolicy.SPENT : policy;
    LevelPolicy second = fresh ? policy : LevelPolicy.SPENT;
    return new Step(
        () -> log.desk().change(LogPlan.of(all), fromAll, first),
        () -> log.desk().change(plan, Arrays.copyOf(same, from.length), second));
  }

  /** For each window of the i-th member of target the window of its old log, or -1. */
  private int[] from(int i) {
    return newRules.stream()
        .filter(rule -> rule.member == i)
        .mapToInt(rule -> {
          Rule before = counterpart(rule);
          return before != null && before.member == places[i] ? before.window : -1;
        })
        .toArray();
  }

  // To another member.

  /** Charges {@code member}, the i-th one, what the rules have missing that it goes on as. */
  private void takeOver(int i, Member member) {
    long now = clock.nanoTime();
    if (places[i] < 0 && member.isDated()) {
      long pause = 0;
      for (Member before : old.members) {
        pause = Math.max(pause, before.pauseNanosAt(now));
      }
      member.rate().penalizeAt(now, pause);
    }
    long more = 0; // permits of a log
    long debt = 0; // ns
    for (Rule rule : newRules) {
      Rule before = rule.member == i ? counterpart(rule) : null;
      if (before == null || rule.isConcurrent() || before.member == places[i]) {
        continue;
      }
      Missing owed = owed(before, rule, inner(member), now);
      if (inner(member) instanceof WordMember word) {
        word.limiter().desk().inherit(owed);
      } else {
        long permits = owed.permits();
        more = Math.max(more, Math.min(permits, rule.burst));
        long periods = Math.max(-Math.floorDiv(rule.burst - permits, rule.burst), 0);
        debt = Math.max(debt, Checks.times(periods, rule.rate.periodNanos()));
      }
    }
    if (more > 0) {
      LogDesk desk = ((LogMember) inner(member)).limiter().desk();
      desk.restore(now, new Snapshot.OfLog(new long[] {0}, new int[] {(int) more}, debt), 0);
    }
  }

  /** What {@code member} has to be charged for {@code next} to go on as {@code before}; at least none. */
  private Missing owed(Rule before, Rule next, Member member, long now) {
    Member source = inner(old.members[before.member]);
    int window = before.window + added(before.member);
    Missing missing = missing(source, window, now);
    Missing seen;
    Missing own;
    do {
      seen = missing;
      own = missing(member, next.window, now);
      missing = missing(source, window, now);
    } while (seen.minus(missing).parts().signum() != 0);
    return missing.after(policy, before.burst, next.burst).minus(own).atLeastNone();
  }

  /** How many windows an old log has got in the first step, before those that it had. */
  private int added(int place) {
    return (int) newRules.stream()
        .filter(rule ->
            places[rule.member] == place && inner(target.members[rule.member]) instanceof LogMember)
        .count();
  }

  /** What is missing from the burst of {@code member}, or from a window of it. */
  private static Missing missing(Member member, int window, long now) {
    return member instanceof LogMember log
        ? Missing.of(log.limiter().inWindow(window, now), 1)
        : ((Snapshot.OfRate) member.level(now)).spent();
  }
}
