import Configuration
import Ranking
import TensorCore
import TestKit
import Testing
import Training

/// A model with some of its settings on one of the ``TwinProblem``s.
struct TwinCase: Sendable, CustomTestStringConvertible {
  let entry: CatalogEntry
  let problem: TwinProblem
  /// The settings away from the defaults and from those of ``settings``.
  let chosen: [String: ConfigurationValue]

  /// Unique among the cases of the model.
  var name: String {
    ([problem.name] + chosen.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.description)" })
      .joined(separator: " ")
  }

  var testDescription: String { "\(entry.card.id) \(name)" }

  /// All settings: small sizes, no noise, and another activation on every problem.
  func settings() throws -> [String: ConfigurationValue] {
    var common: [String: ConfigurationValue] = ["noise": .number(0)]
    common["activation"] = .string(
      ["single": "tanh", "pair": "leaky-relu"][problem.name] ?? "relu")
    if hasMoments {
      for name in Self.lossWeightsOfTraining { common[name] = .number(0) }
    }
    return try entry.resolve(entry.smallSettings(common.merging(chosen) { $1 }))
  }

  /// Whether the chosen settings bring batch normalization.
  private var hasMoments: Bool {
    chosen["batchNorm"] == .bool(true) || chosen["gateNorm"] == .bool(true)
      || chosen["expertNorm"] != nil
  }

  /// The factors of losses that models form in training only, with the moments of the batch.
  private static let lossWeightsOfTraining = [
    "specificLossWeight", "sharedLossWeight", "sparsityWeight", "scenarioLossWeight",
    "taskLossWeight", "gateLossWeight",
  ]

  /// Builds the model with the parameters that its twin has.
  func build() throws -> BuiltModel {
    let built = try entry.build(settings(), for: problem.problem, seed: 1)
    built.store.fitBuffers(to: problem.rows.all.batch.numericals)
    for parameter in built.store.parameters {
      parameter.value.assign(Self.values(parameter.name, shape: parameter.value.shape))
    }
    for buffer in built.store.buffers where Self.areMoments(buffer.name) {
      buffer.value.assign(Self.values(buffer.name, shape: buffer.value.shape))
    }
    return built
  }

  static func areMoments(_ name: String) -> Bool {
    name.hasSuffix("runningMean") || name.hasSuffix("runningVariance")
  }

  /// The values of a parameter, as a function of its name that the twins know too.
  ///
  /// A number in -1 ..< 1 with 12 bits is drawn from a hash of the name (FNV-1a) and the index (the last step of
  /// MurmurHash3). Arrays named `logits` have four times it; scales and variances one plus a half of it; others a
  /// half of it.
  static func values(_ name: String, shape: [Int]) -> Tensor {
    let numbers = hashed(name, count: shape.reduce(1, *))
    let last = name.split(separator: "/").last ?? ""
    return Tensor(
      numbers.map { number in
        switch last {
        case "logits": 4 * number
        case "scale", "runningVariance": 1 + number / 2
        default: number / 2
        }
      }, shape: shape)
  }

  /// The directions on which gradients are projected are made of such numbers too.
  static func hashed(_ name: String, count: Int) -> [Float] {
    let seed = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    return (0..<UInt32(count)).map { index in
      var bits = seed &+ index &* 2_654_435_761
      bits = (bits ^ (bits >> 16)) &* 0x85eb_ca6b
      bits = (bits ^ (bits >> 13)) &* 0xc2b2_ae35
      bits ^= bits >> 16
      return (Float(bits >> 20) - 2047.5) / 2048
    }
  }

  /// What the model makes of the rows.
  struct Result {
    /// The log-odds of a pass for prediction alone, and of the pass that is differentiated: row by row.
    var predicted: [Double]
    var logits: [Double]
    /// The mean log loss of every task over the rows on which it is defined.
    var losses: [Double]
    /// Auxiliary losses with their factors.
    var auxiliary: [String: Double]
    /// The loss with the reduction `cell`, and auxiliary losses.
    var total: Double
    /// The gradient of the total.
    var gradients: [String: [Double]]
  }

  /// Why the differentiated pass is that of evaluation: a pass of training would draw noise, or use the moments of
  /// the batch.
  private func differentiatesEvaluation(_ built: BuiltModel) -> Bool {
    entry.card.id == "snr-trans" || built.store.buffers.contains { Self.areMoments($0.name) }
  }

