package io.limiter;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Changes the members of an {@link AllOf}, one change after the other: what gets stricter first, then
 * who decides, then what gets looser. See the invariants of AllOf.
 */
final class Changes {
  private final ReentrantLock turn = new ReentrantLock();
  private final AllOf owner;

  Changes(AllOf owner) {
    this.owner = owner;
  }

  void become(Members like, LevelPolicy policy) {
    turn.lock();
    try {
      change(owner.members(), like, policy);
    } finally {
      turn.unlock();
    }
  }

  private void change(Members old, Members like, LevelPolicy policy) {
    int[] counterparts = counterparts(old, like);
    Member[] next = like.members.clone();
    Change[] changes = new Change[next.length];
    List<Member> added = new ArrayList<>();
    for (int i = 0; i < next.length; i++) {
      if (counterparts[i] >= 0) {
        next[i] = old.members[counterparts[i]];
        changes[i] = Change.of(next[i], like.members[i], policy);
      } else {
        changes[i] = Change.NONE;
        added.add(next[i]);
      }
    }
    Arrays.stream(changes).forEach(Change::tighten);
    penalize(added, old);
    owner.members(new Members(next, like.weights));
    penalize(added, old); // again: who penalized the old ones meanwhile may have seen only these
    Arrays.stream(changes).forEach(Change::loosen);
  }

  /** Holds those that are added back for as long as the old ones are. */
  private void penalize(List<Member> added, Members old) {
    long now = owner.clock().nanoTime();
    long pause = 0;
    for (Member member : old.members) {
      pause = Math.max(pause, member.pauseNanosAt(now));
    }
    for (Member member : added) {
      if (pause > 0 && member instanceof Reserving) {
        member.penalizeAt(now, pause);
      }
    }
  }

  /** For each of {@code like} the index of the member of {@code old} that becomes it, or -1. */
  private static int[] counterparts(Members old, Members like) {
    int[] counterparts = new int[like.size()];
    Arrays.fill(counterparts, -1);
    BitSet taken = new BitSet();
    for (boolean samePeriod : new boolean[] {true, false}) {
      for (int i = 0; i < counterparts.length; i++) {
        for (int j = 0; j < old.size() && counterparts[i] < 0; j++) {
          if (!taken.get(j)
              && old.weights[j] == like.weights[i]
              && Change.isPossible(old.members[j], like.members[i], samePeriod)) {
            counterparts[i] = j;
            taken.set(j);
          }
        }
      }
    }
    return counterparts;
  }
}
