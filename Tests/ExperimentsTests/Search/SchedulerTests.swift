import Configuration
import TensorCore
import Testing

// Internal: schedulers and their verdicts.
@testable import Experiments

/// Trials with known curves, of which a scheduler sees what has been trained so far.
private struct TrainedTrials {
  /// The scores after every epoch; one that is shorter than the others ended there.
  var curves: [[Double?]]
  /// The numbers of the trials after which they fail.
  var failures: [Int: Int] = [:]
  /// The round of every trial.
  var rounds: [Int]
  let epochs: Int
  private(set) var done: [Int]

  init(_ curves: [[Double?]], epochs: Int, rounds: [Int]? = nil, failures: [Int: Int] = [:]) {
    self.curves = curves
    self.epochs = epochs
    self.rounds = rounds ?? curves.map { _ in 0 }
    self.failures = failures
    done = curves.map { _ in 0 }
  }

  /// Draws curves that rise and cross each other, some of which end early, fail or lack values.
  init(drawing count: Int, epochs: Int, roundSize: Int, seed: UInt64) {
    var stream = RandomStreams(seed: seed)["curves"]
    var curves: [[Double?]] = []
    var failures: [Int: Int] = [:]
    for trial in 0..<count {
      let (top, rate) = (0.5 + 0.4 * stream.uniform(), 0.2 + 2 * stream.uniform())
      var curve: [Double?] = (1...epochs).map { epoch in
        (100 * top * Double(epoch) / (Double(epoch) + rate)).rounded() / 100
          + 0.02 * stream.uniform()
      }
      switch stream.integer(below: 12) {
      case 0: curve.removeLast(stream.integer(below: epochs - 1))
      case 1: failures[trial] = stream.integer(below: epochs)
      case 2: curve = curve.map { _ in nil }
      default: break
      }
      curves.append(curve)
    }
    self.init(
      curves, epochs: epochs, rounds: (0..<count).map { $0 / roundSize }, failures: failures)
  }

  func curve(_ trial: Int) -> TrialCurve {
    let values = Array(curves[trial].prefix(done[trial]))
    var best: Double?
    let kept = values.map { value in
      best = [best, value].compactMap { $0 }.max()
      return best
    }
    let hasFailed = failures[trial].map { done[trial] >= $0 } ?? false
    return TrialCurve(
      round: rounds[trial], values: values, kept: kept,
      hasEnded: hasFailed || done[trial] == min(curves[trial].count, epochs), hasFailed: hasFailed)
  }

  /// Trains a trial for some epochs, as far as it gets.
  mutating func train(_ trial: Int, to epochs: Int) {
    done[trial] = min(epochs, curves[trial].count, failures[trial] ?? .max)
  }

  /// Follows a scheduler to the end of the search, training one of the trials that are due after the
  /// other in a random order, and returns the verdicts.
  mutating func follow(_ scheduler: any TrialScheduler, order seed: UInt64) -> [TrialVerdict] {
    var stream = RandomStreams(seed: seed)["order"]
    var last: [TrialVerdict] = []
    var seen = rounds.indices.map(curve)
    var known = rounds.firstIndex { $0 > 0 } ?? rounds.count
    while true {
      let verdicts = scheduler.verdicts(on: Array(seen.prefix(known)))
      #expect(verdicts.count == known)
      for (old, new) in zip(last, verdicts) { #expect(Self.progresses(old, to: new)) }
      last = verdicts
      let due = verdicts.indices.filter { trial in
        guard case .train(let target) = verdicts[trial], !seen[trial].hasEnded else {
          return false
        }
        return done[trial] < target
      }
      if due.isEmpty {
        for (trial, verdict) in verdicts.enumerated() where verdict.isOpen(below: epochs) {
          #expect(curve(trial).hasEnded, "trial \(trial) waits forever: \(verdict)")
        }
        if known == rounds.count { return verdicts }
        let round = rounds[known]
        known = rounds.firstIndex { $0 > round } ?? rounds.count
        continue
      }
      let trial = due[stream.integer(below: due.count)]
      train(trial, to: done[trial] + 1)
      seen[trial] = curve(trial)
    }
  }

  private static func progresses(_ old: TrialVerdict, to new: TrialVerdict) -> Bool {
    switch (old, new) {
    case (.prune, _): old == new
    case (.train(let before), .train(let after)): before <= after
    case (.train(let before), .prune(let after)): before <= after
    }
  }
}

extension TrialVerdict {
  fileprivate func isOpen(below epochs: Int) -> Bool {
    if case .train(let target) = self { target < epochs } else { false }
  }

