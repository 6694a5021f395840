package io.limiter.spec.guide;

import io.limiter.DetailedDecision;
import io.limiter.Permit;
import io.limiter.http.ResponseHeaders;
import io.limiter.http.ThrottledBody;
import io.limiter.keyed.KeyedLimiter;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Function;

/** Limits the requests of each key. Map it for DispatcherType.REQUEST, with async supported. */
class ServletLimitFilter extends HttpFilter {
  private static final long serialVersionUID = 1;

  private final transient KeyedLimiter<String> limiter;
  private final transient ResponseHeaders headers;
  private final transient Function<HttpServletRequest, String> key;

  ServletLimitFilter(KeyedLimiter<String> limiter, Function<HttpServletRequest, String> key) {
    this.limiter = limiter;
    this.headers = ResponseHeaders.of(limiter.limits());
    this.key = key;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String who = key.apply(request);
    Permit permit = limiter.tryEnter(who);
    boolean goesOn = false;
    try {
      DetailedDecision decision = limiter.inDetail(who, permit.decision(), 1);
      headers.write(decision, Instant.now(), response::setHeader);
      if (!permit.granted()) {
        ThrottledBody body = ThrottledBody.detail(permit.decision());
        response.setStatus(body.status());
        response.setContentType(body.contentType());
        response.getOutputStream().write(body.text().getBytes(StandardCharsets.US_ASCII));
        return;
      }
      chain.doFilter(request, response);
      if (request.isAsyncStarted()) { // the request goes on after this method has returned
        request.getAsyncContext().addListener(new Closer(permit));
        goesOn = true;
      }
    } finally {
      if (!goesOn) {
        permit.close();
      }
    }
  }

  /** Closes the permit of an asynchronous request, however that ends. */
  private record Closer(Permit permit) implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      permit.close();
    }

    @Override
    public void onTimeout(AsyncEvent event) {} // onComplete follows

    @Override
    public void onError(AsyncEvent event) {} // onComplete follows

    @Override
    public void onStartAsync(AsyncEvent event) { // a second startAsync forgets the listeners
      event.getAsyncContext().addListener(this);
    }
  }
}
