package io.limiter.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the tool that the README shows: each runs, and prints what is shown. */
class ReadmeToolTest {
  private static final Pattern BLOCK = Pattern.compile("```(\\w*)\n(.*?)\n```", Pattern.DOTALL);
  private static final Pattern COMMAND =
      Pattern.compile("java -jar limiter-core(?:/target/limiter-core)?\\.jar (.*)");
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  private static String section() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    int from = readme.indexOf("## The tool");
    return readme.substring(from, readme.indexOf("\n## ", from + 1));
  }

  private static List<String> words(String command) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(command);
    while (word.find()) {
      words.add(word.group(1) == null ? word.group(2) : word.group(1));
    }
    return words;
  }

  /** Whether the lines of {@code shown} are in {@code printed} in that order, ... standing for some. */
  private static void assertShown(String shown, String printed) {
    String rest = printed;
    for (String part : shown.split("\n?\\.\\.\\.\n")) {
      assertTrue(rest.contains(part), () -> "not printed:\n" + part + "\nbut\n" + printed);
      rest = rest.substring(rest.indexOf(part) + part.length());
    }
  }

  @Test
  void commands_print_whatIsShown() throws IOException {
    Matcher block = BLOCK.matcher(section());
    List<String> command = new ArrayList<>();
    int shown = 0;
    int commands = 0;
    while (block.find()) {
      Matcher found = COMMAND.matcher(block.group(2));
      if (block.group(1).equals("sh") && found.find()) {
        commands++;
        command = words(found.group(1));
        command.remove("access.log"); // the sample stands for it
        assertEquals(0, ToolRun.of("", command.toArray(String[]::new)).status());
      } else if (block.group(1).isEmpty()) {
        shown++;
        boolean replay = block.group(2).startsWith("3/second");
        String[] words =
            replay ? new String[] {"replay", "3/second, 60/hour"} : command.toArray(String[]::new);
        assertShown(block.group(2), ToolRun.of("", words).out());
      }
    }
    assertEquals(4, commands);
    assertEquals(3, shown);
    assertEquals("suggest", secondCommand());
  }

  private static String secondCommand() throws IOException {
    Matcher command = COMMAND.matcher(section());
    assertTrue(command.find() && command.find());
    return words(command.group(1)).get(0);
  }

  /** Those of the table, on a small log of that name. */
  @Test
  void commands_ofTheTable_run(@TempDir Path directory) throws IOException {
    Path log = directory.resolve("access.log");
    Files.writeString(
        log, "192.0.2.1 - - [29/Nov/2026:10:05:03 +0000] \"GET /api HTTP/1.1\" 200 5\n".repeat(3));
    Matcher code = Pattern.compile("`((?:suggest|replay|explain) [^`]*)`").matcher(section());
    int run = 0;
    while (code.find()) {
      List<String> words = words(code.group(1).replaceAll(" > .*", ""));
      words.replaceAll(word -> word.startsWith("access.log") ? log.toString() : word);
      if (words.get(1).startsWith("RULES") || words.get(1).startsWith("LOG")) {
        continue;
      }
      run++;
      ToolRun result = ToolRun.of("", words.toArray(String[]::new));
      assertEquals(0, result.status(), () -> words + ": " + result.err());
    }
    assertEquals(7, run);
  }
}
