/**
 * What the limiters promise, as code: reference models in exact rationals, and guarantees that hold
 * any limiter to them.
 *
 * <p>{@link io.limiter.spec.RateModel}s say what is right, {@link io.limiter.spec.Timelines} think of
 * what could go wrong, {@link io.limiter.spec.Guarantees} compare the two with a {@link
 * io.limiter.spec.Subject}. The tests of this module apply them to the limiters of {@code io.limiter},
 * and to wrong limiters, each of which has to be caught.
 *
 * <table>
 * <caption>Sentence of the promise, and the test that names it</caption>
 * <tr><th>promise<th>test
 * <tr><td>GCRA: admitted iff {@code max(TAT, t) + k*T - t <= B*T}
 *     <td>GcraProperties.decidesAsTheExactModelDoes
 * <tr><td>in any interval of length w at most {@code B + floor(w*N/P)} permits are admitted
 *     <td>GcraProperties.neverAdmitsMoreThanBurstPlusRate, ConcurrencyTest
 * <tr><td>denied: nothing changes
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.deniedCallsChangeNothing
 * <tr><td>continuous refill with the same B and N/P decides exactly as GCRA does
 *     <td>TokenBucketProperties.continuousBucketDecidesAsGcra
 * <tr><td>stepwise refill: N permits arrive at once at each multiple of P, nothing in between
 *     <td>TokenBucketProperties.stepwiseRefillsInSteps
 * <tr><td>fixed window: at most N per window, at most 2N in any P
 *     <td>TokenBucketProperties.fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod
 * <tr><td>sliding log: (permits admitted in {@code (t - P_i, t]}) + k &lt;= N_i for every i
 *     <td>SlidingLogProperties.decidesAsTheListOfAdmissionsDoes
 * <tr><td>in no window of length P_i, wherever it starts, are more than N_i permits admitted
 *     <td>SlidingLogProperties.neverAdmitsMoreThanNInAnyWindow, SlidingLogConcurrencyTest
 * <tr><td>a permit exactly P_i old is out of the window
 *     <td>SlidingLogProperties.aPermitExactlyOnePeriodOldIsOut
 * <tr><td>a sliding log takes back only its newest admission
 *     <td>SlidingLogProperties.refundTakesBackOnlyTheNewest
 * <tr><td>one word per permit of the largest N_i, allocated as it fills
 *     <td>SlidingLogMemoryTest
 * <tr><td>in-flight never exceeds the limit; after that was lowered it never grows while above
 *     <td>ConcurrencyProperties.inFlightNeverExceedsTheLimit
 * <tr><td>a release beyond what is held is an IllegalStateException and changes nothing
 *     <td>ConcurrencyProperties.overReleaseThrowsAndChangesNothing
 * <tr><td>closing a permit twice is one release
 *     <td>ConcurrencyProperties.closingTwiceIsOneRelease
 * <tr><td>gate: after a denied call every member is exactly as if the call had never happened
 *     <td>GateProperties.deniedCallsLeaveEveryMemberAsItWas, GateConcurrencyTest
 * <tr><td>admitted iff every member admits; then every member is charged with its own weight
 *     <td>AllOfProperties.weightsAreAllOrNothing
 * <tr><td>no call is ever admitted because of a denied call that still runs
 *     <td>AllOfRollbackTest, ConcurrencyTest
 * <tr><td>T is rounded up: slower by at most 1 part in 10^6, never faster
 *     <td>GcraMathProperties.roundedIntervalIsNeverFasterAndAtMostOneMillionthSlower
 * <tr><td>any uptime up to 292 years, any idle time, any origin, any mix of weights
 *     <td>every property: see Timelines
 * <tr><td>retryAfterNanos is the least wait: denied at w - 1, admitted at w
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.retryAfterIsExact
 * <tr><td>remaining is what one more call at the same instant could take
 *     <td>GcraProperties, TokenBucketProperties,
 *     AllOfProperties.remainingIsWhatOneMoreCallCouldTake
 * <tr><td>resetAfterNanos is the wait until fresh
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.resetAfterIsTheWaitUntilFresh
 * <tr><td>arithmetic saturates in the safe direction
 *     <td>GcraMathProperties.answersForEveryLong, neverAdmitsMoreThanTheFormula
 * <tr><td>an older reading never admits what the newest would deny and never moves state back
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.clockStepsBackNeverAdmitExtra
 * <tr><td>the plain form reads the limiter's clock exactly once
 *     <td>GcraProperties.plainFormsReadTheClockOnce
 * <tr><td>single limiters are linearizable
 *     <td>GcraLincheckTest, SlidingLogLincheckTest, ConcurrencyLincheckTest
 * <tr><td>no allocation, no shared write on the deny path
 *     <td>AllocationTest
 * <tr><td>refund: as if they had not been taken, level capped at B
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.refundIsAsIfNotTaken
 * <tr><td>permits above burst: denied, NEVER, nothing charged
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.moreThanBurstIsNeverAdmitted
 * <tr><td>permits below 1: IllegalArgumentException
 *     <td>GcraProperties.badArgumentsSayWhatIsExpected
 * </table>
 */
package io.limiter.spec;
