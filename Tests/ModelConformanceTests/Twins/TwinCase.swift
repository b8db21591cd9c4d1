import Configuration
import Ranking
import TensorCore
import TestKit
import Training

/// A model with some of its settings on one of the ``TwinProblem``s.
struct TwinCase: Sendable {
  let entry: CatalogEntry
  var problem: TwinProblem
  /// The settings away from the defaults and from those of ``settings``.
  var chosen: [String: ConfigurationValue]
  /// The epochs before the pass, in halves.
  var epoch = 0.0
  /// The phase of training; nil for the first of the model.
  var phase: String?
  /// Whether normalization is by the moments of the batch, as in training.
  var hasBatchMoments = false

  /// What sets the case apart from the others of the model.
  var name: String {
    var words = [problem.name]
    words += chosen.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.description)" }
    if epoch > 0 { words.append("epoch \(epoch)") }
    if let phase { words.append("phase '\(phase)'") }
    if hasBatchMoments { words.append("in training") }
    return words.joined(separator: " ")
  }

  /// All settings: small sizes and counts, no noise, and another activation on every problem.
  func settings() throws -> [String: ConfigurationValue] {
    var common = entry.settings.reduce(into: [String: ConfigurationValue]()) { result, setting in
      guard case .integer(let number) = setting.defaultValue, number >= 8 else { return }
      result[setting.name] = .integer(4)
    }
    common["noise"] = .number(0)
    common["activation"] = .string(
      ["single": "tanh", "pair": "leaky-relu"][problem.name] ?? "relu")
    if changesNorm, !hasBatchMoments {
      for name in Self.lossWeightsOfTraining { common[name] = .number(0) }
    }
    return try entry.resolve(entry.smallSettings(common.merging(chosen) { $1 }))
  }

  /// Whether a chosen setting is one of batch normalization.
  var changesNorm: Bool {
    !Set(chosen.keys).isDisjoint(with: ["batchNorm", "gateNorm", "expertNorm"])
  }

  /// The factors of losses that models form in training only.
  private static let lossWeightsOfTraining = [
    "specificLossWeight", "sharedLossWeight", "sparsityWeight", "scenarioLossWeight",
    "taskLossWeight", "gateLossWeight",
  ]

  /// Builds the model with the parameters that its twin has, at the moment of the pass.
  func build() throws -> BuiltModel {
    let built = try entry.build(settings(), for: problem.problem, seed: 1)
    built.store.fitBuffers(to: problem.rows.all.batch.numericals)
    for parameter in built.store.parameters {
      parameter.value.assign(Self.values(parameter.name, shape: parameter.value.shape))
    }
    for buffer in built.store.buffers {
      if Self.hasFormula(buffer) {
        buffer.value.assign(Self.values(buffer.name, shape: buffer.value.shape))
      } else if buffer.name.hasSuffix("/mask") {
        buffer.value.assign(Self.mask(shape: buffer.value.shape, settings: try settings()))
      }
    }
    built.moment = TrainingMoment(
      step: Int(2 * epoch), stepsPerEpoch: 2, phase: phase ?? built.phases.phases[0].name)
    return built
  }

  /// Whether a buffer has values like parameters, rather than quantiles of the rows or connections.
  static func hasFormula(_ buffer: StateBuffer) -> Bool {
    !buffer.name.hasSuffix("quantiles") && !buffer.name.hasSuffix("/mask")
  }

  /// Connections of AREAD between the towers of two levels, other ones for every leaf: two of three towers
  /// of a level are active, and some pairs of active ones are connected, so that each has one below and one above.
  private static func mask(shape: [Int], settings: [String: ConfigurationValue]) -> Tensor {
    let counts = (settings["levelCounts"] ?? .null).numbers.map { Int($0) }
    let lower = counts.indices.dropLast().first { counts[$0] * counts[$0 + 1] == shape[1] }
    guard let level = lower else { return Tensor(repeating: 1, shape: shape) }
    var values: [Float] = []
    for leaf in 0..<shape[0] {
      for above in 0..<counts[level + 1] {
        for below in 0..<counts[level] {
          let areActive = (above + leaf + level + 1) % 3 != 0 && (below + leaf + level) % 3 != 0
          values.append(areActive && (above + below) % 4 != 3 ? 1 : 0)
        }
      }
    }
    return Tensor(values, shape: shape)
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
}
