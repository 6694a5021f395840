package io.limiter.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names what a measurement ran on. */
public final class Machine {
  private Machine() {}

  /** The model of the processor, or {@code unknown} where the system does not say. */
  public static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The virtual machine and its version. */
  public static String jdk() {
    return System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version");
  }
}