  fileprivate var epochs: Int {
    switch self {
    case .train(let epochs), .prune(let epochs): epochs
    }
  }
}

/// What every scheduler of the list must do, and every one that is added to it.
@Suite("Conformance of schedulers") struct SchedulerConformanceTests {
  static let ids = schedulerCatalog.map { $0.card.id }

  private func scheduler(_ id: String, epochs: Int) throws -> any TrialScheduler {
    try #require(SchedulerChoice(configuration: .string(id))).scheduler(epochs: epochs)
  }

  @Test func idsAreUniqueAndSourcesAreNamed() {
    #expect(Set(Self.ids).count == Self.ids.count)
    #expect(schedulerCatalog.dropFirst().allSatisfy { !$0.card.paper.isEmpty })
  }

  /// The order in which epochs are trained stands for timing, jobs and workers.
  @Test(arguments: ids) func verdictsDoNotDependOnTheOrderOfTraining(id: String) throws {
    for (seed, roundSize) in [(0, 40), (1, 40), (2, 7), (3, 7)] as [(UInt64, Int)] {
      let trials = TrainedTrials(drawing: 40, epochs: 9, roundSize: roundSize, seed: seed)
      var first = trials
      let verdicts = first.follow(try scheduler(id, epochs: 9), order: 0)
      for order in UInt64(1)..<4 {
        var other = trials
        #expect(other.follow(try scheduler(id, epochs: 9), order: order) == verdicts)
        #expect(other.done == first.done)
      }
    }
  }

  /// The store may know whole curves of runs that another experiment has made.
  @Test(arguments: ids) func verdictsDoNotDependOnWhatElseIsKnown(id: String) throws {
    for seed in UInt64(0)..<4 {
      var trials = TrainedTrials(drawing: 30, epochs: 9, roundSize: 30, seed: seed)
      trials.failures = [:]
      var known = trials
      for trial in 0..<30 { known.train(trial, to: 9) }
      let verdicts = trials.follow(try scheduler(id, epochs: 9), order: 1)
      #expect(known.follow(try scheduler(id, epochs: 9), order: 1) == verdicts)
    }
  }

  @Test(arguments: ids) func epochsSpentAreThoseOfTheVerdicts(id: String) throws {
    var trials = TrainedTrials(
      (0..<27).map { trial in (1...9).map { 0.5 + 0.01 * Double(trial * $0) } }, epochs: 9)
    let verdicts = trials.follow(try scheduler(id, epochs: 9), order: 3)
    #expect(trials.done == verdicts.map(\.epochs))
    #expect(trials.done.reduce(0, +) <= 27 * 9)
    #expect(id == "none" || trials.done.reduce(0, +) < 27 * 9 || id == "median-stopping")
  }

  @Test(arguments: ids) func someTrialIsTrainedToItsEnd(id: String) throws {
    for count in [1, 2, 3, 10] {
      var trials = TrainedTrials(
        (0..<count).map { trial in (1...9).map { 0.9 - 0.01 * Double(trial * $0) } }, epochs: 9)
      #expect(
        trials.follow(try scheduler(id, epochs: 9), order: 1).contains(.train(epochs: 9)))
    }
  }

  @Test(arguments: ids) func withoutARungBelowTheEndNothingIsPruned(id: String) throws {
    var trials = TrainedTrials((0..<9).map { [0.1 * Double($0)] }, epochs: 1)
    #expect(
      trials.follow(try scheduler(id, epochs: 1), order: 1)
        == (0..<9).map { _ in .train(epochs: 1) })
  }

  @Test(arguments: ids) func settingsAreDeclaredAndShown(id: String) throws {
    let type = try #require(schedulerCatalog.first { $0.card.id == id })
    let choice = try #require(SchedulerChoice(configuration: .string(id)))
    #expect(choice.words.hasPrefix(type.card.title))
    for setting in type.settings { #expect(choice.words.contains(setting.name)) }
  }
}

