package io.limiter.spec.kit;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The test of a guarantee, as the test method's only parameter.
 *
 * @param name the guarantee, and the method
 * @param tries how many timelines: jqwik.tries.default in the JUnit Platform's configuration, or 1000
 */
record Trial(String name, int tries) {

  /** Finds out what the trial is about. */
  static final class Resolver implements ParameterResolver {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Trial.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return new Trial(
          context.getRequiredTestMethod().getName(),
          context
              .getConfigurationParameter("jqwik.tries.default", Integer::valueOf)
              .orElse(1_000));
    }
  }

  /** Tests the guarantee of this name. */
  void of(List<Guarantee> guarantees, Map<String, String> notClaimed, long seed) {
    List<String> names = guarantees.stream().map(Guarantee::name).toList();
    for (String not : notClaimed.keySet()) {
      if (!names.contains(not)) {
        throw new IllegalStateException("notClaimed: " + not + " (expected: one of " + names + ")");
      }
    }
    guarantees.get(names.indexOf(name)).test(seed, tries);
  }
}
