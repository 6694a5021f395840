/**
 * Rate limits over HTTP, as plain names, values and bodies: no HTTP library is needed or preferred.
 *
 * <p>A server turns a decision into header fields ({@link io.limiter.http.ResponseHeaders}) and the
 * body of a 429 or 503 ({@link io.limiter.http.ThrottledBody}). A client reads the same fields ({@link
 * io.limiter.http.LimitStatus}), remembers them ({@link io.limiter.http.LimitTracker}) and waits
 * before it tries again ({@link io.limiter.http.Backoff}). Nothing here sleeps: a wait is a number of
 * nanoseconds, and the caller does the waiting.
 *
 * <p>Times are rounded up, so a client that obeys is never early. No key can put a line break into a
 * value that is written here. No value that a peer sends makes a reader throw an exception.
 *
 * <p>Sources: RFC 9110 5.6.7 (dates) and 10.2.3 (Retry-After), RFC 6585 section 4 (429), RFC 9651
 * (structured fields), RFC 9457 (problem details),
 * draft-ietf-httpapi-ratelimit-headers-11 (RateLimit-Policy, RateLimit).
 */
@NullMarked
package io.limiter.http;

import org.jspecify.annotations.NullMarked;
