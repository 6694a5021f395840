/**
 * Rules as text: {@code 480/minute}, {@code 60/hour, 3/second burst 10, 5 concurrent}.
 *
 * <p>{@link io.limiter.rule.Limits#parse} reads them, {@link io.limiter.rule.Limits#canonical} writes
 * them. The parser never guesses: any text outside the grammar is a {@link
 * io.limiter.rule.RuleSyntaxException}, which names the column and what to write instead.
 *
 * <pre>{@code
 * text        = [ws] ( "unlimited" | "blocked" | rule { [ws] ("," | ";" | "|") [ws] rule } ) [ws]
 * rule        = count [[ws] noun] [ws] ("/" | "per") [ws] [count [ws]] unit { ws option }
 *             | count "-" ("s" | "m" | "h" | "d") { ws option }
 *             | count [ws] "concurrent" [ws noun]
 * unit        = ms, second, minute, hour, day or week; also s, sec, m, min, h, hr, d, w; plurals
 * option      = "burst" [ws | [ws] "=" [ws]] count [ws noun]                    (at most once)
 *             | "gcra" | "token-bucket" | "fixed-window" | "sliding-log"        (at most one)
 * noun        = r, req, request, call, query, hit, permit, token, event, packet, operation or
 *               point; plurals
 * count       = digit { ["_"] digit }, no leading zero, 1 to 10^12
 * }</pre>
 *
 * <p>Letters are ASCII and their case does not matter. The words of an algorithm may be joined by
 * "-", "_" or a space, and "moving-window" is another name of sliding-log. Bounds: 1,024 characters,
 * 16 rules, a period of 1 ms to 366 days, 2^31 - 1 concurrent.
 *
 * <p>A bare rate is GCRA with burst = count: in any interval of length w at most {@code B +
 * floor(w*N/P)} permits are admitted. With {@code sliding-log} there are never more than the count in
 * any period. {@code fixed-window} is stepwise refill. {@code unlimited} admits all calls, {@code
 * blocked} denies all.
 */
@NullMarked
package io.limiter.rule;

import org.jspecify.annotations.NullMarked;