  func result() throws -> Result {
    let built = try build()
    let rows = problem.rows.all
    let tape = Tape()
    let context: ForwardContext =
      differentiatesEvaluation(built)
      ? .evaluation(at: built.moment, tape: tape)
      : .training(tape: tape, streams: RandomStreams(seed: 1), at: built.moment)
    let predictions = built(rows.batch, in: context)
    let tasks = problem.problem.tasks.indices
    let weights = LossReduction.cell.weights(
      mask: rows.mask, leaves: rows.batch.leaves,
      leafCount: problem.problem.scenarios.leafCount, taskWeights: tasks.map { _ in 1 })
    let additional = predictions.additionalLosses(labels: rows.labels, weights: weights)
    let total = additional.filter { $0.weight != 0 }.reduce(
      predictions.logits.sigmoidCrossEntropy(labels: rows.labels, weights: weights)
    ) { $0 + $1.value.scaled(by: Float($1.weight)) }
    tape.backward(from: total)
    return Result(
      predicted: built.logits(rows).values.map(Double.init),
      logits: predictions.logits.value.values.map(Double.init),
      losses: tasks.map { Self.meanLogLoss(predictions.logits, rows, task: $0) },
      auxiliary: Dictionary(
        additional.map { ($0.name, $0.weight * Double($0.value.value.scalar)) },
        uniquingKeysWith: +),
      total: Double(total.value.scalar),
      gradients: Dictionary(
        uniqueKeysWithValues: built.store.parameters.map {
          ($0.name, $0.gradientValues.map(Double.init))
        }))
  }

  private static func meanLogLoss(_ logits: Variable, _ rows: LabeledBatch, task: Int) -> Double {
    let count = rows.mask.shape[1]
    let mask = rows.mask.values.enumerated().map { $0 % count == task ? $1 : 0 }
    let defined = mask.reduce(0, +)
    return Double(
      Variable(logits.value).sigmoidCrossEntropy(
        labels: rows.labels,
        weights: Tensor(mask.map { $0 / max(1, defined) }, shape: rows.mask.shape)
      ).value.scalar)
  }
}

extension TwinCase {
  /// All cases of a model.
  static func all(of entry: CatalogEntry) -> [TwinCase] {
    var cases: [TwinCase] = []
    func add(_ problem: TwinProblem, _ settings: [String: ConfigurationValue]) {
      cases.append(TwinCase(entry: entry, problem: problem, chosen: settings))
    }
    func has(_ name: String) -> Bool { entry.settings.contains { $0.name == name } }
    for problem in TwinProblem.all {
      for axis in entry.choices(of: entry.axisSetting) { add(problem, axis) }
    }
    let norm = entry.normSetting.map { [$0.name: ConfigurationValue.bool(true)] }
    if let norm { add(.pair, norm) }
    for setting in entry.settings where isOwn(setting, of: entry) {
      for choice in entry.choices(of: setting) where choice[setting.name] != setting.defaultValue {
        if !choice.isEmpty { add(.pair, choice) }
      }
    }
    if has("numericalInput") {
      add(.pair, ["numericalInput": .string("field"), "scenarioFeature": .bool(false)])
    }
    for settings in otherNumbers where settings.keys.allSatisfy(has) { add(.pair, settings) }
    for head in heads where entry.hasTowers {
      let isThorough = entry.card.id == "shared-bottom"
      guard isThorough || deepTrunks.contains(entry.card.id) else { continue }
      // Its losses are formed in training, with the moments of the batch.
      if entry.card.id == "star", head["counterfactualWeight"] != nil { continue }
      for problem in isThorough ? [TwinProblem.pair, .tree] : [.tree] {
        for axis in entry.choices(of: isThorough ? entry.axisSetting : nil) {
          add(problem, axis.merging(["head": head]) { $1 })
        }
      }
    }
    return cases
  }

  /// Whether every choice of a setting has a case: of those that many models have, with some models only.
  private static func isOwn(_ setting: SettingDeclaration, of entry: CatalogEntry) -> Bool {
    if ["initialization", "head", "batchNorm"].contains(setting.name) { return false }
    if setting.name == entry.axisSetting?.name { return false }
    let isCommon = (InputHyperparameters.settings + TowerHyperparameters.settings)
      .contains { $0.name == setting.name }
    return !isCommon || ["logistic-regression", "fm", "deepfm", "mmoe"].contains(entry.card.id)
  }

  /// Numbers of parts, and factors that are 0 or 1 by default.
  private static let otherNumbers: [[String: ConfigurationValue]] = [
    ["levelCount": .integer(1)], ["levelCount": .integer(3)], ["sharedExpertCount": .integer(3)],
    ["specificExpertCount": .integer(1)], ["specificExpertCount": .integer(3)],
    ["scenarioLayerCount": .integer(2), "taskLayerCount": .integer(2)],
    ["metaExpertCount": .integer(1), "taskExpertCount": .integer(1)],
    ["entropyWeight": .number(0.3)], ["stepWidth": .number(2)], ["penalty": .number(0.1)],
    ["overlapScale": .number(2)], ["towerSizes": .list([.integer(5), .integer(4)])],
  ]

  /// Models that add to the log-odds of towers below the head, or read them otherwise.
  private static let deepTrunks = ["deepfm", "resflow", "star", "aesm2"]

  private static let heads: [ConfigurationValue] = [
    .object(["id": .string("esmm")]),
    .object(["id": .string("aitm"), "calibratorWeight": .number(0.5)]),
    .object([
      "id": .string("escm2-ips"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4),
    ]),
    .object([
      "id": .string("escm2-dr"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4),
    ]),
    .object([
      "id": .string("dcmt"), "counterfactualWeight": .number(0.5),
      "minimumPropensity": .number(0.4), "constraintWeight": .number(0.25),
    ]),
  ]
}
