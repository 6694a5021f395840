package io.limiter.store;

/**
 * Runs a statement in PostgreSQL and waits for its one row of one text: what the caller's client does. {@link
 * StoreLimiter} shows it with JDBC.
 *
 * <p>Use autocommit, and set a time-out. Called by as many threads as call the limiter.
 */
@FunctionalInterface
public interface StatementRunner {
  /**
   * Runs {@code sql} once.
   *
   * @param sql a statement with two parameters, of the type text
   * @param key the first parameter
   * @param arguments the second parameter, plain ASCII
   * @return the one column of the one row
   * @throws Exception if there was no answer, or an error
   */
  String run(String sql, String key, String arguments) throws Exception;
}
