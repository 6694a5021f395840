package io.limiter.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.limiter.Decision;
import io.limiter.DetailedDecision;
import io.limiter.ManualClock;
import io.limiter.RateLimiter;
import io.limiter.rule.Limits;
import java.util.List;
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
        ThrottledBody.detail(denied(41 * SECOND + 1)).text());
  }

  @Test
  void detail_oneSecond_isSingular() {
    assertEquals(
        "{\"detail\":\"Request was throttled. Expected available in 1 second.\"}",
        ThrottledBody.detail(denied(1)).text());
  }

  @Test
  void detail_never_hasNoTime() {
    assertEquals(
        "{\"detail\":\"Request was throttled.\"}",
        ThrottledBody.detail(denied(Decision.NEVER)).text());
  }

  @Test
  void error_plain_isAsDocumented() {
    assertEquals(
        "{\"code\":429,\"error\":\"Project exceeded rate limits. Please retry the request with"
            + " exponential backoff.\",\"status\":\"Too Many Requests\"}",
        ThrottledBody.error().text());
  }

  @Test
  void error_hostileMessage_isEscaped() {
    assertEquals(
        "{\"code\":429,\"error\":\"\\\"}\\\\\\u000d\\u000a\\u0000\\u007f\\u2028\\ud800\","
            + "\"status\":\"Too Many Requests\"}",
        ThrottledBody.error("\"}\\\r\n\0\u007f\u2028\ud800").text());
  }

  @Test
  void body_plainForms_areJsonFor429() {
    for (ThrottledBody body : List.of(ThrottledBody.detail(denied(1)), ThrottledBody.error("x"))) {
      assertEquals(429, body.status());
      assertEquals("application/json", body.contentType());
      assertEquals(body.text(), body.toString());
    }
  }

  private static DetailedDecision fourthCall(Limits limits) {
    RateLimiter limiter = limits.newRateLimiter(ManualClock.create());
    limiter.tryAcquire(3);
    return limiter.decideInDetail(1);
  }

  @Test
  void quotaExceeded_denied_namesTheViolatedPolicies() {
    Limits limits = Limits.parse("3/minute, 3/hour, 60/day");
    ThrottledBody body = ThrottledBody.quotaExceeded(
        ResponseHeaders.of(limits).names("bu\"rst", "hourly", "daily"), fourthCall(limits));
    assertEquals(429, body.status());
    assertEquals("application/problem+json", body.contentType());
    assertEquals(
        "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\","
            + "\"title\":\"Request cannot be satisfied as assigned quota has been exceeded\","
            + "\"status\":429,\"detail\":\"Expected available in 1200 seconds.\","
            + "\"violated-policies\":[\"bu\\\"rst\",\"hourly\"]}",
        body.text());
  }

  @Test
  void reducedCapacity_denied_isA503() {
    Limits limits = Limits.parse("3/second, 60/hour");
    ThrottledBody body =
        ThrottledBody.reducedCapacity(ResponseHeaders.of(limits), fourthCall(limits));
    assertEquals(503, body.status());
    assertEquals("application/problem+json", body.contentType());
    assertEquals(
        "{\"type\":\"https://iana.org/assignments/http-problem-types#temporary-reduced-capacity\","
            + "\"title\":\"Request cannot be satisfied due to temporary server capacity constraints\","
            + "\"status\":503,\"detail\":\"Expected available in 1 second.\","
            + "\"violated-policies\":[\"3/second\"]}",
        body.text());
  }

  @Test
  void quotaExceeded_blockedOrOtherRules_namesWhatIsKnown() {
    Limits blocked = Limits.parse("blocked");
    String text = ThrottledBody.quotaExceeded(
            ResponseHeaders.of(blocked),
            blocked.newRateLimiter(ManualClock.create()).decideInDetail(1))
        .text();
    assertTrue(text.endsWith("\"status\":429,\"violated-policies\":[\"blocked\"]}"), text);
    Limits limits = Limits.parse("3/minute, 5/hour");
    text = ThrottledBody.quotaExceeded(
            ResponseHeaders.of(Limits.parse("9/day")), fourthCall(limits))
        .text();
    assertTrue(text.endsWith("\"violated-policies\":[]}"), text);
  }
}
