package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import org.junit.jupiter.api.Test;

/**
 * The Java blocks of each page, pasted one after the other into jshell: each compiles with the imports
 * that the page has shown so far, and runs. Where a line ends in {@code // -> value}, it has that value.
 */
class MarkdownTest {
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)\n```", Pattern.DOTALL);
  private static final Pattern IMPORT = Pattern.compile("^import .*;$", Pattern.MULTILINE);
  private static final Pattern VALUE = Pattern.compile("\\s*// -> ([^\n]*)");
  private static final Pattern VALUE_AT_END = Pattern.compile("// -> ([^\n]*)\\s*\\z");

  /** How many values were compared. */
  private static int paste(String page) {
    int values = 0;
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
          .forEach(shell::addToClasspath);
      List<String> blocks = BLOCK.matcher(page).results().map(b -> b.group(1)).toList();
      for (String block : blocks) { // a new import would make the shell forget what variables hold
        IMPORT.matcher(block).results().forEach(found -> evaluate(shell, found.group(), null));
      }
      for (String block : blocks) {
        String rest = IMPORT.matcher(block).replaceAll("");
        while (!rest.isBlank()) {
          CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
          String source = next.source() == null ? rest : next.source();
          rest = next.source() == null ? "" : next.remaining();
          values += evaluate(shell, source, expected(source, rest));
        }
      }
    }
    return values;
  }

  /** The value that a comment right behind a snippet says; null if there is none. */
  private static String expected(String source, String rest) {
    Matcher behind = VALUE.matcher(rest);
    Matcher atEnd = VALUE_AT_END.matcher(source);
    return behind.lookingAt()
        ? behind.group(1).strip()
        : rest.isBlank() && atEnd.find() ? atEnd.group(1).strip() : null;
  }

  private static int evaluate(JShell shell, String source, String expected) {
    List<String> values = new ArrayList<>();
    for (SnippetEvent event : shell.eval(source)) {
      assertEquals(
          Snippet.Status.VALID,
          event.status(),
          () -> source
              + shell.diagnostics(event.snippet()).map(d -> d.getMessage(null)).toList());
      assertEquals(null, event.exception(), source);
      values.add(event.value());
    }
    if (expected != null) {
      assertEquals(List.of(expected), values, source);
      return 1;
    }
    return 0;
  }

  @Test
  void javaOfEachPage_pastedIntoAShell_runs() throws IOException {
    List<Path> pages;
    try (Stream<Path> files = Files.walk(Path.of(".."), 3)) {
      pages = files
          .filter(file -> file.toString().endsWith(".md") && !file.toString().contains("target"))
          .toList();
    }
    assertTrue(pages.size() >= 4, pages::toString);
    int values = 0;
    for (Path page : pages) {
      values += paste(Files.readString(page));
    }
    assertEquals(11, values);
  }

  @Test
  void blockThatDoesNotCompile_orHasAnotherValue_isCaught() {
    assertEquals(1, paste("```java\nint a = 1;\na + 1;   // -> 2\n```"));
    for (String wrong : List.of("a + 1;", "int a = 1; a + 1;   // -> 3", "throw new Error();")) {
      assertTrue(fails(() -> paste("```java\n" + wrong + "\n```")), () -> "not caught: " + wrong);
    }
  }

  private static boolean fails(Runnable check) {
    try {
      check.run();
      return false;
    } catch (AssertionError e) {
      return true;
    }
  }
}