@Suite struct SuccessiveHalvingTests {
  /// Trial i has the score i in every epoch.
  private func constant(_ count: Int, epochs: Int = 9, rounds: [Int]? = nil) -> TrainedTrials {
    TrainedTrials(
      (0..<count).map { trial in (0..<epochs).map { _ in Double(trial) } }, epochs: epochs,
      rounds: rounds)
  }

  private func reached(_ verdicts: [TrialVerdict]) -> [Int: Int] {
    Dictionary(grouping: verdicts, by: \.epochs).mapValues(\.count)
  }

  @Test func aThirdContinuesAtEveryRung() {
    var trials = constant(18)
    let verdicts = trials.follow(SuccessiveHalving(RungOptions(), epochs: 9), order: 1)
    #expect(reached(verdicts) == [1: 12, 3: 4, 9: 2])
    #expect(verdicts[17] == .train(epochs: 9) && verdicts[16] == .train(epochs: 9))
    #expect(verdicts[11] == .prune(after: 1) && verdicts[15] == .prune(after: 3))
  }

  @Test func aRoundIsHalvedByItself() {
    var trials = constant(18, rounds: (0..<18).map { $0 / 9 })
    let verdicts = trials.follow(SuccessiveHalving(RungOptions(), epochs: 9), order: 1)
    #expect(verdicts[8] == .train(epochs: 9) && verdicts[17] == .train(epochs: 9))
    #expect(reached(verdicts) == [1: 12, 3: 4, 9: 2])
  }

  @Test func noPrunedTrialIsAheadOfAPromotedOne() {
    for seed in UInt64(0)..<10 {
      var trials = TrainedTrials(drawing: 40, epochs: 9, roundSize: 40, seed: seed)
      let verdicts = trials.follow(SuccessiveHalving(RungOptions(), epochs: 9), order: 1)
      let curves = verdicts.indices.map { trials.curve($0) }
      for rung in [1, 3] {
        let pruned = verdicts.indices.filter { verdicts[$0] == .prune(after: rung) }
        let promoted = verdicts.indices.filter { verdicts[$0].epochs > rung }
        for trial in pruned {
          #expect(!promoted.contains { curves.isAhead(trial, of: $0, after: rung) })
        }
      }
    }
  }

  @Test func theLastRungIsAllEpochs() {
    #expect(RungOptions().rungs(epochs: 20) == [1, 3, 9, 20])
    #expect(RungOptions().rungs(epochs: 9) == [1, 3, 9])
    #expect(RungOptions().rungs(epochs: 1) == [1])
  }

  /// The example of the source, in its table 1, with R = 81 and eta = 3.
  @Test func hyperbandHasTheBracketsOfItsSource() throws {
    let scheduler = Hyperband(RungOptions(), epochs: 81)
    #expect(scheduler.sizes == [81, 34, 15, 8, 5])
    var trials = constant(143, epochs: 81)
    let verdicts = trials.follow(scheduler, order: 2)
    let survivors = [81, 27, 9, 3, 1]
    #expect(verdicts[..<81].count { $0.epochs >= 3 } == survivors[1])
    #expect(verdicts[..<81].count { $0.epochs >= 9 } == survivors[2])
    #expect(verdicts[..<81].count { $0.epochs == 81 } == 1)
    #expect(reached(Array(verdicts[81..<115])) == [3: 23, 9: 8, 27: 2, 81: 1])
    #expect(reached(Array(verdicts[115..<130])) == [9: 10, 27: 4, 81: 1])
    #expect(reached(Array(verdicts[130..<138])) == [27: 6, 81: 2])
    #expect(reached(Array(verdicts[138...])) == [81: 5])
  }
}

@Suite struct ASHATests {
  /// The sequential algorithm in plain words: one worker trains whatever the source's `get_job` finds
  /// after every result, except that promotions come first.
  private func naive(_ curves: [[Double]], rungs: [Int], eta: Int) -> [Int] {
    var results: [[(trial: Int, score: Double)]] = rungs.map { _ in [] }
    var promoted: [Set<Int>] = rungs.map { _ in [] }
    var reached = curves.map { _ in 0 }
    func add(_ trial: Int, at rung: Int) {
      reached[trial] = rungs[rung]
      results[rung].append((trial, curves[trial].prefix(rungs[rung]).reduce(0, max)))
      guard rung + 1 < rungs.count else { return }
      let best = results[rung].sorted { ($1.score, $0.trial) < ($0.score, $1.trial) }
        .prefix(results[rung].count / eta)
      for entry in best where promoted[rung].insert(entry.trial).inserted {
        add(entry.trial, at: rung + 1)
      }
    }
    for trial in curves.indices { add(trial, at: 0) }
    return reached
  }

