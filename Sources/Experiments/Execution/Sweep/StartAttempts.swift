/// How often runs were started, how often their processes were killed, and which were given up.
///
/// A start that fails for a temporary reason is repeated up to five times, with pauses that grow;
/// after three consecutive runs that could not be started, nothing more is started.
struct StartAttempts {
  /// Why runs were given up.
  private var givenUp: [String: String] = [:]
  /// How often each run was started.
  private var counts: [String: Int] = [:]
  /// How often each run was killed in a row without another checkpoint.
  private var kills: [String: Int] = [:]
  /// The checkpoint at which each run was last started.
  private var checkpoints: [String: String] = [:]
  /// The number of failed starts of each run.
  private var failures: [String: Int] = [:]
  /// The earliest time of the next start, after a temporary failure.
  private var nextStart = ContinuousClock.now
  /// The number of runs given up since the last successful start.
  private(set) var unstartableInARow = 0

  private static let failureLimit = 5
  private static let unstartableLimit = 3

  /// Whether so many runs could not be started that the others are not tried.
  var areHopeless: Bool { unstartableInARow >= Self.unstartableLimit }

  /// Whether the next start need not wait any longer.
  var isDue: Bool { ContinuousClock.now >= nextStart }

  /// How often a run was started.
  func count(_ id: String) -> Int { counts[id, default: 0] }

  /// Why a run was given up; nil if it was not.
  func reasonForGivingUp(_ id: String) -> String? { givenUp[id] }

  mutating func giveUp(_ id: String, because sentence: String) { givenUp[id] = sentence }

  /// Notes a successful start of a run that is at a checkpoint.
  mutating func noteStart(of id: String, at checkpoint: String) {
    unstartableInARow = 0
    counts[id, default: 0] += 1
    checkpoints[id] = checkpoint
  }

  /// Takes back ``noteStart(of:at:)``: another process had the run.
  mutating func forgetStart(of id: String) { counts[id, default: 1] -= 1 }

  /// Forgets how often a run was started.
  mutating func forgetStarts(of id: String) { counts[id] = 0 }

  /// Notes that the process of a run was killed; returns how often that has happened in a row
  /// without another checkpoint.
  mutating func noteKill(of id: String, at checkpoint: String) -> Int {
    kills[id] = checkpoints[id] == checkpoint ? kills[id, default: 0] + 1 : 0
    return kills[id, default: 0]
  }

  /// Notes a failed start; returns whether the run is to be given up.
  mutating func noteFailure(of id: String, because error: any Error) -> Bool {
    let count = failures[id, default: 0] + 1
    failures[id] = count
    if (error as? StartError)?.isTemporary == true, count < Self.failureLimit {
      nextStart = .now + .milliseconds(100 << count)
      return false
    }
    unstartableInARow += 1
    return true
  }
}
