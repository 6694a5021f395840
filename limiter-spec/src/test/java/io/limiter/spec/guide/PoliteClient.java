package io.limiter.spec.guide;

import io.limiter.NanoClock;
import io.limiter.RateLimiter;
import io.limiter.http.Backoff;
import io.limiter.http.LimitStatus;
import io.limiter.http.LimitTracker;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Calls an API that has limits: keeps to our own limit, to its headers, and backs off if denied. */
class PoliteClient {
  private final HttpClient client = HttpClient.newHttpClient();
  private final RateLimiter
      ours; // "95/minute sliding-log", for an API that documents 100 per minute
  private final LimitTracker theirs =
      LimitTracker.create(1, NanoClock.system(), InstantSource.system());
  private final Backoff backoff;

  PoliteClient(RateLimiter ours, Backoff backoff) {
    this.ours = ours;
    this.backoff = backoff;
  }

  /** The response; with status 429 or 503 only after the last retry. */
  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    for (int denials = 1; ; denials++) {
      TimeUnit.NANOSECONDS.sleep(theirs.waitNanos());
      ours.acquire();
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      LimitStatus status = theirs.update(response.headers()::firstValue);
      if (response.statusCode() != 429 && response.statusCode() != 503) {
        return response;
      }
      OptionalLong wait = backoff.waitNanos(denials, status);
      if (wait.isEmpty()) {
        return response; // give up
      }
      TimeUnit.NANOSECONDS.sleep(wait.getAsLong());
    }
  }
}