  @Test func promotesLikeTheSequentialAlgorithm() {
    for seed in UInt64(0)..<20 {
      var stream = RandomStreams(seed: seed)["asha"]
      let curves = (0..<60).map { _ in (0..<9).map { _ in (stream.uniform() * 50).rounded() } }
      var trials = TrainedTrials(curves, epochs: 9)
      let verdicts = trials.follow(ASHA(RungOptions(), epochs: 9), order: seed)
      #expect(verdicts.map(\.epochs) == naive(curves, rungs: [1, 3, 9], eta: 3))
    }
  }

  @Test func promotesBeforeAllTrialsOfTheRungAreKnown() {
    var trials = TrainedTrials((0..<9).map { [Double($0), 0, 0] }, epochs: 3)
    for trial in 0..<3 { trials.train(trial, to: 1) }
    let verdicts = ASHA(RungOptions(), epochs: 3).verdicts(on: (0..<9).map { trials.curve($0) })
    #expect(verdicts[2] == .train(epochs: 3))
    #expect(verdicts[1] == .train(epochs: 1))
  }

  @Test func aTrialOfAnEarlierRoundIsComparedWithButNotPromoted() {
    let scores: [Double] = [9, 8, 7, 1, 2, 3, 0, 0, 0]
    var trials = TrainedTrials(
      scores.map { [$0, $0, $0] }, epochs: 3, rounds: [0, 0, 0, 1, 1, 1, 1, 1, 1])
    let verdicts = trials.follow(ASHA(RungOptions(), epochs: 3), order: 1)
    #expect(verdicts[0] == .train(epochs: 3))
    #expect(verdicts.dropFirst().allSatisfy { $0 == .prune(after: 1) })
  }
}

@Suite struct MedianStoppingTests {
  private let rule: MedianStopping = {
    var settings = MedianStopping.Hyperparameters()
    settings.minimumTrials = 3
    return MedianStopping(settings, epochs: 4)
  }()

  @Test func prunesBelowTheMedianOfRunningAverages() {
    // After two epochs the averages are 1, 2 and 3 (median 2).
    let earlier: [[Double?]] = [[0, 2, 2, 2], [1, 3, 3, 3], [2, 4, 4, 4]]
    for (best, verdict) in [(1.99, TrialVerdict.prune(after: 2)), (2, .train(epochs: 4))] {
      var trials = TrainedTrials(earlier + [[1.5, best, 9, 9]], epochs: 4)
      #expect(trials.follow(rule, order: 1)[3] == verdict)
    }
  }

  @Test func theFirstTrialsAreNotCompared() {
    var trials = TrainedTrials(
      [[3, 3, 3, 3], [2, 2, 2, 2], [0, 0, 0, 0], [0, 0, 0, 0]], epochs: 4)
    let verdicts = trials.follow(rule, order: 1)
    #expect(verdicts[2] == .train(epochs: 4) && verdicts[3] == .prune(after: 1))
  }

  /// The same, training one trial after the other, as the source does with one worker.
  @Test func verdictsAreThoseOfTrialsTrainedOneAfterTheOther() {
    for seed in UInt64(0)..<10 {
      var stream = RandomStreams(seed: seed)["median"]
      let curves = (0..<30).map { _ in (0..<4).map { _ in stream.uniform() } }
      var reached: [Int] = []
      for trial in curves.indices {
        var last = 4
        for epoch in 1..<4 {
          let averages = (0..<trial).filter { reached[$0] >= epoch }
            .map { curves[$0].prefix(epoch).reduce(0, +) / Double(epoch) }.sorted()
          guard averages.count >= 3 else { continue }
          let middle = averages.count / 2
          let median =
            averages.count % 2 == 1
            ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
          if curves[trial].prefix(epoch).reduce(0, max) < median {
            last = epoch
            break
          }
        }
        reached.append(last)
      }
      var trials = TrainedTrials(curves, epochs: 4)
      #expect(trials.follow(rule, order: seed).map(\.epochs) == reached)
    }
  }
}
