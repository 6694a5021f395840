package io.limiter.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.rule.Limits;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The limiter on a real PostgreSQL. */
class PostgresTest {
  private static final int STEPS = Integer.getInteger("store.steps", 12_000) / 3;
  private static final int SECONDS = Integer.getInteger("store.seconds", 2);
  private static final int N = 200; // permits per second
  private static final int B = 300;
  private static final Limits TEN = Limits.parse("10/hour");

  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
    }
  }

  private static StoreEngine engine(Connection connection, String key) {
    Limits any = Limits.parse("unlimited");
    return new ScriptedEngine(
        StoreLimiter.postgres(any, 0, PostgresServer.runner(connection)), key);
  }

  @Test
  void statement_byTheCallersTime_isExact() throws Exception {
    try (Connection connection = server.connect()) {
      int steps = 0;
      for (long seed = new Random().nextLong(); steps < STEPS; seed++) {
        StoreTimeline life = new StoreTimeline(seed, engine(connection, "life:" + seed));
        assertEquals(Optional.empty(), life.run(), "seed " + seed);
        steps += life.steps();
      }
    }
  }

  @Test
  void denial_writesAndLocksNothing() throws Exception {
    try (Connection connection = server.connect()) {
      StoreLimiter limiter = StoreLimiter.postgres(TEN, 0, PostgresServer.runner(connection));
      assertTrue(limiter.tryAcquire("denied", 10));
      String before = row(connection, "denied");
      for (int i = 0; i < 10; i++) {
        assertFalse(limiter.tryAcquire("denied"));
      }
      assertFalse(limiter.peek("denied", 1).admitted());
      assertEquals(before, row(connection, "denied"));
    }
  }

  /** The version of the row and who locked it. */
  private static String row(Connection connection, String key) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(
            "SELECT ctid, xmin, xmax, value FROM limiter WHERE key = '" + key + "'")) {
      return row.next()
          ? row.getString(1) + row.getString(2) + row.getString(3) + row.getString(4)
          : "";
    }
  }

  @Test
  void refund_reset_change_andSeen_areThoseOfRedis() throws Exception {
    try (Connection connection = server.connect()) {
      StoreLimiter limiter = StoreLimiter.postgres(TEN, 0, PostgresServer.runner(connection));
      StoreDecision charge = limiter.decide("a", 4);
      assertTrue(limiter.refund(charge, 3));
      assertFalse(limiter.refund(charge, 1));
      assertEquals(9, limiter.peek("a", 1).decision().remaining());
      assertEquals(
          19,
          limiter.withLimits(Limits.parse("20/hour"), 1).peek("a", 1).decision().remaining());
      assertTrue(limiter.tryAcquire("a", 9));
      execute(connection, "DELETE FROM limiter WHERE key = 'a'");
      assertFalse(limiter.tryAcquire("a", 2), "it is reminded");
      assertTrue(limiter.seenKeys(0).tryAcquire("a", 2), "nobody remembers");
      assertTrue(limiter.reset("a"));
      assertTrue(limiter.seenKeys(0).tryAcquire("a", 10));
    }
  }

  private static int execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  @Test
  void sweep_deletesFreshKeysOnly() throws Exception {
    try (Connection connection = server.connect()) {
      StoreLimiter limiter = StoreLimiter.postgres(TEN, 0, PostgresServer.runner(connection));
      limiter.tryAcquire("swept:slow");
      limiter.withLimits(Limits.parse("1/ms"), 0).tryAcquire("swept:fast");
      Thread.sleep(5);
      assertTrue(execute(connection, PostgresSchema.sweep()) >= 1);
      assertEquals("", row(connection, "swept:fast"));
      assertFalse(row(connection, "swept:slow").isEmpty());
    }
  }

  @Test
  void callers_atOnce_neverGetMoreThanBurstPlusRate() throws Exception {
    long most = mostAtOnce("public");
    assertTrue(most >= B / 2, most + " at once: the burst was not used");
    assertTrue(most <= B, most + " at once");
  }

  @Test
  void functionThatTakesNoLock_isCaught() throws Exception {
    createWrong("unlocked", "FOR UPDATE", "");
    long most = mostAtOnce("unlocked");
    assertTrue(most > B, most + " at once");
  }

  /** Six callers of one key. */
  private static long mostAtOnce(String schema) throws Exception {
    Limits limits = Limits.parse(N + "/second burst " + B);
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    Callable<List<Long>> caller = () -> {
      List<Long> admitted = new ArrayList<>();
      try (Connection connection = server.connect()) {
        execute(connection, "SET search_path = " + schema);
        long[] now = new long[1];
        StatementRunner postgres = (sql, key, arguments) -> {
          String reply = PostgresServer.runner(connection).run(sql, key, arguments);
          now[0] = Long.parseLong(reply.split("\\|")[1]);
          return reply;
        };
        StoreLimiter limiter = StoreLimiter.postgres(limits, 0, postgres);
        while (System.nanoTime() - end < 0) {
          if (limiter.tryAcquire("race")) {
            admitted.add(now[0]);
          }
        }
      }
      return admitted;
    };
    ExecutorService pool = Executors.newFixedThreadPool(6);
    try {
      List<Long> all = new ArrayList<>();
      for (Future<List<Long>> each :
          pool.invokeAll(List.of(caller, caller, caller, caller, caller, caller))) {
        all.addAll(each.get());
      }
      return StoreRacer.mostAtOnce(all, N);
    } finally {
      pool.shutdownNow();
    }
  }

  /** The functions are what is tested: one that is wrong in one way is caught. */
  @Test
  void functions_thatAreWrong_areCaught() throws Exception {
    String[][] changes = {
      {"f := f + a[o + 6]::bigint;", ""},
      {"(w, f) <= (now + a[o + 7]::bigint, a[o + 8]::bigint)", "w <= now + a[o + 7]::bigint"},
      {"IF take AND admitted THEN", "IF take THEN"},
      {"g := g + bw + (h + bf) / n;", "g := 0;"},
      {"IF (lw, lf) < (bw, bf) THEN", "IF false THEN"},
    };
    for (int i = 0; i < changes.length; i++) {
      createWrong("wrong" + i, changes[i][0], changes[i][1]);
      boolean caught = false;
      try (Connection connection = server.connect()) {
        execute(connection, "SET search_path = wrong" + i);
        for (long seed = 0; seed < 300 && !caught; seed++) {
          caught = isCaught(seed, engine(connection, "life:" + seed));
        }
      }
      assertTrue(caught, changes[i][1]);
    }
  }

  private static boolean isCaught(long seed, StoreEngine engine) {
    try {
      return new StoreTimeline(seed, engine).run().isPresent();
    } catch (StoreException | IllegalArgumentException e) {
      return true; // a reply that cannot be
    }
  }

  private static void createWrong(String schema, String right, String wrong) throws SQLException {
    boolean changed = false;
    try (Connection connection = server.connect()) {
      execute(connection, "CREATE SCHEMA " + schema);
      execute(connection, "SET search_path = " + schema);
      for (String statement : PostgresSchema.statements()) {
        changed |= statement.contains(right);
        execute(connection, statement.replace(right, wrong));
      }
    }
    assertTrue(changed, "the text has changed: " + right);
  }

  @Test
  void statement_withoutTheSchema_isAMistakeUnderEveryPolicy() throws Exception {
    try (Connection connection = server.connect()) {
      execute(connection, "SET search_path = pg_catalog");
      StoreLimiter limiter = StoreLimiter.postgres(TEN, 0, PostgresServer.runner(connection))
          .onFailure(FailurePolicy.open());
      StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("a"));
      assertFalse(e.outcomeUnknown());
      assertTrue(e.getMessage().contains("limiter_take"), e.getMessage());
    }
  }

  @Test
  void statement_thatTimesOut_isKnownNotToCount() throws Exception {
    try (Connection holder = server.connect();
        Connection connection = server.connect()) {
      StoreLimiter limiter = StoreLimiter.postgres(TEN, 0, PostgresServer.runner(connection));
      assertTrue(limiter.tryAcquire("held"));
      holder.setAutoCommit(false);
      execute(holder, "UPDATE limiter SET forget = forget WHERE key = 'held'");
      execute(connection, "SET statement_timeout = '50ms'");
      StoreException e = assertThrows(StoreException.class, () -> limiter.tryAcquire("held"));
      assertFalse(e.outcomeUnknown(), "it was rolled back");
      assertTrue(limiter.onFailure(FailurePolicy.open()).tryAcquire("held"), "an outage");
      holder.rollback();
      execute(connection, "SET statement_timeout = 0");
      assertEquals(9, limiter.peek("held", 1).decision().remaining());
    }
  }
}
