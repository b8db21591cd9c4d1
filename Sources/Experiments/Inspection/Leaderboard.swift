import Configuration
import Training

/// Models on several data sets: the scores of every model that has results on all of them.
package struct Leaderboard: Sendable {
  /// The results on one data set.
  package struct Block: Sendable {
    /// The words that name it, such as the folder of the results.
    package let name: String
    /// The seeds of its runs.
    package let seeds: [Int]
    /// The scores: `[model][seed]`.
    package let scores: [[Double]]

    /// The mean score of every model.
    package var means: [Double] { scores.map { Summary($0)?.mean ?? .nan } }
  }

  /// The least number of data sets for which ranks of more than two models are tested.
  ///
  /// The tests approximate for many data sets: Demšar (JMLR 7, 2006) asks for more than ten.
  package static let leastTestedCount = 5

  /// The labels of the models, in the order of the first data set.
  package let models: [String]
  /// The labels of models that do not have results on all data sets.
  package let leftOut: [String]
  /// The data sets.
  package let blocks: [Block]
  /// The number that is compared.
  package let name: MetricName

  /// Collects results.
  ///
  /// - Parameters:
  ///   - sources: The runs on each data set with the words that name it. Only runs that are results of
  ///     a table count.
  ///   - name: The number that is compared, such as `auc/macro`.
  /// - Throws: ``Diagnostic`` if there are fewer than two data sets or models, two sources are of the
  ///   same data, or the runs of a model are mixed, repeated or lack a seed that others have.
  package init(_ sources: [(name: String, runs: RunCollection)], _ name: MetricName) throws {
    guard sources.count > 1 else { throw Diagnostic("a leaderboard needs two data sets") }
    guard name.metric.higherIsBetter != nil else {
      throw Diagnostic("\(name.metric.title) has no direction, so it does not order models")
    }
    let rows = try sources.map { source in
      try locating(source.name) { try source.runs.resultsByRow() }
    }
    let labels = rows.map { $0.map(\.label) }
    let models = labels[0].filter { label in labels.allSatisfy { $0.contains(label) } }
    guard models.count > 1 else {
      throw Diagnostic(
        "\(models.isEmpty ? "no row" : "only '\(models[0])'") has results on all of "
          + "\(sources.map(\.name).joined(separator: ", "))")
    }
    var leftOut: [String] = []
    for label in labels.joined() where !models.contains(label) && !leftOut.contains(label) {
      leftOut.append(label)
    }
    (self.models, self.leftOut, self.name) = (models, leftOut, name)
    var data: [String: String] = [:]
    blocks = try zip(sources, rows).map { source, rows in
      try locating(source.name) {
        let sides = try PairedRuns.Side.ofOneTable(rows.filter { models.contains($0.label) })
        let fingerprint = sides[0].runs[0].configuration.dataset
        if let other = data[fingerprint] {
          throw Diagnostic("is of the same data set as \(other), which would count twice")
        }
        data[fingerprint] = source.name
        return try Self.block(source.name, sides, models, name)
      }
    }
  }

  private static func block(
    _ title: String, _ rows: [PairedRuns.Side], _ models: [String], _ name: MetricName
  ) throws -> Block {
    let seeds = rows[0].runs.map(\.configuration.seed)
    let scores = try models.map { model -> [Double] in
      guard let row = rows.first(where: { $0.label == model }) else { return [] }
      guard row.runs.map(\.configuration.seed) == seeds else {
        throw Diagnostic("has other seeds than '\(rows[0].label)'").at("'\(model)'")
      }
      return try row.records.map { record in
        guard let value = try record.test.value(name) else {
          throw Diagnostic("\(name) is undefined on seed \(record.configuration.seed)")
            .at("'\(model)'")
        }
        return value
      }
    }
    return Block(name: title, seeds: seeds, scores: scores)
  }

  private var higherIsBetter: Bool { name.metric.higherIsBetter ?? true }

  /// The models ranked in every data set by their means.
  package var ranks: RankedBlocks? {
    RankedBlocks(blocks.map(\.means), higherIsBetter: higherIsBetter)
  }

  /// The ranks if there are enough data sets and models to test them: at least
  /// ``leastTestedCount`` data sets and three models.
  package var testedRanks: RankedBlocks? {
    blocks.count >= Self.leastTestedCount && models.count > 2 ? ranks : nil
  }

  /// The share of seeds in which the model of the row is better than that of the column, where every
  /// data set has the same weight; equal values, within ``WinMatrix/printedTolerance``, count half.
  package var wins: [[Double?]] {
    let matrices = blocks.map { block in
      WinMatrix(
        block.scores.map { $0.map(Optional.some) }, higherIsBetter: higherIsBetter,
        tolerance: WinMatrix.printedTolerance
      ).shares
    }
    return models.indices.map { row in
      models.indices.map { column in
        Summary(matrices.compactMap { $0[row][column] })?.mean
      }
    }
  }
}
