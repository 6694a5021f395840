package io.limiter.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.commands.ScriptingKeyCommands;
import redis.clients.jedis.exceptions.JedisException;

/** A Redis of its own on a loopback port of its own; ends with the test. */
final class RedisServer implements AutoCloseable {
  private static final List<Path> PLACES = Stream.of("redis-server", "valkey-server")
      .flatMap(name -> Stream.of("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
          .map(folder -> Path.of(folder, name)))
      .toList();

  private final Path program;
  private final Path folder;
  private final int port;
  private final List<String> options;
  private Process process;

  private RedisServer(Path program, List<String> options) throws IOException {
    this.program = program;
    this.folder = Files.createTempDirectory("redis");
    this.options = options;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = socket.getLocalPort();
    }
  }

  /** A server that keeps nothing on disk; where there is none to start, the test is skipped. */
  static RedisServer start(String... options) throws IOException, InterruptedException {
    List<Path> found = PLACES.stream().filter(Files::isExecutable).toList();
    assumeTrue(!found.isEmpty(), "needs redis-server: apt-get install redis-server");
    RedisServer server = new RedisServer(found.get(0), List.of(options));
    server.restart();
    return server;
  }

  int port() {
    return port;
  }

  Jedis connect() {
    return new Jedis("127.0.0.1", port, 2_000, 10_000);
  }

  /** Starts the server again after {@link #kill}. */
  void restart() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(
        program.toString(), "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", ""));
    command.addAll(options);
    process = new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
    while (!answers()) {
      if (!process.isAlive()) {
        throw new IOException("redis-server ended with " + process.exitValue());
      }
      Thread.sleep(5);
    }
  }

  private boolean answers() {
    try (Jedis jedis = connect()) {
      return jedis.ping().equals("PONG");
    } catch (JedisException e) {
      return false;
    }
  }

  /** As kill -9 does. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** How a caller uses Jedis: this is the guide's example. */
  static ScriptRunner runner(ScriptingKeyCommands jedis) {
    return call -> call.isDigest()
        ? jedis.evalsha(call.script(), call.keys(), call.arguments())
        : jedis.eval(call.script(), call.keys(), call.arguments());
  }

  @Override
  public void close() throws IOException {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
