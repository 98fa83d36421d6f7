// Package duty holds what the service does by itself, one small file an actor:
// the clock, the archiver, the relay, the notary, and those that watch over both
// copies of the log: high-water marks, the full read, inspectors, the canary.
//
// An actor is a Step that does what there is to do and says whether it did
// anything. Run repeats a Step, wakes it when the log has grown, and backs off
// while it fails; an actor that fails shows in health and metrics and never
// stops the others. Whatever an actor changes is a commit; it keeps no truth
// of its own.
//
// What went wrong in other systems' logs, leases and clocks, and the test that
// holds it here (what went wrong in joining stands in package link):
//
//	8   acknowledged, and gone after a crash (NATS #7564)     jet TestKillMinusNineOfTheServerWhileAppending, daemon TestDoctorRefusesTheDefaultSync
//	9   a flipped bit hides messages (NATS #7549)             daemon TestABitFlippedOnDiskIsFoundByTheArchive
//	11  a retry is taken for a duplicate (sbomscanner 281)    jet TestARetryUnderTheSameIDIsNotSwallowed, queueapi TestARefusedRequestMayBeTriedAgain
//	12  BackOff overrules AckWait (kannon PR #427)            daemon TestNoConsumerKeepsAPosition
//	13  MaxDeliver drops what timed out (murmur #34)          daemon TestNoConsumerKeepsAPosition, intake TestAReaderThatHangs
//	14  done after the lease has ended (NATS #4786)           queueapi TestLateDecisionIsRefused
//	15  a lease's key has vanished (asynq #1144)              duty TestAClaimOutlivesTheStore
//	16  the client's clock counts the lease (osTicket #5533)  queueapi TestNoClaimCarriesAClientsTime
//	18  handed over, and the old lease holds (osTicket #327)  queueapi TestClaimsFollowTheQueue
//	21  nothing is due soon, and much overdue (Zammad #3523)  duty TestOverdueRingsThoughNothingIsDueSoon
//	22  rings months after it was dealt with (OnCall #3111)   duty TestWhatWasDealtWithMonthsAgoNeverRings
//	23  acknowledged, then silence (GoAlert #3378)            duty TestClaimsRunOut
//	28  rules reloaded under load (Rspamd #1880)              intake TestRulesReloadedUnderLoad, intake TestRulesThatChangeUnderWay
//	31  an edited value passes the audit (immudb #2063)       archive TestEveryFlippedBitIsFound, auditreplay TestVerifyNames
//	32  a deleted case takes its trail along (mockforge 872)  jet TestNothingOfTheLogCanBeDeleted
//	33  a watch goes on past what it has (grafana #130043)    queueapi TestWatchResyncs, queueapi TestWatchBeats, queueapi TestWatchDeliversEveryItemOfACommit
package duty
