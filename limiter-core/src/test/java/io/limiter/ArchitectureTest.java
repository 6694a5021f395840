package io.limiter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.StampedLock;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Holds the map of limiter-core: which package may use which, what is public, what is absent, how large
 * a class and a knot of classes may be.
 */
class ArchitectureTest {

  /** Each package and the packages of limiter-core that it may use besides itself. */
  private static final Map<String, Set<String>> ARROWS = Map.of(
      "io.limiter", Set.of(),
      "io.limiter.rule", Set.of("io.limiter"),
      "io.limiter.keyed", Set.of("io.limiter", "io.limiter.rule"),
      "io.limiter.http", Set.of("io.limiter", "io.limiter.rule"),
      "io.limiter.store", Set.of("io.limiter", "io.limiter.rule"),
      "io.limiter.tool",
          Set.of("io.limiter", "io.limiter.rule", "io.limiter.keyed", "io.limiter.http"));

  /** Nullness, for compile time only: Kotlin and IDEs read it from the class files. */
  private static final String ANNOTATIONS = "org.jspecify.annotations";

  private static final Set<String> NOT_EXPORTED = Set.of("io.limiter.tool");

  /** One public type a line; lines that start with # are comments. */
  private static final String PUBLIC_TYPES = "public-types.txt";

  private static final int MOST_IN_A_KNOT = 5; // classes
  private static final int MOST_LINES = 500;
  private static final int MOST_LINES_OF_AN_ALGORITHM = 280;

  private static final Path MAIN_SOURCES = Path.of("src/main/java");
  private static final Path MAIN_CLASSES = mainClasses();

  private static final JavaClasses CORE = new ClassFileImporter().importPath(MAIN_CLASSES);

