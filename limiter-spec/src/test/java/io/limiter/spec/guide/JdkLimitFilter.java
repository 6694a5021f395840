package io.limiter.spec.guide;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import io.limiter.DetailedDecision;
import io.limiter.Permit;
import io.limiter.http.ResponseHeaders;
import io.limiter.http.ThrottledBody;
import io.limiter.keyed.KeyedLimiter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;

/** Limits an HttpContext: {@code context.getFilters().add(new JdkLimitFilter(limiter))}. */
class JdkLimitFilter extends Filter {
  private final KeyedLimiter<String> limiter;
  private final ResponseHeaders headers;

  JdkLimitFilter(KeyedLimiter<String> limiter) {
    this.limiter = limiter;
    this.headers = ResponseHeaders.of(limiter.limits());
  }

  @Override
  public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
    String sent = exchange.getRequestHeaders().getFirst("X-Api-Key");
    String key = Objects.requireNonNullElse(sent, "anonymous");
    try (Permit permit = limiter.tryEnter(key)) { // closing it gives the concurrency permit back
      DetailedDecision decision = limiter.inDetail(key, permit.decision(), 1);
      headers.write(decision, Instant.now(), exchange.getResponseHeaders()::set);
      if (permit.granted()) {
        chain.doFilter(exchange);
      } else {
        deny(exchange, ThrottledBody.detail(permit.decision()));
      }
    }
  }

  private static void deny(HttpExchange exchange, ThrottledBody body) throws IOException {
    byte[] bytes = body.text().getBytes(StandardCharsets.US_ASCII);
    exchange.getResponseHeaders().set("Content-Type", body.contentType());
    exchange.sendResponseHeaders(body.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public String description() {
    return "limits " + limiter.limits();
  }
}
