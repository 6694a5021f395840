package io.limiter.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every test that the table of promises names is there. */
class PromiseTableTest {
  private static final Pattern ROW = Pattern.compile("<tr><td>(.*?)<td>(.*?)(?=<tr>|</table>)");

  /** The texts of all test classes of limiter-spec and limiter-core, by simple name. */
  private static Map<String, String> sources() throws IOException {
    Map<String, String> sources = new TreeMap<>();
    for (String root : List.of("src/test/java", "src/deep/java", "../limiter-core/src/test/java")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.put(name, Files.readString(file));
        }
      }
    }
    return sources;
  }

  /** Names in a cell that are not there. In a group, "A, B.m, n" is m of A and of B, and n of B. */
  private static List<String> missing(String cell, Map<String, String> sources) {
    List<String> missing = new ArrayList<>();
    for (String group : cell.split(";")) {
      if (group.strip().startsWith("every property")) {
        continue;
      }
      TreeSet<String> classes = new TreeSet<>();
      boolean methodSeen = false;
      for (String each : group.split(",")) {
        String[] parts = each.strip().split("\\.");
        boolean isClass = Character.isUpperCase(parts[0].charAt(0));
        if (isClass) {
          if (methodSeen) {
            classes.clear();
          }
          methodSeen = parts.length == 2;
          classes.add(parts[0]);
          if (!sources.containsKey(parts[0])) {
            missing.add(parts[0]);
          }
        }
        String method = isClass ? (parts.length == 2 ? parts[1] : null) : parts[0];
        if (method == null) {
          continue;
        }
        for (String name : classes) {
          if (!sources.getOrDefault(name, "").matches("(?s).*\\b" + method + "\\(.*")) {
            missing.add(name + "." + method);
          }
        }
        if (!isClass && classes.isEmpty()) {
          missing.add(method);
        }
      }
    }
    return missing;
  }

  @Test
  void everyTestThatTheTableNames_isThere() throws IOException {
    String table = Files.readString(Path.of("src/main/java/io/limiter/spec/package-info.java"))
        .replaceAll("\n \\* *", " ");
    Map<String, String> sources = sources();
    Matcher rows = ROW.matcher(table);
    int count = 0;
    List<String> missing = new ArrayList<>();
    while (rows.find()) {
      count++;
      missing.addAll(missing(rows.group(2), sources));
    }
    assertTrue(count > 50, count + " rows");
    assertEquals(List.of(), missing);
  }

  @Test
  void aNameThatIsNotThere_isCaught() {
    Map<String, String> sources = Map.of("A", "void m() {}", "B", "void m() {} void n() {}");
    assertEquals(List.of(), missing("A, B.m; B.m, n", sources));
    assertEquals(List.of("A.n"), missing("A, B.n", sources));
    assertEquals(List.of("C"), missing("A, C", sources));
  }
}
