import Configuration
import Ranking
import TensorCore

/// The training rows that the settings `trainingShare` and `scenarioShares` keep.
///
/// Row i of the training split, counted from 0, has a number u(i) in [0, 1) of its own, the one at
/// position i of the stream `rows/kept` of seed 0, and is kept if
///
///     u(i) < trainingShare · share of its scenario
///
/// The draw depends on nothing else, so the rows of a smaller share are among those of a larger one,
/// and all models and seeds train on the same rows. The number of rows is about the share of all.
///
/// `scenarioShares` names leaves of the scenario tree by their paths, such as `north/airport`, or
/// nodes above them, such as `north`. The longest name that leads to a leaf decides on its share,
/// which is 1 if there is none.
///
/// Other splits are not affected, and what was computed when the data set was imported (vocabularies,
/// scalings, target statistics) still comes from all training rows. What a model computes at the
/// start of training, such as quantiles of numerical features, comes from the rows that are kept.
struct KeptRows: RowSource {
  /// The rows of a named scenario.
  struct Tally: Equatable {
    var name: String
    var keptCount = 0
    var rowCount = 0
  }

  let source: any RowSource
  /// The kept rows of the source, in increasing order.
  let numbers: [Int32]
  /// The rows of the scenarios in `scenarioShares`, by name.
  let tallies: [Tally]

  private static let key = RandomStreams(seed: 0)["rows/kept"].key

  var problem: Problem { source.problem }
  var rowCount: Int { numbers.count }

  var groups: [Int32]? {
    get throws {
      guard let groups = try source.groups else { return nil }
      return numbers.map { groups[Int($0)] }
    }
  }

  func batch(rows: [Int32]) throws -> LabeledBatch {
    try source.batch(rows: rows.map { numbers[Int($0)] })
  }

  /// A sentence for the run record.
  var note: String {
    let parts = tallies.map { ", \($0.keptCount) of \($0.rowCount) of '\($0.name)'" }
    return "Trained on \(rowCount) of \(source.rowCount) training rows\(parts.joined())."
  }

  /// Returns u of a row.
  static func draw(_ row: Int) -> Double {
    var stream = RandomStream(key: key)
    stream.skip(row)
    return stream.uniform()
  }
}

extension TrainingOptions {
  private static var rowsPerRead: Int { 65_536 }

  /// Returns the rows to train on: the source itself unless the options leave out rows.
  ///
  /// - Throws: ``Diagnostic`` if a scenario is unknown, or if no row is kept, of all or of a scenario
  ///   in `scenarioShares` that has rows; an error if rows cannot be read.
  func keptRows(of source: any RowSource) throws -> any RowSource {
    guard trainingShare < 1 || !scenarioShares.isEmpty else { return source }
    let named = try scenarioShares(in: source.problem.scenarios)
    var tallies = named.map { KeptRows.Tally(name: $0.name) }
    // The named scenarios that a leaf is in, the one that decides on it last.
    let places = source.problem.scenarios.leaves.indices.map { leaf in
      named.indices.filter { named[$0].leaves.contains(leaf) }
    }
    var numbers: [Int32] = []
    for start in stride(from: 0, to: source.rowCount, by: Self.rowsPerRead) {
      let rows = start..<min(source.rowCount, start + Self.rowsPerRead)
      let leaves =
        named.isEmpty ? nil : try source.batch(rows: rows.map(Int32.init)).batch.leaves
      for row in rows {
        let own = leaves.map { places[Int($0[row - start])] } ?? []
        let share = trainingShare * (own.last.map { named[$0].share } ?? 1)
        let isKept = KeptRows.draw(row) < share
        if isKept { numbers.append(Int32(row)) }
        for place in own {
          tallies[place].rowCount += 1
          if isKept { tallies[place].keptCount += 1 }
        }
      }
    }
    if let tally = tallies.first(where: { $0.keptCount == 0 && $0.rowCount > 0 }) {
      throw Diagnostic(
        "keeps none of the \(tally.rowCount) training rows of '\(tally.name)'; use a larger share"
      ).at("scenarioShares")
    }
    guard !numbers.isEmpty else { throw keepsNoRow(of: source) }
    return KeptRows(source: source, numbers: numbers, tallies: tallies)
  }

  /// A text that is the same for options that keep the same rows of a source.
  package var keptRowsKey: String {
    let shares = scenarioShares.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([String(trainingShare)] + shares).joined(separator: "\n")
  }

  /// Checks that the options keep rows to train on.
  ///
  /// - Throws: ``Diagnostic`` as ``TrainingSession``; an error if rows cannot be read.
  public func checkKeepsRows(of split: TrainingSplit) throws {
    guard scenarioShares.isEmpty else {
      _ = try keptRows(of: split.rows)
      return
    }
    let count = split.rows.rowCount
    guard count == 0 || (0..<count).contains(where: { KeptRows.draw($0) < trainingShare }) else {
      throw keepsNoRow(of: split.rows)
    }
  }

  private func keepsNoRow(of source: any RowSource) -> Diagnostic {
    Diagnostic(
      "\(trainingShare) keeps none of the \(source.rowCount) training rows; use a larger share"
    ).at("trainingShare")
  }

  /// A scenario with its share.
  struct ScenarioShare {
    var name: String
    var leaves: Set<Int>
    var share: Double
  }

  /// Returns the shares of scenarios with the leaves at or below them, in the order of their depth.
  ///
  /// - Throws: ``Diagnostic`` with the nearest name for one that the tree does not have, or if two
  ///   names are of the same scenario.
  func scenarioShares(in tree: ScenarioTree) throws -> [ScenarioShare] {
    guard !scenarioShares.isEmpty else { return [] }
    let paths = tree.leaves.map { leaf in zip(leaf, tree.levels).map { $1.values[$0] } }
    var found: [(path: [String], share: ScenarioShare)] = []
    for (name, share) in scenarioShares.sorted(by: { $0.key < $1.key }) {
      try locating("scenarioShares") {
        let path = try NamePath.names(in: name).map(\.name)
        let leaves = paths.indices.filter { paths[$0].starts(with: path) }
        guard !leaves.isEmpty else {
          throw Diagnostic.unknown("scenario", name, accepted: Self.names(of: paths))
        }
        guard !found.contains(where: { $0.path == path }) else {
          throw Diagnostic("'\(name)' is given twice")
        }
        found.append((path, ScenarioShare(name: name, leaves: Set(leaves), share: share)))
      }
    }
    return found.sorted { ($0.path.count, $0.share.name) < ($1.path.count, $1.share.name) }
      .map(\.share)
  }

  /// The names of the nodes and leaves on paths, each once, in the order of the tree.
  private static func names(of paths: [[String]]) -> [String] {
    var seen: Set<String> = []
    return paths.flatMap { path in (1...path.count).map { NamePath.text(Array(path.prefix($0))) } }
      .filter { seen.insert($0).inserted }
  }
}
