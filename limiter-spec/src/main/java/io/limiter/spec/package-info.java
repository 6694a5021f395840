/**
 * What the limiters promise, as code: reference models in exact rationals, and guarantees that test
 * any limiter against them.
 *
 * <p>A {@link io.limiter.spec.RateModel} computes the right answers. {@link io.limiter.spec.Timelines}
 * generates calls that are likely to find errors. {@link io.limiter.spec.Guarantees} makes these calls on
 * a {@link io.limiter.spec.Subject} and compares its answers with those of the model. The tests of this
 * module do this for the limiters of {@code io.limiter}, and for wrong limiters, which have to be caught.
 * With {@link io.limiter.spec.kit} you can do it for your own limiter. In the table, "A, B.m" means the
 * test m of both A and B.
 *
 * <table>
 * <caption>Sentence of the promise, and the tests that name it</caption>
 * <tr><th>Words<th>test
 * <tr><td>permits are admitted all or nothing
 *     <td>GcraProperties, TokenBucketProperties, SlidingLogProperties.deniedCallsChangeNothing;
 *     AllOfProperties.weightsAreAllOrNothing
 * <tr><td>the default burst is N
 *     <td>TimeProperties.defaultBurstIsThePermitsOfTheRate
 * <tr><td>N/P is an exact rational, never a float
 *     <td>ArchitectureTest; MutantsTest.everyGuaranteeOfGcraCatchesItsMutants
 * <tr><td>readings count by their difference from the origin
 *     <td>GcraTest.decide_whileTheClockWrapsAround_goesOn;
 *     PenaltyTest.penalize_whileTheClockWrapsAround_holdsToTheNanosecond; every property: see
 *     Timelines
 * <tr><td>denial is a value, never an exception
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.decidesAsTheExactModelDoes
 * <tr><td>never: more than B, N or the limit
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.moreThanBurstIsNeverAdmitted;
 *     ConcurrencyLimiterTest.tryAcquire_waitingForMoreThanTheLimit_isDeniedAtOnce
 * <tr><td>0 permits are admitted iff the level is not negative and neither a penalty nor blocked
 *     holds; they charge and write nothing
 *     <td>GcraMathProperties.noPermitsAreAdmittedIffTheLevelIsNotNegative;
 *     GcraTest.noPermits_areAdmittedIffTheLevelIsNotNegativeAndChangeNothing,
 *     noPermits_duringAPenalty_areDenied, noPermits_farBeyondTheHorizon_areAdmittedAndMoveNoOrigin;
 *     TokenBucketTest.noPermits_areAdmittedUnlessOwedOrPenalizedAndChangeNothing;
 *     SlidingLogTest.noPermits_areAdmittedUnlessPenalizedAndChangeNothing;
 *     StripedLimiterTest.noPermits_areAdmittedAndCallNothingBack;
 *     ConcurrencyLimiterTest.zeroPermits_areAdmittedUnlessMoreAreInFlightThanTheLimit;
 *     AllOfTest.noPermits_areAdmittedIffNoMemberOwesOrIsPenalized;
 *     ZeroPermitsTest.keys_zeroPermits_areAdmittedUnlessPenalizedAndMakeNoKeyKnown,
 *     keysWithConcurrency_zeroPermits_areAdmittedUnlessMoreAreInFlightThanTheLimit,
 *     keysUnlimitedOrBlocked_zeroPermits_areAdmittedOrDenied
 * <tr><td>a member that is asked for 0 permits by a call for several members is not asked
 *     <td>AllOfTest.tryAcquireEach_noPermitsOfAMember_doesNotAskIt;
 *     ZeroPermitsTest.gate_zeroPermitsOfAMember_doNotAskIt
 * <tr><td>fresh: nothing is left to remember
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.resetAfterIsTheWaitUntilFresh
 * <tr><th>Algorithms<th>test
 * <tr><td>GCRA: admitted iff {@code max(TAT, t) + k*T - t <= B*T}
 *     <td>GcraProperties.decidesAsTheExactModelDoes;
 *     GcraMathProperties.decidesAsTheFormulaWithinTheHorizon
 * <tr><td>in any interval of length w at most {@code B + floor(w*N/P)} permits are admitted
 *     <td>GcraProperties.neverAdmitsMoreThanBurstPlusRate;
 *     ConcurrencyTest.movingClock_neverAdmitsMoreThanBurstPlusRate;
 *     StripedProperties.neverAdmitsMoreThanBurstPlusRate;
 *     DeepStressTest.striped_byItsWholeHistory_keepsTheFormula;
 *     DeepStressTest.gcra_byItsWholeHistory_isOneThread
 * <tr><td>GCRA: one 64-bit word
 *     <td>AllocationTest.gcra_withAllItAloneHolds_isAtMost96Bytes
 * <tr><td>denied: nothing changes
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.deniedCallsChangeNothing
 * <tr><td>token bucket: {@code l(t) = min(B, l(s) + (t-s)*N/P)}; admitted iff {@code l(t) >= k}
 *     <td>TokenBucketProperties.decidesAsTheExactModelDoes
 * <tr><td>continuous refill with the same B and N/P decides exactly as GCRA does
 *     <td>TokenBucketProperties.continuousBucketDecidesAsGcra
 * <tr><td>stepwise refill: N permits arrive at once at each multiple of P, nothing in between
 *     <td>TokenBucketProperties.stepwiseRefillsInSteps
 * <tr><td>fixed window: at most N per window, at most 2N in any P
 *     <td>TokenBucketProperties.fixedWindowAdmitsAtMostNAndTwiceThatInAnyPeriod
 * <tr><td>sliding log: admitted iff for every i (permits in {@code (t - P_i, t]}) + k {@code <=}
 *     N_i
 *     <td>SlidingLogProperties.decidesAsTheListOfAdmissionsDoes
 * <tr><td>a permit exactly P_i old is out of the window
 *     <td>SlidingLogProperties.aPermitExactlyOnePeriodOldIsOut
 * <tr><td>in no window of length P_i are more than N_i permits admitted
 *     <td>SlidingLogProperties.neverAdmitsMoreThanNInAnyWindow; SlidingLogConcurrencyTest;
 *     DeepStressTest.slidingLog_byItsWholeHistory_keepsEveryWindow
 * <tr><td>one 64-bit word per permit of the largest N_i, allocated as it fills
 *     <td>SlidingLogMemoryTest
 * <tr><td>concurrency: admitted iff inFlight + k {@code <=} limit
 *     <td>ConcurrencyProperties.decidesAsTheModelDoes;
 *     StripedPermitsProperties.decidesAsTheModelDoes
 * <tr><td>in-flight never exceeds the limit; after it was lowered, never grows while it is above
 *     <td>ConcurrencyProperties.inFlightNeverExceedsTheLimit;
 *     DeepStressTest.concurrencyLimiter_byItsWholeHistory_neverExceedsItsLimit;
 *     ConcurrencyLincheckTest
 * <tr><td>a release beyond what is held is an IllegalStateException and changes nothing
 *     <td>ConcurrencyProperties.overReleaseThrowsAndChangesNothing
 * <tr><td>closing a Permit twice is one release
 *     <td>ConcurrencyProperties.closingTwiceIsOneRelease;
 *     PermitTest.close_byManyThreads_givesBackOnce;
 *     WaitingRaceTest.permit_closedByTwoAtOnce_isOneRelease,
 *     permitOfAGate_closedByTwoAtOnce_isOneReleaseAndNoRefund; KernelRaces
 * <tr><td>AllOf: admitted iff every member admits; then each is charged with its own weight
 *     <td>AllOfProperties.weightsAreAllOrNothing, decidesAsTheExactModelDoes
 * <tr><td>Gate: rates and concurrency in one decision
 *     <td>GateTest.tryEnter_weights_chargesEachItsShare,
 *     tryEnter_sixthWhileFiveRun_isDeniedAndChargedToNoRate
 * <tr><td>after a denied call every member is as if the call had never happened
 *     <td>AllOfRollbackTest.rollBack_ofATokenBucketOrASlidingLog_leavesNoTrace,
 *     rollBack_withNobodyElse_leavesNoTrace;
 *     GateTest.tryEnter_deniedByARate_holdsNoConcurrencyAndSaysHowLong
 * <tr><td>Gate: after a denied call every member is as if the call had never happened
 *     <td>GateProperties.deniedCallsLeaveEveryMemberAsItWas; GateConcurrencyTest
 * <tr><td>no call is ever admitted because of a denied call that still runs
 *     <td>AllOfRollbackTest.rollBack_afterTheChargeHasDrained_givesNothingBack,
 *     rollBack_stalledAfterItReadTheClock_mintsNothing;
 *     ConcurrencyTest.allOfRacingWithItsMembers_mintsNothing
 * <tr><td>members that can refund are charged first
 *     <td>AllOfRollbackTest.lostRace_ofAMemberThatUncharges_neverChargesThoseThatDoNot
 * <tr><th>Exactness<th>test
 * <tr><td>decision-identical: same verdict, remaining, retryAfter as the exact model
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties.decidesAsTheExactModelDoes;
 *     SlidingLogProperties.decidesAsTheListOfAdmissionsDoes
 * <tr><td>the class says which rates are exact
 *     <td>GcraMathProperties.isExactMeansThatTheIntervalIsThePeriodOverThePermits
 * <tr><td>elsewhere T is rounded up: slower by at most 1 part in 10^6, never faster
 *     <td>GcraMathProperties.roundedIntervalIsNeverFasterAndAtMostOneMillionthSlower;
 *     GcraProperties.decidesAsTheModelOfTheRoundedInterval
 * <tr><td>no drift
 *     <td>TimeProperties.noDrift; GcraTest.tryAcquire_afterMillionsAtTheirEarliest_hasNotDrifted
 * <tr><td>any uptime up to 292 years, any idle time, any origin, any mix of weights
 *     <td>GcraTest.decide_after292Years_isFresh; every property: see Timelines
 * <tr><td>retryAfterNanos is the least wait: denied at w - 1, admitted at w
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.retryAfterIsExact
 * <tr><td>remaining is what one more call at the same instant could take
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.remainingIsWhatOneMoreCallCouldTake
 * <tr><td>resetAfterNanos is the wait until fresh
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.resetAfterIsTheWaitUntilFresh
 * <tr><td>arithmetic saturates in the safe direction
 *     <td>GcraMathProperties.answersForEveryLong, neverAdmitsMoreThanTheFormula;
 *     GcraMathTest.reprice_debtBeyondTheRange_isCutDown;
 *     SlidingLogTest.tryAcquire_periodLongerThanTheClockCanTell_neverComesBack
 * <tr><td>no double or float in limiter-core
 *     <td>ArchitectureTest
 * <tr><th>Time<th>test
 * <tr><td>an older reading never admits what the newest would deny and never moves state back
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.clockStepsBackNeverAdmitExtra
 * <tr><td>a sliding log takes max(reading, newest entry)
 *     <td>SlidingLogProperties.timestampsNeverDecrease;
 *     SlidingLogTest.decide_staleReading_countsAsTheNewestAdmission
 * <tr><td>the plain form reads the limiter's clock exactly once
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.plainFormsReadTheClockOnce
 * <tr><td>the form that takes the reading is what the plain form calls
 *     <td>TimeProperties.plainFormsDecideAtTheReadingOfTheClock
 * <tr><td>after a forward jump the limiter is at most fresh
 *     <td>TimeProperties.afterAForwardJumpTheLimiterIsAtMostFresh
 * <tr><th>Concurrency of callers<th>test
 * <tr><td>no lock, no parking
 *     <td>ArchitectureTest; GcraLincheckTest, TokenBucketLincheckTest, SlidingLogLincheckTest,
 *     ConcurrencyLincheckTest, StripedPermitsLincheckTest
 * <tr><td>no allocation on the deny path
 *     <td>AllocationTest.tryAcquire_ofAnyLimiter_allocatesNothing
 * <tr><td>no shared write on the deny path; yet where a key has an object of its own, each call counts
 *     itself in and out
 *     <td>DenyPathTest.deniedCallsOfARateLimiter_writeNothing,
 *     deniedCallsOfAStripedLimiter_writeNothing, deniedCallsOfSeveralLimiters_writeNothing,
 *     deniedCallsOfAConcurrencyLimiter_writeNothing, deniedCallsOfAGate_writeNothing,
 *     deniedCallsOfAKnownKey_writeNothing,
 *     deniedCallsOfAKeyWithAnObject_writeNoMoreThanThatTheyCame
 * <tr><td>single limiters are linearizable
 *     <td>GcraLincheckTest, TokenBucketLincheckTest, SlidingLogLincheckTest,
 *     LogInPlaceLincheckTest, ConcurrencyLincheckTest, StripedPermitsLincheckTest, KernelRaces, StripedRaces
 * <tr><td>safety under any interleaving: the formula, and conservation
 *     <td>ConcurrencyTest, DeepStressTest, KernelRaces, StripedRaces, StripedLincheckTest,
 *     StripedPermitsTest; StripedProperties.leasesAreNeitherMintedNorLeaked
 * <tr><td>a call is denied only if some serial order denies it
 *     <td>GcraLincheckTest; StripedPermitsTest.tryAcquire_ofWhatIsFreeForTheWholeCall_isNeverDenied;
 *     DeepStressTest.gcra_byItsWholeHistory_isOneThread
 * <tr><th>Waiting<th>test
 * <tr><td>callers stand in line at the door of the limiter, whatever it is made of; the first in line
 *     is admitted, all or nothing, as of the first instant at which the limiter admits it
 *     <td>WaitingProperties.callersInLineAreServedFirstComeFirstServed, callersInLineOfSeveral;
 *     LineTest.callersInLine_noticedLate_countAsOfWhenTheyWereDue;
 *     WaitingTogetherTest.acquireAsync_noticedLate_countsAsOfTheTimeAtWhichItWasDue;
 *     WaitingTest.acquire_severalCallers_areServedInOrder
 * <tr><td>they hold and charge nothing; a caller that leaves has nothing to give back
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel,
 *     aSlidingLogInUseIsItsModel, severalLimitersInUseAreTheirModel, aGateInUseIsItsModel;
 *     WaitingTogetherTest.acquireAsync_holdsNothingWhileItWaitsAndFinishesWithTheLast,
 *     leaving_hasNothingToGiveBackAndLetsThoseBehindMoveUp;
 *     WaitingTest.acquire_interrupted_leavesTheLineAndThoseBehindMoveUp,
 *     acquireAsync_cancelled_leavesTheLineAndThoseBehindMoveUp;
 *     WaitingRaceTest.future_cancelledAsItComesDue_isGrantedOrChargedNothing,
 *     acquire_interruptedAsItComesDue_isGrantedOrThrowsAndIsChargedNothing,
 *     concurrency_interruptedAsOneIsReleased_isGrantedOrThrowsAndHoldsNothing,
 *     concurrency_timedOutAsOneIsReleased_isGrantedOrHoldsNothing;
 *     GateWaitingTest.enter_slotDoesNotComeInTime_hasChargedNothing,
 *     concurrency_timeoutOfTheFirst_servesTheSecond
 * <tr><td>no two limiters can block each other
 *     <td>GateWaitingTest.gates_inOppositeOrder_neverBlockEachOther,
 *     gates_ofWhichOneCannotEnter_doNotHoldUpTheOthers, lines_atOneConcurrency_takeTurns;
 *     JointLineTest.scripts_anyOfThem_breakNoMembersFormulaAndLeaveNobodyWaiting
 * <tr><td>while callers stand at its door plain verbs deny, and their retryAfter counts those in line
 *     <td>LineTest.plainCalls_whileACallerIsInLine_areDeniedAndTheirWaitCountsThoseInLine,
 *     retryAfter_behindALine_isWhenTheCallIsAdmitted;
 *     GateWaitingTest.tryEnter_whileCallersAreInLine_isDenied;
 *     WaitingTogetherTest.peek_whileCallersAreInLine_countsThem
 * <tr><td>callers that wait for concurrency are served in the order of arrival
 *     <td>ConcurrencyLimiterTest.waiters_areServedInTheOrderOfTheirArrival,
 *     waiterForMany_isNotOvertakenByAWaiterForOne, release_ofSeveral_servesAllWhoFit;
 *     GateWaitingTest.concurrency_timeoutOfTheFirst_letsNobodyOvertakeTheSecond
 * <tr><td>never wait for what cannot come in time; again after a change, a debt or a penalty
 *     <td>WaitingTest.tryAcquire_outOfReach_answersAtOnce,
 *     tryAcquire_putOutOfReachByAPenalty_isRefusedAndWasChargedNothing,
 *     reconfigure_puttingWhoIsNotFirstOutOfReach_deniesAtOnce;
 *     WaitingTogetherTest.tryAcquire_thatCannotComeInTimeBehindThoseInLine_isRefusedAtOnce;
 *     DebtTest.acquireForced_makingCallersInLineTooLate_refusesThemAtOnce;
 *     GateWaitingTest.enter_rateCannotComeInTime_isDeniedAtOnce,
 *     enter_rateAndThenSlot_haveOneDeadline, enter_ratePutOutOfReachByAPenalty_isDeniedAtOnce,
 *     concurrency_moreThanTheLimitWhileOthersWait_isDeniedAtOnce
 * <tr><td>the interrupt flag is kept where the JDK keeps it
 *     <td>WaitingTest.acquireUninterruptibly_interrupted_waitsOnAndKeepsTheFlag,
 *     acquire_interrupted_theFlagGoesWithTheException;
 *     ConcurrencyLimiterTest.interrupt_whileWaiting_theFlagGoesWithTheException,
 *     interrupt_onEntry_throwsAndTakesNothing;
 *     GateWaitingTest.enter_interruptedOnEntry_throwsAndTakesNothing;
 *     WaitingRaceTest.acquireUninterruptibly_interruptedAsItComesDue_isGrantedAndKeepsTheFlag
 * <tr><td>platform and virtual threads without pinning
 *     <td>WaitingTest.acquire_severalCallers_areServedInOrder;
 *     ManyWaitersTest.acquire_aHundredThousandVirtualThreads_areAllServedAndNonePinned,
 *     enter_thousandsOfVirtualThreads_areAllServedAndNonePinned;
 *     ArchitectureTest.core_bytecode_entersNoMonitor
 * <tr><td>callbacks run after every lock was released, one after the other, never nested
 *     <td>CallbackTest.callback_ofWhoeverMadeRoom_runsAfterTheLockWasReleased,
 *     refund_byTheCallbackOfEachThatWasServed_needsTheStackOfOne,
 *     callback_thatThrows_keepsNobodyElseWaiting,
 *     callback_thatChangesTheLimit_servesTheRestByTheNewOne;
 *     WaitingTogetherTest.chain_ofCallersThatLetInTheNext_needsNoStack
 * <tr><td>at most one timer, and none once nobody waits
 *     <td>LineTest.timers_howeverManyWaitLeaveOrChange_areOneOrNone,
 *     timers_ofOneThatWaitsWhileOthersGiveBack_areOne,
 *     joinAndLeave_byManyInAnyOrder_leaveNothingBehind
 * <tr><th>Reserving and debts<th>test
 * <tr><td>reserve charges now and says how long to wait; refused at once, with nothing charged, beyond
 *     maxWait
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel;
 *     GcraKitTest; TokenBucketKitTest
 * <tr><td>reservations are due in the order in which they were charged
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel;
 *     PenaltyTest.penalize_reservationsThatAreNotDue_keepTheirDistances
 * <tr><td>a sliding log, several members, and a limiter with a line promise no date: granted if admitted
 *     now, refused otherwise; the waiting forms answer a Reservation as well
 *     <td>UseProperties.aSlidingLogInUseIsItsModel, severalLimitersInUseAreTheirModel;
 *     SlidingLogWaitingTest.reserve_withoutRoom_isRefusedHoweverLongItMayWait,
 *     reserveAsync_waitsUntilTheWindowHasRoom;
 *     WaitingTogetherTest.reserve_ofSeveral_isGrantedIfAdmittedNowAndNeverLater,
 *     awaitReservation_ofSeveral_isSettledByEachMembersRule;
 *     LineTest.reserve_whileACallerIsInLine_isRefused
 * <tr><td>debts are exact: nothing is admitted until they are paid, however large; callers at the door
 *     wait for that too
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel;
 *     DebtTest.acquireForced_moreThanAWordHolds_isExact, settle_forMoreThanAWordHolds_isExact,
 *     stepwise_acquireForced_moreThanAWordHolds_isExact,
 *     acquireForced_whileCallersAreInLine_isPaidBeforeTheFirstIsAdmitted
 * <tr><td>a debt that outlasts 287 years is NEVER, and stays so
 *     <td>DebtTest.acquireForced_upTo287Years_isCounted_andBeyondIsNeverForGood,
 *     acquireForced_ofALogUpTo287Years_isCounted_andBeyondIsNeverForGood,
 *     acquireForced_beyond287Years_letsNobodyInLineGo
 * <tr><td>acquireForced is O(1) in its permits
 *     <td>DebtTest.acquireForced_ofALogForAnyNumberOfPermits_ends
 * <tr><th>Giving back<th>test
 * <tr><td>before it is due: all of it, and the reservations behind it move up
 *     <td>GiveBackTest.cancel_beforeItIsDue_givesAllBackAndThoseBehindMoveUp;
 *     UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel
 * <tr><td>from then on: what the charge still weighs, which mints nothing, in any order and number
 *     <td>GiveBackExhaustiveTest.everyScriptOfSevenCalls_burstOfOne_mintsNothingAndLosesLittle,
 *     everyScriptOfSixCalls_burstOfTwo_mintsNothingAndLosesLittle,
 *     everyScriptOfFiveCalls_burstOfThree_mintsNothingAndLosesLittle,
 *     aReceiptThatGivesBackTooMuchOrTooLittle_isCaught;
 *     ReceiptProperties.aChargeThatGivesBackMintsNothingWhateverTheRateWas,
 *     refundsWithoutEndMintNothing, timelinesThatMinted;
 *     GiveBackTest.cancel_stalledAfterItReadTheClock_mintsNothing,
 *     cancel_ofTwoWithAPlainCallBetween_mintsNothing;
 *     SlidingLogWaitingTest.cancel_ofACallerThatMovedUp_takesNobodyElsesAdmissionBack;
 *     LookingProperties.whoLooksChangesNothing
 * <tr><td>it comes within a few percent of what an exact replay would give
 *     <td>GiveBackExhaustiveTest.everyScriptOfFiveCalls_burstOfThree_mintsNothingAndLosesLittle;
 *     GiveBackTest.settle_ofCallsHalfAsLongAsTheRefill_leavesTheRateToOthers
 * <tr><td>both are idempotent: the first of them counts
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel;
 *     WaitingRaceTest.reservation_cancelledAndSettledAtOnce_isClosedByOneOfThem,
 *     reservation_cancelledAsItComesDue_givesBackOnce
 * <tr><td>refund: the level rises by as many, to B at most, as a gift
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.refundIsAsIfNotTaken; UseProperties.aLimiterOfOneRateInUseIsItsModel
 * <tr><td>a sliding log takes back only its newest admission, by refund and by receipt
 *     <td>SlidingLogProperties.refundTakesBackOnlyTheNewest;
 *     SlidingLogWaitingTest.settle_ofTheNewestAdmission_givesTheRestBack_ofAnOlderOneNothing;
 *     UseProperties.aSlidingLogInUseIsItsModel
 * <tr><td>a member, clock, hasher or callback that throws leaves no charge behind
 *     <td>AllOfMembersTest.memberThatThrowsWhenItIsCharged_leavesNoChargeBehind,
 *     memberThatThrowsWhenItExplains_leavesNoChargeBehind,
 *     memberThatThrowsWhenItGivesBack_keepsNoOtherFromGivingBack,
 *     acquireForced_memberThatThrowsWhileOthersTake_mintsNothing;
 *     CallbackTest.refund_whereTheStackEnds_leavesTheLockFree;
 *     LimitListenerTest.listenerThatThrows_leavesNoChargeBehind,
 *     listenerThatThrows_ofACallThatWaited_leavesNoChargeBehind;
 *     KeyedListenerTest.listenerThatThrows_leavesNoChargeBehind,
 *     listenerThatThrows_ofAKeyWithoutRoom_leavesTheSharedLimiterAsItWas,
 *     listenerThatThrows_leavesNoPermitInFlight; KeyedListenerProperties.listenerHearsWhatIsCounted;
 *     StoreListenerTest.listenerThatThrows_leavesNothingInTheStore, listenerThatThrows_spendsNothingOfALease
 * <tr><td>penalize: nothing is admitted before now + d; it only ever tightens
 *     <td>WaitingTest.penalize_thenTime_admitsFromItsEndOn;
 *     WaitingTogetherTest.penalize_holdsBackAllMembers;
 *     PenaltyTest.penalize_whileTheClockWrapsAround_holdsToTheNanosecond,
 *     penalize_again_theLaterEndCounts; UseProperties.aLimiterOfOneRateInUseIsItsModel
 * <tr><th>Changing a limit while it is in use<th>test
 * <tr><td>rate, burst and windows take effect in one atomic step
 *     <td>ReconfigureLincheckTest.gcra_isLinearizable, continuousBucket_isLinearizable,
 *     stepwiseBucket_isLinearizable, slidingLog_isLinearizable;
 *     StalledChangeTest.reconfigure_stalledAtAnyReading_comesAfterTheCallMeanwhile
 * <tr><td>a fresh limiter stays fresh, what was spent stays spent; the other policies by name
 *     <td>GcraMathProperties.repriceMintsNothing;
 *     GcraMathTest.reprice_eachPolicy_isItsFormula, reprice_withoutAPolicy_isSpent;
 *     GcraTest.reconfigure_withoutAPolicy_leavesAFreshLimiterFreshAndSpentPermitsSpent;
 *     KeyedChangeProperties.keysThatAreChangedDecideAsTheExactModelDoes
 * <tr><td>time before the change is priced at the old rate, time after at the new
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel;
 *     GcraMathTest.reprice_debtBeyondTheRange_isCutDown;
 *     PenaltyTest.reconfigure_duringAPenalty_takesTheStricterOfItsEnds
 * <tr><td>no permit is minted and none lost by the change, under concurrent callers
 *     <td>ReconfigureRaceTest.gcra_noPermitIsMintedAndNoneLost, steps_noPermitIsMintedAndNoneLost;
 *     ReceiptProperties.aChargeThatGivesBackMintsNothingWhateverTheRateWas
 * <tr><td>several limiters: a call during a change is decided by the old limits, the new, or the stricter
 *     <td>ChangeTogetherProperties.aCallWhileLimitsChangeIsNeverDecidedByAnythingLooserThanBoth,
 *     aCallWhileTimePassesTooIsNeverDecidedByAnythingLooserThanBoth,
 *     aCallThatWasStoppedWhileLimitsChanged_isDecidedAnew;
 *     ChangeTogetherRaceTest.noCallIsAdmittedThatBothLimitsDeny
 * <tr><td>in any interval at most the burst in force at its start, each raise of the burst in it, and
 *     what refilled in it
 *     <td>UseProperties.aLimiterOfOneRateInUseIsItsModel, aStepwiseBucketInUseIsItsModel
 * <tr><td>a change of the rate or burst, or a reset, ends the receipts of what was due before it
 *     <td>ReceiptProperties.afterAChangeAReceiptGivesNothingBack,
 *     aChargeThatGivesBackMintsNothingWhateverTheRateWas;
 *     StalledChangeTest.uncharge_afterAChangeOfTheRate_givesNothingBack;
 *     ChangesTest.limitThatStaysAsItIs_keepsItsReceipts
 * <tr><td>a log that stays a log keeps the newest N' dates that are in its window
 *     <td>UseProperties.aSlidingLogInUseIsItsModel; ApplyTest.applyTo_aLogThatStaysALog_keepsItsDates,
 *     applyTo_shorterPeriodOfALog_freesAtOnceWhatIsOlder
 * <tr><td>any limiter made from a rule text can become that of any other, in place
 *     <td>ApplyTest.applyTo_allRules_whatWasSpentStaysSpentByPeriod,
 *     applyTo_anotherAlgorithm_takesTheLevelAlong, applyTo_unlimitedAndBlocked_keepTheRulesBeforeThem,
 *     applyTo_everyAlgorithm_hasItsNewLimitAndWhatWasSpentStaysSpent,
 *     applyTo_stripedRuleText_takesAnyRules
 * <tr><td>of two changes one is last and holds, also if one is made from a callback of the other
 *     <td>ApplyTest.reconfigure_byACallbackOfAChange_comesAfterThatChange
 * <tr><td>callers in line and reservations are timed anew
 *     <td>WaitingTest.reconfigure_raised_admitsCallersInLineSooner,
 *     reconfigure_cut_delaysReservationsThatAreNotDue; ApplyTest.applyTo_callersInLine_waitForTheNewRules
 * <tr><td>where several limiters change together, a call is decided by the old limits, the new ones,
 *     or the stricter of the two; never by anything looser than both
 *     <td>ChangeTogetherProperties.aCallWhileLimitsChangeIsNeverDecidedByAnythingLooserThanBoth,
 *     aCallThatWasStoppedWhileLimitsChanged_isDecidedAnew;
 *     ChangeTogetherRaceTest.noCallIsAdmittedThatBothLimitsDeny
 * <tr><td>no permit is minted and none lost where several limiters change together
 *     <td>ChangeTogetherProperties.aChangeToTheSameLimitsChangesNothing;
 *     ReconfigureLincheckTest.allOf_mintsNothing;
 *     ChangeTogetherRaceTest.noPermitIsMintedAndNoneLost,
 *     concurrencyPermitsAreGivenBackWhereTheyWereTaken
 * <tr><th>Surviving a restart<th>test
 * <tr><td>a restored limiter is never looser than the one saved
 *     <td>SnapshotProperties.theRestoredLimiterIsNeverLooserThanTheSavedOne,
 *     theRestoredLimiterDecidesAsTheSavedOneHadTimeStoodStill
 * <tr><td>with a wall clock that tells the time that passed, and an exact rate, it decides alike
 *     <td>SnapshotProperties.withAnExactWallClockTheRestoredLimiterDecidesAsTheSavedOne
 * <tr><td>restored to other limits, it is like a limiter that was changed to them (a reservation in
 *     steps becomes a debt)
 *     <td>SnapshotProperties.restoredToOtherLimitsIsAsChangedToThem
 * <tr><td>any text is either a snapshot, which writes the same text, or an IllegalArgumentException
 *     <td>SnapshotProperties.anyTextIsASnapshotOrRefused, aLogOfAMillionTimesIsRead
 * <tr><th>Keys<th>test
 * <tr><td>one limiter per key, created on first use
 *     <td>KeyedLimiterTest.tryAcquire_twoKeys_doNotShare;
 *     KeyedConcurrencyTest.firstUseByTwoThreads_makesOneLimiter,
 *     firstUsesOfTwoKeys_makeTwoLimiters
 * <tr><td>forgetting is never observable
 *     <td>KeyedLimiterProperties.forgettingIsNeverObservable,
 *     forgettingToTheNanosecondIsNeverObservable, clockStepsBackNeverAdmitExtra;
 *     KeyedOverrideTest.override_freshKey_isTheSameKnownOrNot;
 *     KeyedLimiterTest.override_untouched_survivesFreshness,
 *     concurrency_permitsInFlight_areNeverForgotten,
 *     penalize_keyWithNothingElseToRemember_isNotForgotten,
 *     slidingLog_readingOfBeforeItWasForgotten_countsAsOfThen;
 *     KeyedConcurrencyTest.chargeOfAFreshKeyWhileItIsForgotten_isRemembered; KeyedConcurrencyTest;
 *     KeyedLincheckTest
 * <tr><td>a key with limits of its own is decided exactly as by a limiter of its own; a fresh key
 *     stays fresh, what was spent stays spent
 *     <td>KeyedChangeProperties.keysThatAreChangedDecideAsTheExactModelDoes,
 *     canary_anotherLaw_isCaught;
 *     KeyedChangeTest.override_freshKey_isFreshUnderItsNewLimits,
 *     override_operatorStallsAtTheClock_datesNoAdmissionBack;
 *     KeyedLimiterTest.override_lowered_makesNoDebtAndForgivesWhatNoLongerFits
 * <tr><td>in any interval at most the burst in force at its start, each raise of the burst in it, and
 *     what refilled in it
 *     <td>KeyedChangeProperties.changesMintNothingBeyondTheRaisesOfTheBurst,
 *     canary_keysThatBeginAnew_areCaught
 * <tr><td>a rule goes on as the one of the same period, else of the same place; its level goes with
 *     it, also to another algorithm; blocked and unlimited keep the word of the rule before them
 *     <td>CounterpartsTest.counterpartsIn_rules_areThoseOfThePeriodThenThoseOfThePlace,
 *     everyRuleGoesOnAtMostOnce, limitsThatStayGoOnRuleByRule;
 *     KeyedChangeTest.override_ruleInAnotherPlaceOrAlgorithm_nothingIsMinted,
 *     override_ofAnotherPeriod_goesOnByPlace,
 *     override_limitsWithoutRules_keepWhatWasSpentBefore
 * <tr><td>a log that stays a log keeps its newest dates; permits without a date are dated now
 *     <td>KeyedChangeTest.override_ofALogByTheSameLimits_isDatedAsBefore,
 *     override_ofALogByASmallerLog_keepsItsNewestDates,
 *     override_ofSeveralWindows_goesOnWithThoseOfTheSamePeriod,
 *     override_ofARateByALog_datesNowWhatIsSpent
 * <tr><td>permits in flight stay counted
 *     <td>KeyedChangeTest.clearOverride_permitsInFlight_stayCounted,
 *     clearOverride_withPermitsInFlight_keepsAnEntryUntilTheKeyIsFresh,
 *     forget_keyWithPermitsInFlight_stillCountsThemAfterClearOverride
 * <tr><td>a call that is rolled back leaves no charge, and mints none, whatever happens to the table or to
 *     other keys meanwhile
 *     <td>RollBackTest.tableIsReplacedMeanwhile_noChargeIsLeft,
 *     keyItself_isForgottenAndUsedMeanwhile_nothingIsMinted,
 *     keyOfTheSameHashWhoseEqualsThrows_isOverriddenMeanwhile_harmsOnlyItsOwnCalls
 * <tr><td>a key is a limiter: it waits in a line of its own, reserves, and decides together with others; a
 *     plan names its limits, and those of all keys change while in use
 *     <td>KeyedUseProperties.keysInUseAreOneLimiterEach;
 *     KeyViewTest.keyTenantAndAll_areOneDecision,
 *     callersThatWait_standInTheLineOfTheirKey,
 *     planInWhichAThreadStalls_decidesAllTheSame,
 *     waitersOfFewKeys_whileLimitsChange_passNoMoreThanTheLimit
 * <tr><td>a key whose hashCode throws, or the plan, harms only its own calls
 *     <td>KeyedLimiterTest.keyWhoseHashCodeComesToThrow_harmsOnlyItsOwnCalls,
 *     hasherThatComesToThrow_harmsOnlyTheCallsOfThatKey;
 *     KeyViewTest.planThatThrows_harmsOnlyItsOwnCalls, refusedCalls_makeNoKeyKnown
 * <tr><td>a hard cap on keys, and a named policy beyond it
 *     <td>KeyedLimiterProperties.sizeIsBoundedAndKnownKeysAreExact;
 *     KeyedLimiterTest.whenFull_policies_serveUnknownKeys,
 *     whenFull_ofKeysWithPermitsInFlight_servesUnknownKeys,
 *     maxKeys_inManySegments_areAllKnownAndFewMore, maxKeys_keysWithTheirOwnLimits_doNotCount;
 *     KeyedOverrideTest.penalize_noRoom_isNotRemembered
 * <tr><th>Beyond one machine<th>test
 * <tr><td>one store, its own clock, no state lost: at most {@code B + floor(w*N/P)}, however many callers
 *     <td>RedisRaceTest.twoProcesses_oneKey_neverMoreThanBurstPlusRate,
 *     storeThatKeepsAll_losesNothing; StoreDemoTest.twoProcesses_oneRedis_keepOneLimit; PostgresTest.callers_atOnce_neverGetMoreThanBurstPlusRate,
 *     functionThatTakesNoLock_isCaught
 * <tr><td>verdict, remaining and waits are those of exact rationals, for every rate
 *     <td>StoreProperties.pairsDecideAsExactRationals, scriptInJavaDecidesAsExactRationals;
 *     RedisOracleTest.script_byTheCallersTime_isExact, script_byTheServersTime_isExact;
 *     PostgresTest.statement_byTheCallersTime_isExact;
 *     HazelcastOracleTest.entryProcessor_byTheCallersTime_isExactAndKeepsEveryGuarantee;
 *     StoreKitTest.redis_keepsEveryGuarantee, postgres_keepsEveryGuarantee; StoreMutantsTest.mutants_each_areCaught
 * <tr><td>several keys in one call: all are charged or none; they need one hash tag
 *     <td>RedisJointTest.decideAll_byTheCallersTime_isExact, scriptThatChargesThoughAKeyDenied_isCaught,
 *     keys_withoutACommonHashTag_areRefused, storesWithOneKeyPerCall_refuseUnderEveryPolicy
 * <tr><td>backups carry the word, they do not run the step again
 *     <td>HazelcastScriptsTest.backup_thatCarriesTheText_losesNothingWithItsMember,
 *     backup_thatRunsTheScriptAgain_isCaught; HazelcastOracleTest
 * <tr><td>state lost r times: at most r*B more; with what callers saw, only what no living one had seen
 *     <td>RedisRaceTest.storeThatForgets_isReminded, RedisLossTest.emptyServer_nobodyRemembers_isAnotherBurst,
 *     RedisLossTest.staleReplica_isRemindedOfAllThatALivingCallerSaw
 * <tr><td>unknown outcome: permits lost, none minted
 *     <td>FailureTest.timeout_isUnknownAndNeverSentAgain,
 *     noScript_isFollowedByTheText_andAFailureOfThatIsUnknown
 * <tr><td>leases: the same formula by clocks within 0.1 % of each other's speed, also while processes die
 *     <td>LeaseProperties.leasesNeverAdmitMoreThanBurstPlusRate; LeaseMutantsTest.mutants_each_areCaught;
 *     LeaseRaceTest.processesThatAreKilled_neverMoreThanBurstPlusRate;
 *     LeasedLimiterTest.callersAtOnce_loseAndMintNothing
 * <tr><td>leases: at most one call of the store per 1,000 admissions at 100,000/s, 95 % of the limit used
 *     <td>LeaseUseTest.saturated_fourProcesses_useTheLimitWithFewCalls, halfLoad_nothingIsDenied
 * <tr><th>Bad input<th>test
 * <tr><td>N, P, burst below 1, permits, limit below 0: IllegalArgumentException that says what
 *     is expected
 *     <td>BadInputTest.sizesBelowTheLeast, permitsBelowNone, permitsBelowNoneOfThoseWhoWait,
 *     permitsBelowNoneOfAKey;
 *     GcraProperties.badArgumentsSayWhatIsExpected
 * <tr><td>null: NullPointerException with the parameter's name
 *     <td>BadInputTest.nulls, nullsOfKeyedLimiters, nullsOfOthers
 * <tr><td>permits above burst: denied, NEVER, nothing charged
 *     <td>GcraProperties, TokenBucketProperties, AllOfProperties,
 *     SlidingLogProperties.moreThanBurstIsNeverAdmitted
 * <tr><td>a bad rule: RuleSyntaxException with a column in the text
 *     <td>RuleTextProperties.anyTextIsRulesOrRefusedWithAColumnInIt,
 *     aMillionCharactersAreReadInLinearTime; RuleCorpusTest;
 *     LimitsTest.refusals_together_coverEveryCode,
 *     parse_periodBeyond64Bits_isRefusedWhereItStands
 * <tr><td>{@code parse(canonical(parse(x))) == parse(x)}, and canonical is a fixed point
 *     <td>LimitsProperties.parseOfCanonicalIsIdentity, canonicalIsAFixedPoint,
 *     agreesWithTheReferenceOnRules
 * <tr><td>windows in one rule text share one log
 *     <td>LimitsTest.newRateLimiter_severalSlidingLogs_shareOneLog;
 *     KeyedLimiterProperties.forgettingIsNeverObservable
 * </table>
 */
package io.limiter.spec;