  @TestFactory
  Stream<DynamicTest> packages_arrows_runOneWay() {
    return ARROWS.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(arrow -> DynamicTest.dynamicTest(
            arrow.getKey(),
            () -> classes()
                .that()
                .resideInAPackage(arrow.getKey())
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.concat(
                        Stream.of("java..", ANNOTATIONS, arrow.getKey()), arrow.getValue().stream())
                    .toArray(String[]::new))
                .allowEmptyShould(true)
                .because("the arrows between packages run one way (ARROWS)")
                .check(CORE)));
  }

  @Test
  void packages_all_areOnTheMap() {
    classes()
        .should()
        .resideInAnyPackage(ARROWS.keySet().toArray(String[]::new))
        .because("a new package needs its arrows in ArchitectureTest.ARROWS")
        .check(CORE);
  }

  @Test
  void publicTypes_all_areListed() throws IOException {
    Set<String> listed = listedPublicTypes();
    Set<String> found = CORE.stream()
        .filter(ArchitectureTest::isPublicOutside)
        .map(JavaClass::getName)
        .collect(Collectors.toCollection(TreeSet::new));
    Set<String> add = new TreeSet<>(found);
    add.removeAll(listed);
    Set<String> remove = new TreeSet<>(listed);
    remove.removeAll(found);
    if (!add.isEmpty() || !remove.isEmpty()) {
      fail("The public types differ from src/test/resources/io/limiter/"
          + PUBLIC_TYPES
          + ".\n"
          + lines("Public but not listed. Add these lines, or make the types package-private", add)
          + lines("Listed but not public. Remove these lines", remove));
    }
  }

  /** A reader who opens the package's page must find each type there, nested ones too. */
  @Test
  void publicTypes_ofTheCore_areNamedInThePackageOverview() throws IOException {
    String overview = Files.readString(MAIN_SOURCES.resolve("io/limiter/package-info.java"));
    List<String> missing =
        unnamed(listedPublicTypes().stream().filter(ArchitectureTest::isInCore).toList(), overview);
    assertEquals(List.of(), missing, "link them in io/limiter/package-info.java");
  }

  @Test
  void typeThatTheOverviewDoesNotLink_isCaught() {
    String overview = "{@link io.limiter.Gate.Builder} and {@link\n * io.limiter.GcraMath}";
    assertEquals(
        List.of("io.limiter.Gate", "io.limiter.Gcra"),
        unnamed(
            List.of(
                "io.limiter.Gate",
                "io.limiter.Gate$Builder",
                "io.limiter.Gcra",
                "io.limiter.GcraMath"),
            overview));
  }

  private static boolean isInCore(String typeName) {
    return typeName.matches("io\\.limiter\\.[A-Z].*");
  }

  /** The types without a link; a link may be broken after its tag. */
  private static List<String> unnamed(List<String> typeNames, String overview) {
    String text = overview.replaceAll("\\s+\\*?\\s*", " ");
    return typeNames.stream()
        .filter(name -> !text.contains("{@link " + name.replace('$', '.') + "}"))
        .toList();
  }

  @Test
  void module_descriptor_requiresOnlyJavaBaseAndExportsEveryPackageButTheTool() {
    ModuleDescriptor module =
        ModuleFinder.of(MAIN_CLASSES).find("io.limiter.core").orElseThrow().descriptor();
    assertEquals(Set.of("java.base"), required(module, false));
    assertEquals(Set.of("org.jspecify"), required(module, true), "at compile time alone");
    Set<String> expected = CORE.stream()
        .map(JavaClass::getPackageName)
        .filter(name -> !name.isEmpty() && !NOT_EXPORTED.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
    Set<String> exported = module.exports().stream()
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, exported, "the exports in src/main/java/module-info.java");
    assertTrue(module.opens().isEmpty(), "nothing is open to reflection");
  }

  private static Set<String> required(ModuleDescriptor module, boolean compileTimeOnly) {
    return module.requires().stream()
        .filter(each ->
            each.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC) == compileTimeOnly)
        .map(ModuleDescriptor.Requires::name)
        .collect(Collectors.toSet());
  }

  @Test
  void jdeps_classFiles_needOnlyJavaBaseAndMissOnlyAnnotations() {
    String classes = MAIN_CLASSES.toString();
    String[] needed = {
      "--multi-release", "17", "--ignore-missing-deps", "--print-module-deps", classes
    };
    assertEquals("java.base", run("jdeps", needed).strip());
    List<String> missing = run("jdeps", "--multi-release", "17", "--missing-deps", classes)
        .lines()
        .filter(line -> line.matches(".*-> .*[^ ] +not found"))
        .filter(line -> !line.contains("-> " + ANNOTATIONS + "."))
        .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  void numbers_everywhere_areNotFloatingPoint() {
    classes().should(useNoFloatingPointInSignatures()).check(CORE);
  }

  @Test
  void core_methods_areNotSynchronized() {
    methods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage("io.limiter")
        .should()
        .notHaveModifier(JavaModifier.SYNCHRONIZED)
        .because("io.limiter claims to be lock-free")
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void core_classesButTheDoor_useNoLocks() {
    noClasses()
        .that()
        .resideInAPackage("io.limiter")
        .and()
        .doNotHaveFullyQualifiedName("io.limiter.Door")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Lock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ReadWriteLock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(StampedLock.class)
        .because("io.limiter is lock-free; all that waits, gives back or changes goes by the door")
        .allowEmptyShould(true)
        .check(CORE);
  }

  /** ArchUnit does not see synchronized blocks, so this asks the disassembler. */
  @Test
  void core_bytecode_entersNoMonitor() throws IOException {
    List<String> files;
    try (Stream<Path> entries = Files.list(MAIN_CLASSES.resolve("io/limiter"))) {
      files = entries
          .map(Path::toString)
          .filter(name -> name.endsWith(".class"))
          .sorted()
          .toList();
    }
    String current = "";
    for (String line : run(
            "javap", Stream.concat(Stream.of("-c", "-p"), files.stream()).toArray(String[]::new))
        .split("\\R")) {
      if (line.startsWith("Compiled from")) {
        current = line;
      }
      assertTrue(!line.contains(": monitorenter"), "a synchronized block. " + current);
    }
  }

  @TestFactory
  Stream<DynamicTest> packages_knots_haveAtMost5Classes() {
    return ARROWS.keySet().stream()
        .sorted()
        .map(name -> DynamicTest.dynamicTest(name, () -> {
          for (Set<String> knot : knots(usesWithin(name))) {
            assertTrue(knot.size() <= MOST_IN_A_KNOT, () -> "depend on each other: " + knot);
          }
        }));
  }

  @Test
  void knots_ofClassesInTwoCirclesThatShareOne_areOneKnot() {
    Map<String, Set<String>> uses = Map.of(
        "A", Set.of("B"),
        "B", Set.of("A", "C", "E"),
        "C", Set.of("D"),
        "D", Set.of("B"),
        "E", Set.of("E"));
    assertEquals(Set.of(Set.of("A", "B", "C", "D"), Set.of("E")), knots(uses));
  }

  /** What depends on each other in circles, directly or not; a class that does not is one by itself. */
  private static Set<Set<String>> knots(Map<String, Set<String>> uses) {
    Map<String, Set<String>> reached = new TreeMap<>();
    for (String from : uses.keySet()) {
      Set<String> seen = new TreeSet<>();
      Deque<String> open = new ArrayDeque<>(List.of(from));
      while (!open.isEmpty()) {
        String each = open.pop();
        if (seen.add(each)) {
          open.addAll(uses.getOrDefault(each, Set.of()));
        }
      }
      reached.put(from, seen);
    }
    return uses.keySet().stream()
        .map(each -> reached.get(each).stream()
            .filter(other -> reached.get(other).contains(each))
            .collect(Collectors.toSet()))
        .collect(Collectors.toSet());
  }

  /** For each top-level class of a package the others that it uses. */
  private static Map<String, Set<String>> usesWithin(String packageName) {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass type : CORE) {
      if (type.getPackageName().equals(packageName)) {
        Set<String> used = uses.computeIfAbsent(topLevel(type), name -> new TreeSet<>());
        for (Dependency each : type.getDirectDependenciesFromSelf()) {
          JavaClass target = each.getTargetClass().getBaseComponentType();
          if (target.getPackageName().equals(packageName)) {
            used.add(topLevel(target));
          }
        }
      }
    }
    return uses;
  }

  private static String topLevel(JavaClass type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
  }

  @Test
  void sources_ofAnyClass_haveAtMost500Lines() throws IOException {
    try (Stream<Path> files = Files.walk(MAIN_SOURCES)) {
      List<String> tooLong = files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> lines(file) > MOST_LINES)
          .map(file -> MAIN_SOURCES.relativize(file) + " has " + lines(file) + " lines")
          .sorted()
          .toList();
      assertEquals(List.of(), tooLong, "a class has one reason to exist");
    }
  }

  @Test
  void sources_ofGcraAndTokenBucket_sayNothingButWhatTheAlgorithmIs() {
    for (String name : List.of("Gcra", "TokenBucket")) {
      long lines = lines(MAIN_SOURCES.resolve("io/limiter/" + name + ".java"));
      assertTrue(lines <= MOST_LINES_OF_AN_ALGORITHM, name + " has " + lines + " lines");
    }
  }

  private static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path mainClasses() {
    try {
      Path testClasses = Path.of(ArchitectureTest.class
          .getProtectionDomain()
          .getCodeSource()
          .getLocation()
          .toURI());
      return testClasses.resolveSibling("classes");
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static Set<String> listedPublicTypes() throws IOException {
    try (InputStream in = ArchitectureTest.class.getResourceAsStream(PUBLIC_TYPES)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String lines(String title, Set<String> names) {
    return names.isEmpty() ? "" : title + ":\n" + String.join("\n", names) + "\n";
  }

  /** Whether code in other packages can name the type: it and all types around it are public. */
  private static boolean isPublicOutside(JavaClass type) {
    Optional<JavaClass> around = type.getEnclosingClass();
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && around.map(ArchitectureTest::isPublicOutside).orElse(true);
  }

  private static ArchCondition<JavaClass> useNoFloatingPointInSignatures() {
    return new ArchCondition<>("use no double or float in fields, parameters and results") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaField field : type.getFields()) {
          report(events, field.getFullName(), Stream.of(field.getRawType()));
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
          report(
              events,
              unit.getFullName(),
              Stream.concat(
                  unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType())));
        }
      }

      private void report(ConditionEvents events, String where, Stream<JavaClass> types) {
        types
            .map(JavaClass::getBaseComponentType)
            .filter(ArchitectureTest::isFloatingPoint)
            .forEach(bad -> events.add(SimpleConditionEvent.violated(
                bad, where + " uses " + bad.getSimpleName() + ": use long")));
      }
    };
  }

  private static boolean isFloatingPoint(JavaClass type) {
    return Set.of("double", "float", "java.lang.Double", "java.lang.Float")
        .contains(type.getName());
  }

  private static String run(String tool, String... arguments) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    int status = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
    out.flush();
    assertEquals(0, status, text::toString);
    return text.toString();
  }
}
