import Configuration
import TensorCore

/// A strategy that chooses later trials by the scores of earlier ones.
///
/// The first round is the start: trial 0, which has the fixed settings and otherwise defaults, and
/// the first points of a scrambled Sobol sequence, the same for all such strategies. Every further
/// round has `search.round` trials, proposed one after the other: a proposal knows which trials of
/// its round precede it, but not their scores. Large rounds keep many workers busy, small ones learn
/// more from each trial.
///
/// Known trials (``SearchSpace/known``) are observed like finished ones, and shorten the start. A
/// trial that a scheduler pruned ranks below all that were trained further.
///
/// A proposal that is incompatible with other settings, or that was tried before, is passed over for
/// the next best. If none is left, an untried point is drawn at random, and in a finite space that
/// has been tried as a whole, a trial is repeated, which costs no run.
protocol AdaptiveSearch: SearchStrategy {
  associatedtype Proposals: ProposalSource

  /// The row that is searched.
  var row: ExperimentRow { get }

  /// The name of the method in table notes.
  static var title: String { get }

  /// The number of trials of a round, unless the specification gives one.
  static var defaultRound: Int { get }

  /// Checks, before the first trial, that the strategy can search the row.
  ///
  /// - Throws: ``Diagnostic``.
  func check() throws

  /// Returns a source of proposals for the next round.
  ///
  /// - Parameters:
  ///   - observations: The trials so far, of which at least one has a score.
  ///   - cube: The search space.
  func proposals(after observations: [Observation], in cube: UnitCube) -> Proposals
}

/// A finished trial as a point of the unit cube.
struct Observation: Sendable {
  /// The places in every dimension; nil where the trial has none (``UnitCube/places(of:)``).
  let places: [Double?]
  /// The score, the greater the better; nil if the trial failed, which counts as worse than any
  /// score.
  let score: Double?
  /// The share of the trial's training after which it was scored: more is better than any score.
  let share: Double

  /// Returns whether a trial is better than another one.
  func isBetter(than other: Observation) -> Bool {
    guard let score, let otherScore = other.score else { return score != nil && other.score == nil }
    return (share, score) > (other.share, otherScore)
  }
}

extension [Observation] {
  /// The scores of trials that were trained about equally far; nil for the others, which count as
  /// failed.
  ///
  /// That is the largest share of training that enough trials reached to learn from: one more than
  /// there are dimensions (as Falkner, Klein and Hutter, ICML 2018), or else the smallest.
  var comparableScores: [Double?] {
    let reached = compactMap { $0.score == nil ? nil : $0.share }.sorted(by: >)
    let enough = Swift.max(2, (first?.places.count ?? 0) + 1)
    guard let level = reached.count > enough ? reached[enough - 1] : reached.last else {
      return map { _ in nil }
    }
    return map { $0.share >= level ? $0.score : nil }
  }
}

/// Proposes the trials of one round.
protocol ProposalSource {
  /// Returns points of the cube worth trying next, the best first.
  mutating func points(drawingFrom stream: inout RandomStream) -> [[Double]]

  /// Takes note of a trial of this round, which has no score yet.
  mutating func add(pending places: [Double?])
}

extension AdaptiveSearch {
  static var isAdaptive: Bool { true }

  static var usesKnownTrials: Bool { true }

  static var defaultRound: Int { 4 }

  func check() throws {}

  var trialCount: Int { row.search.trials }

  private var roundSize: Int { row.search.round ?? Self.defaultRound }

  var words: String {
    "\(trialCount) trials of \(Self.title) in rounds of \(roundSize), trial 0 the defaults, "
      + "search seed \(row.search.seed)"
  }

  func nextRound(after finished: [FinishedTrial], in space: SearchSpace) throws -> [Trial] {
    guard finished.count < trialCount else { return [] }
    try check()
    let cube = try UnitCube(row, space)
    let known = space.known.trials
    let observations = (known + finished).map {
      Observation(places: cube.places(of: $0.trial), score: $0.score, share: $0.share)
    }
    let start = min(trialCount, max(1, max(10, cube.dimensions.count + 2) - known.count))
    guard finished.count >= start else {
      return Array(try SobolSearch(row).trials(start, in: cube).dropFirst(finished.count))
    }
    guard !cube.dimensions.isEmpty, observations.contains(where: { $0.score != nil }) else {
      return try (finished.count..<trialCount).prefix(roundSize).map {
        try RandomSearch(row).trial($0, in: cube)
      }
    }
    var proposals = proposals(after: observations, in: cube)
    var tried = Set(finished.map(\.trial.content))
    return try (finished.count..<trialCount).prefix(roundSize).map { number in
      var stream = row.searchStream("\(Self.id)/\(number)")
      let trial =
        firstUntried(proposals.points(drawingFrom: &stream), number, in: cube, tried: tried)
        ?? firstUntried(
          (0..<100).map { _ in cube.dimensions.map { _ in stream.uniform() } }, number, in: cube,
          tried: tried)
      let chosen = try trial ?? RandomSearch(row).trial(number, in: cube)
      tried.insert(chosen.content)
      proposals.add(pending: cube.places(of: chosen))
      return chosen
    }
  }

  /// Returns the trial at the first point that is feasible and new.
  private func firstUntried(
    _ points: [[Double]], _ number: Int, in cube: UnitCube, tried: Set<String>
  ) -> Trial? {
    for point in points {
      guard let trial = try? cube.trial(number, near: point) else { continue }
      if !tried.contains(trial.content) { return trial }
    }
    return nil
  }
}

extension Trial {
  /// A text that two trials have in common if they have the same settings.
  var content: String {
    ConfigurationValue.object(["model": .object(settings), "training": .object(training)])
      .canonicalJSON
  }
}
