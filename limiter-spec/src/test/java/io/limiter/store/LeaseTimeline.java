package io.limiter.store;

import io.limiter.NanoClock;
import io.limiter.rule.Limits;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * A random life of one key that several processes lease, on virtual time: their clocks run 0.1 % apart,
 * requests and replies are late or lost, other processes act meanwhile, processes die. They hoard what they
 * get, and spend it at the last moment. Says where more was admitted than {@code B + floor(w*N/P)}.
 */
final class LeaseTimeline {
  /** In which way the leases are wrong; {@link #NOTHING} if they are not. */
  enum Wrong {
    NOTHING,
    NO_MARGIN,
    MARGIN_FOR_EQUAL_CLOCKS,
    NO_END,
    AGE_COUNTS_FROM_THE_REPLY,
    GIVEN_BACK_BY_PLAIN_REFUND,
    GIVEN_BACK_TWICE
  }

  private static final String KEY = "hot";
  private static final long BASE_MICROS = StoreTimeline.BASE;
  private static final int STEPS = 40;
  private static final int NODES = 10;

  /** How fast a clock runs, as a fraction: a process's against the server's. */
  private static final long[][] SPEEDS = {{1000, 1001}, {1, 1}, {1001, 1000}, {2000, 2001}};

  private final Random random;
  private final Wrong wrong;
  private final Limits limits;
  private final LeaseTerms terms;
  private final LocalStore store = new LocalStore(this::micros);
  private final List<Node> nodes = new ArrayList<>();
  private final TreeMap<Long, Long> admitted = new TreeMap<>(); // permits by the server's reading
  private long nanos; // virtual time since BASE_MICROS, by the server's clock
  private final StoreLimiter limiters;
  private Node calling;
  private long trips;
  private int depth;
  private boolean calm; // whether the network is

