package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.limiter.Decision;
import org.junit.jupiter.api.Test;

class ThrottledBodyTest {
  private static final long SECOND = 1_000_000_000L;

  private static Decision denied(long retryAfterNanos) {
    return new Decision(false, 0, retryAfterNanos, retryAfterNanos, 0);
  }

  @Test
  void detail_denied_isAsDocumented() {
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 42 seconds.\"}",
        ThrottledBody.detail(denied(41 * SECOND + 1)));
  }

  @Test
  void detail_oneSecond_isSingular() {
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 1 second.\"}",
        ThrottledBody.detail(denied(1)));
  }

  @Test
  void detail_never_hasNoTime() {
    assertEquals(
        "{\"detail\":\"Request was throttled.\"}", ThrottledBody.detail(denied(Decision.NEVER)));
  }

  @Test
  void error_plain_isAsDocumented() {
    assertEquals(
        "{\"code\":429,\"error\":\"Project exceeded rate limits. Please retry the request with"
            + " exponential backoff.\",\"status\":\"Too Many Requests\"}",
        ThrottledBody.error());
  }

  @Test
  void error_hostileMessage_isEscaped() {
    assertEquals(
        "{\"code\":429,\"error\":\"\\\"}\\\\\\u000d\\u000a\\u0000\\u007f\\u2028\\ud800\","
            + "\"status\":\"Too Many Requests\"}",
        ThrottledBody.error("\"}\\\r\n\0\u007f\u2028\ud800"));
  }
}
