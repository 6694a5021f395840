package io.limiter.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A PostgreSQL of its own on a loopback port of its own; ends with the test. */
final class PostgresServer implements AutoCloseable {
  private static final Path INSTALLED = Path.of("/usr/lib/postgresql");

  private final Path folder;
  private final int port;
  private final Process process;

  private PostgresServer(Path programs) throws IOException {
    folder = Files.createTempDirectory("postgres");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    // PostgreSQL does not run as root: the user that its package makes owns the folder.
    boolean root = System.getProperty("user.name").equals("root");
    String user = root ? "runuser -u postgres -- " : "";
    String data = folder.resolve("data").toString();
    String own = root ? "chown postgres " + folder + " && " : "";
    String init = user + programs.resolve("initdb")
        + " -A trust -U limiter -E UTF8 --locale=C --no-sync -D " + data;
    String start = user + programs.resolve("postgres") + " -D " + data + " -p " + port
        + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off";
    process = new ProcessBuilder("sh", "-c", own + init + " && exec " + start)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .directory(Path.of("/").toFile())
        .start();
  }

  /** A server with the schema; where there is none to start, the test is skipped. */
  static PostgresServer start() throws IOException, InterruptedException, SQLException {
    PostgresServer server = new PostgresServer(programs());
    while (true) {
      try (Connection connection = server.connect()) {
        for (String statement : PostgresSchema.statements()) {
          try (Statement each = connection.createStatement()) {
            each.execute(statement);
          }
        }
        return server;
      } catch (SQLException e) {
        boolean starting = e.getSQLState().startsWith("08") || e.getSQLState().equals("57P03");
        if (!starting || !server.process.isAlive()) {
          String log = Files.readString(server.folder.resolve("log"));
          server.close();
          throw new IOException(log, e);
        }
        Thread.sleep(20);
      }
    }
  }

  private static Path programs() throws IOException {
    List<Path> found = List.of();
    if (Files.isDirectory(INSTALLED)) {
      try (Stream<Path> versions = Files.list(INSTALLED)) {
        found = versions
            .map(version -> version.resolve("bin"))
            .filter(programs -> Files.isExecutable(programs.resolve("initdb")))
            .sorted(Comparator.reverseOrder())
            .toList();
      }
    }
    assumeTrue(!found.isEmpty(), "needs PostgreSQL: apt-get install postgresql");
    return found.get(0);
  }

  /** Fails like a driver that cannot connect while the server starts. */
  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=limiter&connectTimeout=5");
  }

  /** How a caller uses JDBC: this is the guide's example, with one connection. */
  static StatementRunner runner(Connection connection) {
    return (sql, key, arguments) -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setString(1, key);
        statement.setString(2, arguments);
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          return result.getString(1);
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy(); // a quick end, which waits for nobody
    try {
      process.onExit().get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      process.destroyForcibly().onExit().join();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
