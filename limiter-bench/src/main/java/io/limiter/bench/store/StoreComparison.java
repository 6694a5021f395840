package io.limiter.bench.store;

import io.limiter.bench.Machine;
import io.limiter.rule.Limits;
import io.limiter.store.LeasedLimiter;
import io.limiter.store.ScriptRunner;
import io.limiter.store.StoreLimiter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * Limits in a store, against the rivals on the same server in the same run. Each round asks all subjects in
 * turns, one shortly after the other, so that a busy machine slows all alike; ratios are of one round.
 */
public final class StoreComparison {
  private static final long LEASED = 100_000; // permits per second

  /** How much is measured. */
  private record Form(
      String name, int rounds, long warmUpMillis, long millis, int[] threads, int manyKeys) {}

  private static final Form QUICK = new Form("quick", 1, 50, 150, new int[] {1, 4}, 100);
  private static final Form FULL = new Form("full", 5, 150, 500, new int[] {1, 4, 16, 64}, 10_000);

  private final Form form;
  private final Map<String, List<String>> cells = new LinkedHashMap<>();
  private final List<String> leases = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  private StoreComparison(Form form) {
    this.form = form;
  }

  /**
   * Writes what it measured as JSON; without a redis-server it says so and measures nothing.
   *
   * @param args {@code --quick} or nothing, and {@code --json FILE} or nothing
   */
  public static void main(String[] args) throws Exception {
    List<String> arguments = List.of(args);
    Optional<Path> redis = Server.redisProgram();
    if (redis.isEmpty()) {
      System.out.println("skipped: needs redis-server");
      return;
    }
    StoreComparison comparison = new StoreComparison(arguments.contains("--quick") ? QUICK : FULL);
    String json = comparison.run(redis.get());
    int file = arguments.indexOf("--json");
    if (file < 0) {
      System.out.print(json);
    } else {
      Files.writeString(Path.of(arguments.get(file + 1)), json);
    }
    System.exit(0); // the clients' threads
  }

  private String run(Path program) throws Exception {
    String version;
    try (Server server = Server.redis(program);
        RedisSubjects redis = new RedisSubjects(server.port)) {
      version = redis.version();
      for (int keys : new int[] {1, form.manyKeys}) {
        measure("redis", keys, form.threads, redis.all(keys));
      }
      for (int round = 0; round < form.rounds; round++) {
        leases.add(lease(redis, "lease:" + round));
      }
      WrongDecisions.measure(redis)
          .forEach((subject, answers) -> wrong.add(String.format(
              "{\"subject\": \"%s\", \"bursts\": %d, \"edge\": %d, \"due\": %d}",
              subject, answers.wholeBursts(), answers.aroundTheEdge(), answers.whenDue())));
    }
    Optional<Path> programs = Server.postgresPrograms();
    if (programs.isPresent()) {
      try (Server server = Server.postgres(programs.get());
          PostgresSubjects postgres = new PostgresSubjects(server.port)) {
        measure("postgresql", 1, form.threads, postgres.all());
      }
    } else {
      System.err.println("skipped: needs PostgreSQL");
    }
    return json(version);
  }

  /** All subjects in turns, in each round in another order, at each number of threads. */
  private void measure(String store, int keys, int[] threads, Map<String, Subject> subjects)
      throws Exception {
    List<String> names = new ArrayList<>(subjects.keySet());
    for (int count : threads) {
      for (String name : names) {
        cells.put(head(store, keys, count, name), new ArrayList<>());
      }
    }
    for (int round = 0; round < form.rounds; round++) {
      for (int count : threads) {
        for (int i = 0; i < names.size(); i++) {
          String name = names.get((i + round) % names.size());
          Subject subject = subjects.get(name);
          Workload.run(subject, keys, count, form.warmUpMillis);
          Workload.Outcome outcome = Workload.run(subject, keys, count, form.millis);
          if (outcome.admitted() < 1) {
            throw new IllegalStateException(name + " denied: the limit is above any demand");
          }
          cells
              .get(head(store, keys, count, name))
              .add(String.format(
                  Locale.ROOT,
                  "[%.0f, %.1f, %.1f]",
                  outcome.perSecond(),
                  outcome.p50(),
                  outcome.p99()));
        }
      }
      System.err.println(store + ", " + keys + " keys: round " + (round + 1));
    }
  }

  private static String head(String store, int keys, int threads, String subject) {
    return String.format(
        "{\"store\": \"%s\", \"keys\": %d, \"threads\": %d, \"subject\": \"%s\", \"rounds\": [",
        store, keys, threads, subject);
  }

  /** One thread that asks a leased limit as fast as it can. */
  private String lease(RedisSubjects redis, String key) throws Exception {
    LongAdder trips = new LongAdder();
    ScriptRunner plain = redis.runner();
    ScriptRunner counted = call -> {
      trips.increment();
      return plain.run(call);
    };
    StoreLimiter store = StoreLimiter.create(Limits.parse(LEASED + "/second"), 1, counted);
    long nanos = 2_000_000_000;
    long total = 0;
    long calls = 0;
    long admitted = 0;
    long late = 0;
    try (LeasedLimiter limiter = LeasedLimiter.create(store, key)) {
      long start = System.nanoTime();
      long tripsBefore = 0;
      boolean settled = false; // the burst is used up, and leases have their size
      while (System.nanoTime() - start < 2 * nanos) {
        if (!settled && System.nanoTime() - start >= nanos) {
          settled = true;
          total = admitted;
          tripsBefore = trips.sum();
          calls = 0;
          admitted = 0;
          late = System.nanoTime();
        }
        calls++;
        admitted += limiter.tryAcquire() ? 1 : 0;
      }
      double seconds = (System.nanoTime() - late) / 1e9;
      total += admitted;
      double most = LEASED + LEASED * (System.nanoTime() - start) / 1e9;
      if (total > most) {
        throw new IllegalStateException(total + " admitted, and no more than " + most + " are due");
      }
      long made = trips.sum() - tripsBefore;
      return String.format(
          Locale.ROOT,
          "{\"decisions\": %.0f, \"perThousandAdmitted\": %.3f, \"perThousand\": %.4f, \"used\": %.4f}",
          calls / seconds,
          1_000.0 * made / admitted,
          1_000.0 * made / calls,
          admitted / seconds / LEASED);
    }
  }

  private String json(String version) throws IOException {
    String measured = cells.entrySet().stream()
        .map(cell -> "  " + cell.getKey() + String.join(", ", cell.getValue()) + "]}")
        .collect(Collectors.joining(",\n"));
    return String.format(
        """
        {
        "form": "%s", "processor": "%s", "cores": %d, "jdk": "%s", "redis": "%s",
        "rounds": %d, "millis": %d,
        "cells": [
        %s
        ],
        "leases": [
          %s
        ],
        "wrong": [
          %s
        ]
        }
        """,
        form.name,
        Machine.processor(),
        Runtime.getRuntime().availableProcessors(),
        Machine.jdk(),
        version,
        form.rounds,
        form.millis,
        measured,
        String.join(",\n  ", leases),
        String.join(",\n  ", wrong));
  }
}
