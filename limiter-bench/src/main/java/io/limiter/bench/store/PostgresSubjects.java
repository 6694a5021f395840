package io.limiter.bench.store;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.BucketProxy;
import io.github.bucket4j.distributed.jdbc.PrimaryKeyMapper;
import io.github.bucket4j.postgresql.Bucket4jPostgreSQL;
import io.limiter.rule.Limits;
import io.limiter.store.PostgresSchema;
import io.limiter.store.StatementRunner;
import io.limiter.store.StoreLimiter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;

/** Who is asked in a PostgreSQL, over the same pool of connections. */
final class PostgresSubjects implements AutoCloseable {
  private static final long RATE = 1_000_000; // per second and burst: everything is admitted

  private final String url;
  private final Queue<Connection> idle = new ConcurrentLinkedQueue<>();

  PostgresSubjects(int port) throws SQLException, InterruptedException {
    url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=limiter&connectTimeout=5";
    Connection connection = firstConnection();
    try (Statement statement = connection.createStatement()) {
      for (String each : PostgresSchema.statements()) {
        statement.execute(each);
      }
      statement.execute(
          "CREATE UNLOGGED TABLE bucket (id VARCHAR PRIMARY KEY, state BYTEA, expires_at BIGINT)");
    }
    idle.add(connection);
  }

  private Connection firstConnection() throws SQLException, InterruptedException {
    while (true) {
      try {
        return DriverManager.getConnection(url);
      } catch (SQLException e) {
        if (!"57P03".equals(e.getSQLState())) { // it is still starting
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  /** One hot key each. */
  Map<String, Subject> all() {
    Map<String, Subject> all = new LinkedHashMap<>();
    StoreLimiter limiter = StoreLimiter.postgres(Limits.parse(RATE + "/second"), 1, runner());
    all.put(RedisSubjects.OURS, key -> limiter.tryAcquire("hot"));
    BucketConfiguration limit = BucketConfiguration.builder()
        .addLimit(each -> each.capacity(RATE).refillGreedy(RATE, Duration.ofSeconds(1)))
        .build();
    BucketProxy bucket = Bucket4jPostgreSQL.selectForUpdateBasedBuilder(pool())
        .primaryKeyMapper(PrimaryKeyMapper.STRING)
        .build()
        .builder()
        .build("hot", () -> limit);
    all.put("Bucket4j", key -> bucket.tryConsume(1));
    return all;
  }

  private StatementRunner runner() {
    DataSource pool = pool();
    return (sql, key, arguments) -> {
      try (Connection connection = pool.getConnection();
          PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setString(1, key);
        statement.setString(2, arguments);
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          return result.getString(1);
        }
      }
    };
  }

  /** The least of a pool: closing a connection puts it back. */
  private DataSource pool() {
    return proxy(DataSource.class, (proxy, method, arguments) -> {
      if (!method.getName().equals("getConnection")) {
        throw new UnsupportedOperationException(method.getName());
      }
      Connection taken = idle.poll();
      Connection connection = taken == null ? DriverManager.getConnection(url) : taken;
      return proxy(Connection.class, (outer, called, with) -> {
        if (called.getName().equals("close")) {
          connection.setAutoCommit(true);
          idle.add(connection);
          return null;
        }
        try {
          return called.invoke(connection, with);
        } catch (InvocationTargetException e) {
          throw e.getCause();
        }
      });
    });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(
        PostgresSubjects.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Override
  public void close() throws SQLException {
    for (Connection each : idle) {
      each.close();
    }
  }
}
