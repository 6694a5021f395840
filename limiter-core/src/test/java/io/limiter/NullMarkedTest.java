package io.limiter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.keyed.KeyedLimiter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.AnnotatedParameterizedType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The class files tell Kotlin and IDEs what may be null: all that is not said to be is not. */
class NullMarkedTest {
  @Test
  void packages_all_areNullMarked() throws ClassNotFoundException {
    ModuleDescriptor module = ModuleFinder.of(Path.of("target/classes"))
        .find("io.limiter.core")
        .orElseThrow()
        .descriptor();
    assertTrue(module.packages().contains("io.limiter.keyed"), module::toString);
    List<String> others = new ArrayList<>();
    for (String name : module.packages()) {
      if (!Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class)) {
        others.add(name);
      }
    }
    assertEquals(List.of(), others, "write @NullMarked in their package-info.java");
  }

  @Test
  void planOfKeyedLimiter_itsResult_isNullable() throws NoSuchMethodException {
    AnnotatedParameterizedType plan = (AnnotatedParameterizedType)
        KeyedLimiter.Builder.class.getMethod("limitsBy", Function.class)
            .getAnnotatedParameterTypes()[0];
    assertTrue(plan.getAnnotatedActualTypeArguments()[1].isAnnotationPresent(Nullable.class));
  }
}
