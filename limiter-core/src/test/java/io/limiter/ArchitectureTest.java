package io.limiter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

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
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

/** Holds the map of limiter-core: which package may use which, what is public, what is absent. */
class ArchitectureTest {

  /** Each package and the packages of limiter-core that it may use besides itself. */
  private static final Map<String, Set<String>> ARROWS = Map.of(
      "io.limiter", Set.of(),
      "io.limiter.rule", Set.of("io.limiter"),
      "io.limiter.keyed", Set.of("io.limiter", "io.limiter.rule"),
      "io.limiter.http", Set.of("io.limiter", "io.limiter.rule"),
      "io.limiter.tool",
          Set.of("io.limiter", "io.limiter.rule", "io.limiter.keyed", "io.limiter.http"));

  private static final Set<String> NOT_EXPORTED = Set.of("io.limiter.tool");

  /** One public type a line; lines that start with # are comments. */
  private static final String PUBLIC_TYPES = "public-types.txt";

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
                .resideInAnyPackage(
                    Stream.concat(Stream.of("java..", arrow.getKey()), arrow.getValue().stream())
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

  @Test
  void module_descriptor_requiresOnlyJavaBaseAndExportsEveryPackageButTheTool() {
    ModuleDescriptor module =
        ModuleFinder.of(MAIN_CLASSES).find("io.limiter.core").orElseThrow().descriptor();
    assertEquals(
        Set.of("java.base"),
        module.requires().stream()
            .map(ModuleDescriptor.Requires::name)
            .collect(Collectors.toSet()));
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

  @Test
  void jdeps_classFiles_needOnlyJavaBase() {
    assertEquals(
        "java.base",
        run("jdeps", "--multi-release", "17", "--print-module-deps", MAIN_CLASSES.toString())
            .strip());
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
  void core_classesButThoseOfWaitersAndChanges_useNoLocks() {
    noClasses()
        .that()
        .resideInAPackage("io.limiter")
        .and()
        .doNotHaveFullyQualifiedName("io.limiter.Line")
        .and()
        .doNotHaveFullyQualifiedName("io.limiter.Changes")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Lock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(ReadWriteLock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(StampedLock.class)
        .because("io.limiter claims to be lock-free, but for those who wait or change a limit")
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
