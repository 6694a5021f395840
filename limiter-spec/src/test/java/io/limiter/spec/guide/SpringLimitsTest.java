package io.limiter.spec.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.keyed.KeyedLimiter;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.springframework.boot.Banner;
import org.springframework.boot.autoconfigure.web.servlet.DispatcherServletAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.embedded.jetty.JettyServletWebServerFactory;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.config.annotation.EnableWebMvc;

class SpringLimitsTest {

  @Configuration(proxyBeanMethods = false)
  @EnableWebMvc
  @Import({SpringLimits.class, DispatcherServletAutoConfiguration.class, Hello.class})
  static class App {
    @Bean
    JettyServletWebServerFactory server() {
      return new JettyServletWebServerFactory(0);
    }
  }

  @RestController
  static class Hello {
    @GetMapping("/hello")
    String hello() {
      return "hello";
    }

    @GetMapping("/later")
    Callable<String> later() { // Spring MVC starts an asynchronous request
      return () -> "later";
    }
  }

  private static ConfigurableApplicationContext start(String perKey) {
    return new SpringApplicationBuilder(App.class)
        .bannerMode(Banner.Mode.OFF)
        .logStartupInfo(false)
        .run("--api.limits.per-key=" + perKey, "--logging.level.root=OFF");
  }

  @Test
  void service_limitsEachKey_andGivesPermitsBack() throws IOException, InterruptedException {
    try (ConfigurableApplicationContext context = start("20/day, 2 concurrent")) {
      int port = ((ServletWebServerApplicationContext) context).getWebServer().getPort();
      Requests requests = new Requests(port);
      @SuppressWarnings("unchecked")
      KeyedLimiter<String> limiter = context.getBean(KeyedLimiter.class);
      for (int i = 0; i < 20; i++) {
        HttpResponse<String> response = requests.get(i % 2 == 0 ? "/hello" : "/later", "ada");
        assertEquals(200, response.statusCode());
        assertEquals(i % 2 == 0 ? "hello" : "later", response.body());
        assertEquals("20", response.headers().firstValue("X-RateLimit-Limit").orElseThrow());
        Requests.awaitFree(limiter, "ada", 0);
      }
      HttpResponse<String> denied = requests.get("/hello", "ada");
      assertEquals(429, denied.statusCode());
      long wait = Long.parseLong(denied.headers().firstValue("Retry-After").orElseThrow());
      assertTrue(wait > 0 && wait <= 4_320, () -> "Retry-After: " + wait);
      assertEquals(200, requests.get("/hello", "grace").statusCode());
    }
  }

  @Test
  void textThatIsWrong_stopsTheStart_andSaysWhatToWrite() {
    Throwable failure = assertThrows(RuntimeException.class, () -> start("20/month"));
    while (failure.getCause() != null) {
      failure = failure.getCause();
    }
    assertTrue(failure.getMessage().contains("30 days"), failure::getMessage);
  }
}
