package io.limiter.spec.guide;

import io.limiter.NanoClock;
import io.limiter.keyed.KeyedLimiter;
import io.limiter.rule.Limits;
import java.util.Objects;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Limits all requests of a Spring Boot service by what application.yml says. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SpringLimits.ApiLimits.class)
class SpringLimits {

  /** {@code api.limits.per-key: 60/hour, 3/second, 5 concurrent}. A bad text stops the start. */
  @ConfigurationProperties("api.limits")
  record ApiLimits(Limits perKey, @DefaultValue("100000") long maxKeys) {}

  @Bean
  KeyedLimiter<String> apiLimiter(ApiLimits limits) {
    return KeyedLimiter.<String>builder(limits.perKey(), NanoClock.system())
        .maxKeys(limits.maxKeys())
        .build();
  }

  @Bean
  FilterRegistrationBean<ServletLimitFilter> apiLimitFilter(KeyedLimiter<String> apiLimiter) {
    return new FilterRegistrationBean<>(new ServletLimitFilter(
        apiLimiter,
        request -> Objects.requireNonNullElse(request.getHeader("X-Api-Key"), "anonymous")));
  }
}
