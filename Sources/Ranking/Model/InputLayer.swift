import Configuration
import Layers
import TensorCore

extension NumericalInput: ConfigurationChoice {}
extension Activation: ConfigurationChoice {}
extension FixedNumericalEncoding: ConfigurationChoice {}

/// How a numerical feature is encoded as columns.
public enum NumericalEncoding: String, ConfigurationChoice {
  /// The number itself.
  case raw
  /// The share of training rows below the number; see ``/Layers/NumericalEncoder``.
  case quantile
  /// How far the number lies through each of several bins; see ``/Layers/NumericalEncoder``.
  case piecewiseLinear = "piecewise-linear"
  /// Waves with trained frequencies, followed by a layer; see ``/Layers/PeriodicEmbedding``.
  case periodic
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings of the input representation, shared by all models.
public struct InputHyperparameters: HyperparameterSet {
  @Setting("Columns per categorical feature.", in: 1...1024, search: .choice([8, 16, 32]))
  public var embeddingSize = 16
  @Setting(
    "What the columns of a numerical feature are: the number, its quantile, one per bin, or waves.")
  public var numericalEncoding = NumericalEncoding.raw
  @Setting(
    "Bins between quantiles of training rows, for quantile and piecewise-linear.", in: 2...256)
  public var numericalBins = 16
  @Setting("Trained frequencies of every numerical feature, for periodic.", in: 1...256)
  public var numericalFrequencies = 16
  @Setting("Standard deviation of the first frequencies, for periodic.", in: 1e-4...100)
  public var numericalDeviation = 0.1
  @Setting("Columns of every numerical feature, for periodic.", in: 1...256)
  public var numericalSize = 8
  @Setting("How numerical columns enter: as they are, or all through one linear map as a field.")
  public var numericalInput = NumericalInput.columns
  @Setting("Whether the scenario is also an ordinary categorical feature.")
  public var scenarioFeature = true

  public init() {}

  var numericalColumns: NumericalColumns {
    switch numericalEncoding {
    case .raw: .fixed(.raw, bins: numericalBins)
    case .quantile: .fixed(.quantile, bins: numericalBins)
    case .piecewiseLinear: .fixed(.piecewiseLinear, bins: numericalBins)
    case .periodic:
      .periodic(
        frequencies: numericalFrequencies, deviation: Float(numericalDeviation),
        size: numericalSize)
    }
  }
}

/// Turns each row of a batch into the vector `x` that all models start from.
public final class InputLayer {
  /// The number of columns of x.
  public var outputSize: Int { embedding.outputSize }

  /// The number of features with embeddings, the scenario included if it is a feature: x begins
  /// with as many vectors of ``vectorSize`` columns.
  public var vectorCount: Int { embedding.vectorCount }

  /// The number of columns of an embedding.
  public var vectorSize: Int { embedding.embeddingSize }

  /// The columns of the scenario as a feature; empty if it is none.
  public var scenarioColumns: Range<Int> {
    let start = fieldCount * vectorSize
    return start..<start + scenarioLevelCount * vectorSize
  }

  private let problem: Problem
  private let embedding: FeatureEmbedding
  private let levelIndices: [[Int32]]
  private let fieldCount: Int

  /// Creates the layer for a problem.
  public init(_ hyperparameters: InputHyperparameters, problem: Problem, scope: ParameterScope) {
    self.problem = problem
    let tree = problem.scenarios
    levelIndices =
      hyperparameters.scenarioFeature
      ? (0..<tree.depth).map { tree.indices(atLevel: $0).map(Int32.init) } : []
    fieldCount = problem.fields.count
    let scenarioSizes = hyperparameters.scenarioFeature ? tree.levels.map(\.values.count) : []
    embedding = FeatureEmbedding(
      fieldSizes: problem.fields.map(\.vocabularySize) + scenarioSizes,
      bagSizes: problem.bags.map(\.vocabularySize), numericalCount: problem.numericals.count,
      embeddingSize: hyperparameters.embeddingSize,
      numericalColumns: hyperparameters.numericalColumns,
      numericalInput: hyperparameters.numericalInput, scope: scope)
  }

  /// The number of levels of the scenario tree that are features; their columns follow those of the
  /// fields.
  var scenarioLevelCount: Int { levelIndices.count }

  /// Returns x: `[rowCount, outputSize]`.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Variable {
    embedding(
      ids: ids(of: batch), bags: batch.bags.map { ($0.ids, $0.offsets) },
      numericals: batch.numericals, in: context)
  }

  private func ids(of batch: Batch) -> [Int32] {
    if levelIndices.isEmpty { return batch.ids }
    var ids: [Int32] = []
    ids.reserveCapacity(batch.rowCount * (fieldCount + levelIndices.count))
    for (row, leaf) in batch.leaves.enumerated() {
      ids += batch.ids[row * fieldCount..<(row + 1) * fieldCount]
      for column in levelIndices { ids.append(column[Int(leaf)]) }
    }
    return ids
  }
}

/// The columns of the input representation that belong to features with certain roles.
public struct InputPart: Sendable {
  /// The columns, in the order of x.
  public let columns: [Range<Int>]

  /// The number of columns.
  public var size: Int { columns.reduce(0) { $0 + $1.count } }

  /// Returns the columns of the features: `[rows, size]`.
  ///
  /// - x: the output of ``InputLayer``, with rows in any order.
  public func callAsFunction(_ x: Variable) -> Variable { concatenated(columns.map(x.columns)) }
}

extension InputLayer {
  /// Returns the part of x that belongs to features with certain roles.
  ///
  /// The scenario as an ordinary feature has no role.
  ///
  /// - Throws: ``Diagnostic`` if no feature has one of the roles, or if a numerical feature that
  ///   has one is mixed with others (`numericalInput: field`).
  public func part(_ roles: FeatureRole...) throws -> InputPart {
    for role in roles where problem.features(of: role).isEmpty {
      throw Diagnostic(
        "the model needs features with the role '\(role.rawValue)', but no feature of the data has it; "
          + "a schema says so by 'role'")
    }
    func has(_ name: String) -> Bool { problem.roles?[name].map(roles.contains) ?? false }
    let levels = scenarioLevelCount
    let fields = problem.fields.indices.filter { has(problem.fields[$0].name) }
    let bags = problem.bags.indices.filter { has(problem.bags[$0].name) }
    var columns =
      fields.map { embedding.columns(ofField: $0) }
      + bags.map { embedding.columns(ofField: problem.fields.count + levels + $0) }
    for (index, name) in problem.numericals.enumerated() where has(name) {
      guard let own = embedding.columns(ofNumerical: index) else {
        throw Diagnostic(
          "numericalInput is field, which mixes all numerical features, but the model needs "
            + "'\(excerpt(name))' apart, whose role is '\(problem.roles?[name]?.rawValue ?? "")'")
      }
      columns.append(own)
    }
    return InputPart(columns: columns)
  }
}
