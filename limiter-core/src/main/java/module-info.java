/**
 * Rate limiters, the rules that describe them, one limiter per key, and the same limits in a store.
 * Needs java.base only.
 *
 * <p><b>Which limit?</b> Write it as text, and let {@link io.limiter.rule.Limits} make the limiter. Start with
 * a bare rate, such as {@code 100/minute}. Write something else only if a row below says so.
 *
 * <table>
 * <caption>Which rule to write</caption>
 * <tr><th>you want<th>write<th>what you get
 * <tr><td>protect a service from too many calls<td>{@code 100/minute}<td>GCRA. At most 100 at
 * once, then one every 600 ms
 * <tr><td>the same, but smoother<td>{@code 100/minute burst 5}<td>at most 5 at once, then one
 * every 600 ms
 * <tr><td>an even pace, nothing at once<td>{@code 100/minute burst 1}<td>one every 600 ms
 * <tr><td>stay within a limit that somebody else counts<td>{@code 100/minute sliding-log}<td>in no
 * 60 s, wherever they start, more than 100. Takes 8 bytes per permit
 * <tr><td>a quota that comes back on the hour, as users expect it<td>{@code 1000/hour
 * fixed-window}<td>1000 per window. Two windows meet, so up to 2000 can pass within a moment
 * <tr><td>a bucket that starts empty or half full<td>{@code TokenBucket.create(rate, burst,
 * initial, clock)}<td>the same decisions as GCRA from then on
 * <tr><td>protect something that is slow, not something that is called often<td>{@code 20
 * concurrent}<td>at most 20 calls in flight
 * <tr><td>several of these at once<td>{@code 100/minute, 5/second, 20 concurrent}<td>a call passes
 * if each rule admits it; otherwise no rule is charged
 * </table>
 *
 * <p>The guide, GUIDE.md beside the sources, has pictures of these, and a chapter for each task.
 */
module io.limiter.core {
  requires static org.jspecify; // annotations: none is loaded at run time

  exports io.limiter;
  exports io.limiter.http;
  exports io.limiter.keyed;
  exports io.limiter.rule;
  exports io.limiter.store;
}
