package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run-time image that holds nothing but java.base and this module runs the tool. */
class JlinkTest {
  private static final Path CLASSES = Path.of("target/classes");

  private static String run(Path java, String... arguments)
      throws IOException, InterruptedException {
    String[] command = new String[arguments.length + 1];
    command[0] = java.toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  @Test
  void image_holdsTwoModules_andRunsTheTool(@TempDir Path directory)
      throws IOException, InterruptedException {
    Optional<ToolProvider> jlink = ToolProvider.findFirst("jlink");
    assumeTrue(jlink.isPresent() && Files.exists(CLASSES.resolve("module-info.class")));
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    Path image = directory.resolve("image");
    int status = jlink
        .get()
        .run(
            out,
            out,
            "--module-path",
            CLASSES.toString(),
            "--add-modules",
            "io.limiter.core",
            "--output",
            image.toString());
    assertEquals(0, status, said::toString);
    Path java = image.resolve("bin").resolve("java");
    assertEquals(2, run(java, "--list-modules").lines().count(), "java.base and io.limiter.core");
    String explained =
        run(java, "-m", "io.limiter.core/io.limiter.tool.Main", "explain", "60/hour");
    assertTrue(explained.contains("60/hour"), explained);
  }
}