  LeaseTimeline(long seed, Wrong wrong) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L); // near seeds begin alike
    this.wrong = wrong;
    long burst = 1_024 + random.nextInt(random.nextBoolean() ? 1_000 : 200_000);
    long permits = 100 + random.nextInt(10 * (int) burst);
    String more = random.nextInt(3) == 0 ? ", 60000/minute burst 3000" : "";
    this.limits = Limits.parse(permits + "/second burst " + burst + more);
    this.terms = terms(StoreLimits.of(limits));
    this.limiters = StoreLimiter.create(limits, 1, call -> calling.send(call))
        .seenKeys(2)
        .onFailure(FailurePolicy.closed());
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node());
    }
  }

  private LeaseTerms terms(StoreLimits full) {
    LeaseTerms right = LeaseTerms.of(full).orElseThrow();
    // The guarantee holds for leases of any size: in half of the lives processes are greedy.
    long most = random.nextBoolean() ? right.most() : right.shared().leastBurst();
    long first = random.nextBoolean() ? 1 : 1 + (long) (random.nextDouble() * most);
    long age = switch (wrong) {
      case NO_END -> right.ageNanos() * 3;
      case MARGIN_FOR_EQUAL_CLOCKS -> right.ageNanos() * 1001 / 1000;
      default -> right.ageNanos();
    };
    return new LeaseTerms(wrong == Wrong.NO_MARGIN ? full : right.shared(), age, first, most);
  }

  private long micros() {
    return BASE_MICROS + Math.floorDiv(nanos, 1000);
  }

  /** The first time at which the formula is broken; empty if there is none. */
  Optional<String> run() {
    for (int step = 0; step < STEPS; step++) {
      act(nodes.get(random.nextInt(nodes.size())));
    }
    return limits.rules().stream()
        .flatMap(rule ->
            excess(admitted, rule.rate().permits(), rule.rate().periodNanos() / 1000, rule.burst())
                .stream())
        .findFirst()
        .map(text -> limits + " " + text);
  }

  long admitted() {
    return admitted.values().stream().mapToLong(Long::longValue).sum();
  }

  long trips() {
    return trips;
  }

  /** Where these admissions are more than a bucket of B permits that refills N in P has. */
  static Optional<String> excess(
      TreeMap<Long, Long> admitted, long permits, long periodMicros, long burst) {
    long spent = 0; // in parts of a permit: periodMicros of them are one
    long last = 0;
    for (var each : admitted.entrySet()) {
      long elapsed = Math.min(each.getKey() - last, burst * periodMicros / permits + 1);
      spent = Math.max(spent - elapsed * permits, 0) + each.getValue() * periodMicros;
      last = each.getKey();
      if (spent > burst * periodMicros) {
        return Optional.of("at " + last + ": " + (double) spent / periodMicros + " of " + burst);
      }
    }
    return Optional.empty();
  }

  private void act(Node node) {
    switch (random.nextInt(12)) {
      case 0 -> nanos += 1 + random.nextInt(1_000_000);
      case 1 -> nanos += (long) (random.nextDouble() * terms.ageNanos() / 8);
      case 2 -> nanos += random.nextInt(4) == 0 ? 5 * terms.ageNanos() : 0;
      case 3, 4 -> node.untilItsLeaseEnds();
      case 5 -> {
        if (random.nextBoolean()) {
          attack();
        }
        nodes.forEach(Node::spendAll);
      }
      case 6 -> node.spendAll();
      case 7 -> nodes.forEach(Node::hoard);
      case 8, 9 -> node.hoard();
      case 10 -> {
        if (random.nextInt(4) == 0) {
          nodes.set(nodes.indexOf(node), new Node()); // it died with all that it held
        } else if (random.nextInt(4) == 0) {
          calling = node;
          node.limiter.close();
          nodes.set(nodes.indexOf(node), new Node());
        }
      }
      default -> node.tryAcquire(1 + random.nextInt((int) terms.most()));
    }
  }

  /** All permits of a burst are leased at once, then what refills, and all are spent as they end. */
  private void attack() {
    nanos += 4 * terms.ageNanos();
    calm = random.nextBoolean();
    for (int i = 0; i < nodes.size(); i++) {
      if (i == nodes.size() - 1) {
        nodes.get(0).untilItsLeaseEnds();
      }
      nodes.set(i, new Node(terms.most()));
      nodes.get(i).tryAcquire(1);
    }
    nodes.forEach(Node::spendAll);
    calm = false;
  }

  private final class Node {
    private final long[] speed = SPEEDS[random.nextInt(SPEEDS.length)];
    private final long origin = random.nextLong();
    private final LeasedLimiter limiter;
    private long skipped; // ns that a wrong clock did not count
    private long sentNanos; // when the last request was sent
    private long charged; // the server's reading of the last charge

    Node() {
      this(terms.first());
    }

    Node(long first) {
      LeaseTerms own = new LeaseTerms(terms.shared(), terms.ageNanos(), first, terms.most());
      NanoClock clock = this::reading;
      StoreLimiter shared =
          StoreLimiter.create(limits, 1, this::send).with(clock).onFailure(FailurePolicy.closed());
      limiter = LeasedLimiter.create(shared, KEY, clock, Optional.of(own));
    }

    private long reading() {
      return origin + Math.floorDiv((nanos - skipped) * speed[0], speed[1]);
    }

    private Object send(ScriptCall call) throws IOException {
      trips++;
      sentNanos = nanos;
      delay();
      if (random.nextInt(40) == 0) {
        throw new ConnectException("refused");
      }
      ScriptResult result = store.runOnce(changed(call));
      if (wrong == Wrong.GIVEN_BACK_TWICE && call.script().equals(RedisScript.LOWER.digest())) {
        store.runOnce(call);
      }
      if (call.script().equals(RedisScript.TAKE.digest())) {
        charged = micros();
      }
      delay();
      if (wrong == Wrong.AGE_COUNTS_FROM_THE_REPLY) {
        skipped += nanos - sentNanos;
      }
      if (random.nextInt(40) == 0) {
        throw new IOException("reset");
      }
      return result.reply();
    }

    /** A receipt is an argument of the script; without it, it is a gift. */
    private ScriptCall changed(ScriptCall call) {
      boolean lower = call.script().equals(RedisScript.LOWER.digest());
      if (!lower || wrong != Wrong.GIVEN_BACK_BY_PLAIN_REFUND) {
        return call;
      }
      List<String> arguments = new ArrayList<>(call.arguments());
      arguments.set(2, "");
      return new ScriptCall(call.isDigest(), call.script(), call.keys(), arguments);
    }

    private void delay() {
      if (calm) {
        return;
      }
      nanos += switch (random.nextInt(10)) {
        case 0 -> (long) (random.nextDouble() * 2 * terms.ageNanos());
        case 1, 2 -> random.nextInt(2_000_000);
        default -> 0;
      };
      if (depth < 2 && random.nextInt(10) == 0) {
        depth++;
        Node other = nodes.get(random.nextInt(nodes.size()));
        if (other != this && other.sentNanos != nanos) {
          other.spendAll();
        }
        depth--;
      }
    }

    private void untilItsLeaseEnds() {
      long rest = terms.ageNanos() * speed[1] / speed[0] - (nanos - sentNanos) - 1_000;
      nanos += Math.max(rest, 0);
    }

    private boolean tryAcquire(long permits) {
      boolean held = limiter.holds(permits);
      long now = micros();
      Node before = calling;
      calling = this;
      boolean got = limiter.tryAcquire(permits);
      calling = before;
      if (got) {
        // From a lease it counts as of the reading, else as of the store's.
        admitted.merge(held ? now : charged, permits, Long::sum);
      }
      return got;
    }

    /** Takes a lease, as large as it can be, and spends half of it: then there is another. */
    private void hoard() {
      for (int i = 0; i < 8 && tryAcquire(1); i++) {
        for (long k = terms.most() / 2; k > 0; k /= 2) {
          if (random.nextInt(3) > 0 && limiter.holds(k)) {
            tryAcquire(k);
          }
        }
      }
    }

    private void spendAll() {
      for (long k = terms.shared().leastBurst(); k > 0; k /= 2) {
        while (limiter.holds(k)) {
          tryAcquire(k);
        }
      }
    }
  }
}
