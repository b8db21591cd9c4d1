import Configuration
import Ranking
import TensorCore

/// What the gates and experts of a trained model do on the rows of a split.
public struct ExpertInspection: Sendable, Equatable {
  /// The names of the tasks.
  public var tasks: [String]
  /// The names of the leaf scenarios.
  public var scenarios: [String]
  /// The number of rows.
  public var rowCount: Int
  /// The number of rows on which experts were compared.
  public var sampleCount: Int
  /// The gates, in the order of the forward pass; empty for models without gates.
  public var gates: [GateUse]
  /// The similarity of the experts of every layer, in the order of the forward pass.
  public var similarities: [ExpertSimilarity]
  /// By leaf scenario, the group that was planted in the data; nil if none were.
  public var plantedGroups: [Int]?

  /// Creates a value.
  public init(
    tasks: [String], scenarios: [String], rowCount: Int, sampleCount: Int, gates: [GateUse],
    similarities: [ExpertSimilarity], plantedGroups: [Int]? = nil
  ) {
    self.tasks = tasks
    self.scenarios = scenarios
    self.rowCount = rowCount
    self.sampleCount = sampleCount
    self.gates = gates
    self.similarities = similarities
    self.plantedGroups = plantedGroups
  }

  /// Sentences about experts that are hardly used and gates that use one expert only.
  public var warnings: [String] {
    gates.compactMap { $0.sentence(of: $0.findings) }
  }
}

extension BuiltModel {
  /// Predicts the rows of a split and observes what gates and experts do; the model does not change.
  ///
  /// Rows are passed scenario by scenario, in evaluation mode. A gate counts for every row that it sees: if a
  /// model lets all rows pass through the gates of all scenarios, every one of those has the rows of all
  /// scenarios.
  ///
  /// - Parameters:
  ///   - split: The rows.
  ///   - batchSize: The greatest number of rows per pass.
  ///   - sampleSize: The greatest number of rows on which experts are compared, evenly spaced over the split; 0
  ///     to leave out similarities.
  ///   - precision: The precision of the matrix products.
  /// - Throws: ``Diagnostic`` if the split is empty or does not belong to the model's problem;
  ///   ``MatrixPrecisionError`` if the precision is not available; an error if rows cannot be read.
  public func inspectExperts(
    on split: some EvaluationSplit, batchSize: Int = 4096, sampleSize: Int = 2048,
    precision: MatrixPrecision = .fp32
  ) throws -> ExpertInspection {
    try precision.checkAvailable()
    let source = split.rows
    try source.problem.check(isThatOf: self, in: "the split to inspect")
    guard source.rowCount > 0 else { throw Diagnostic("the split to inspect has no rows") }
    let leaves = try LabelTable(reading: source, batchSize: batchSize).leaves
    let scenarioCount = source.problem.scenarios.leafCount
    func observe(
      _ rows: some Sequence<Int32>, wantsOutputs: Bool,
      visit: (_ observer: Observer, _ scenario: Int, _ rowCount: Int) -> Void
    ) throws {
      var rowsOfLeaf = [[Int32]](repeating: [], count: scenarioCount)
      for row in rows { rowsOfLeaf[Int(leaves[Int(row)])].append(row) }
      for (scenario, rows) in rowsOfLeaf.enumerated() {
        for start in stride(from: 0, to: rows.count, by: batchSize) {
          let part = Array(rows[start..<min(rows.count, start + batchSize)])
          let batch = try source.batch(rows: part).batch
          let observer = Observer(wantsOutputs: wantsOutputs)
          MatrixPrecision.$current.withValue(precision) {
            _ = self(batch, in: .evaluation(at: moment, observer: observer))
          }
          visit(observer, scenario, part.count)
        }
      }
    }
    let tasks = source.problem.tasks.map(\.name)
    var gates = GateTally(tasks: tasks, scenarioCount: scenarioCount)
    try observe(0..<Int32(source.rowCount), wantsOutputs: false) {
      gates.add($0.observations, scenario: $1, rowCount: $2)
    }
    let count = min(max(0, sampleSize), source.rowCount)
    let sample = (0..<count).map { Int32($0 * source.rowCount / count) }
    var outputs = ExpertOutputs()
    try observe(sample, wantsOutputs: true) { observer, _, rowCount in
      outputs.add(observer.outputs, rowCount: rowCount)
    }
    return ExpertInspection(
      tasks: tasks, scenarios: source.problem.scenarios.leafNames, rowCount: source.rowCount,
      sampleCount: count, gates: gates.uses, similarities: outputs.similarities)
  }
}

/// The outputs of experts for a sample of rows.
private struct ExpertOutputs {
  private var names: [String] = []
  private var layers: [String: Layer] = [:]

  private struct Layer {
    let size: Int
    /// The outputs of each expert, row-major.
    var experts: [[Float]]
    var isComplete = true
  }

  /// Adds the outputs of a batch: `[experts · rows, size]` of each layer.
  mutating func add(_ outputs: [(name: String, value: Tensor)], rowCount: Int) {
    var uses: [String: Int] = [:]
    for (name, value) in outputs {
      let (count, rest) = value.rowCount.quotientAndRemainder(dividingBy: max(1, rowCount))
      guard rest == 0, count > 1, value.shape.count == 2 else { continue }
      let use = uses[name, default: 0]
      uses[name] = use + 1
      let name = use > 0 ? "\(name)/\(use)" : name
      if layers[name] == nil {
        names.append(name)
        layers[name] = Layer(
          size: value.columnCount, experts: Array(repeating: [], count: count))
      }
      guard layers[name]?.experts.count == count, layers[name]?.size == value.columnCount else {
        layers[name]?.isComplete = false
        continue
      }
      let (values, length) = (value.values, rowCount * value.columnCount)
      for expert in 0..<count {
        layers[name]?.experts[expert] += values[expert * length..<(expert + 1) * length]
      }
    }
  }

  /// The similarities of the experts of every layer that has the same number of experts in all scenarios.
  var similarities: [ExpertSimilarity] {
    names.compactMap { name in
      guard let layer = layers[name], layer.isComplete, layer.size > 0 else { return nil }
      return ExpertSimilarity(
        name: name,
        outputs: layer.experts.map { Tensor($0, shape: [$0.count / layer.size, layer.size]) })
    }
  }
}
