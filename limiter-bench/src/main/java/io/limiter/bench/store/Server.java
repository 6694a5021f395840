package io.limiter.bench.store;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Redis or a PostgreSQL of its own on a loopback port of its own. */
final class Server implements AutoCloseable {
  private static final Path POSTGRES = Path.of("/usr/lib/postgresql");

  private final Path folder;
  private final Process process;
  final int port;

  private Server(Path folder, int port, List<String> command) throws IOException {
    this.folder = folder;
    this.port = port;
    process = new ProcessBuilder(command)
        .directory(Path.of("/").toFile())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }

  /** Where redis-server is, if it is installed. */
  static Optional<Path> redisProgram() {
    return Stream.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
        .map(place -> Path.of(place, "redis-server"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Where the programs of the newest PostgreSQL are, if it is installed. */
  static Optional<Path> postgresPrograms() throws IOException {
    if (!Files.isDirectory(POSTGRES)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(POSTGRES)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(programs -> Files.isExecutable(programs.resolve("initdb")))
          .max(Comparator.naturalOrder());
    }
  }

  static Server redis(Path program) throws IOException, InterruptedException {
    int port = freePort();
    Path folder = Files.createTempDirectory("redis");
    Server server = new Server(
        folder,
        port,
        List.of(
            program.toString(),
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder.toString()));
    server.awaitPort();
    return server;
  }

  /** PostgreSQL does not run as root: the user that its package makes owns the folder. */
  static Server postgres(Path programs) throws IOException, InterruptedException {
    int port = freePort();
    Path folder = Files.createTempDirectory("postgres");
    boolean root = System.getProperty("user.name").equals("root");
    String user = root ? "runuser -u postgres -- " : "";
    String own = root ? "chown postgres " + folder + " && " : "";
    Path data = folder.resolve("data");
    String init = user + programs.resolve("initdb")
        + " -A trust -U limiter -E UTF8 --locale=C --no-sync -D " + data;
    String start = user + programs.resolve("postgres") + " -D " + data + " -p " + port
        + " -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off";
    Server server = new Server(folder, port, List.of("sh", "-c", own + init + " && exec " + start));
    server.awaitPort();
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitPort() throws IOException, InterruptedException {
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
        return;
      } catch (IOException e) {
        if (!process.isAlive()) {
          String log = Files.readString(folder.resolve("log"));
          close();
          throw new IOException(log, e);
        }
        Thread.sleep(20);
      }
    }
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
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
