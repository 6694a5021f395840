package io.limiter.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What is known of the terminal that people look at.
 *
 * @param progress whether standard error is a terminal, so that it can be told how far a log is read
 * @param colours whether standard output is a terminal that may be given colours
 * @param columns the width of a line
 */
record Terminal(boolean progress, boolean colours, int columns) {
  private static final int COLUMNS = 80; // where nobody says
  private static final int LEAST = 40;
  private static final int MOST = 400;

  /** No terminal: plain text, at the width of one. */
  static final Terminal NONE = new Terminal(false, false, COLUMNS);

  /** That of this process, by its environment. */
  static Terminal of(Map<String, String> environment) {
    String noColour = environment.getOrDefault("NO_COLOR", "");
    boolean colours =
        noColour.isEmpty() && !environment.getOrDefault("TERM", "").equals("dumb") && isTerminal(1);
    return new Terminal(isTerminal(2), colours, columns(environment.getOrDefault("COLUMNS", "")));
  }

  private static int columns(String text) {
    byte[] bytes = Bytes.of(text);
    long number = Bytes.number(bytes, 0, bytes.length);
    return number <= 0 ? COLUMNS : (int) Math.max(LEAST, Math.min(number, MOST));
  }

  /** Whether a descriptor of this process is a terminal, as far as can be told in Java. */
  private static boolean isTerminal(int descriptor) {
    try {
      Path file = Path.of("/proc/self/fd/" + descriptor);
      if (Files.isSymbolicLink(file)) {
        String target = Files.readSymbolicLink(file).toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      }
    } catch (IOException | InvalidPathException e) {
      return false;
    }
    // Without /proc: since 22 there is a console even where there is no terminal.
    return Runtime.version().feature() < 22 && System.console() != null;
  }
}
