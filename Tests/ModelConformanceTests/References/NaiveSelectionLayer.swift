import AESM2
import TensorCore
import TestKit

/// One layer of AESM² as a reader of the method would write it: loops over rows, gates and experts
/// in `Double`, divergences by their definition.
struct NaiveSelectionLayer {
  typealias Vector = [Double]

  struct Output {
    var mixed: [Vector] = []
    var weights: [Vector] = []
    var specific: [Set<Int>] = []
    var shared: [Set<Int>] = []
    var specificLoss = 0.0
    var sharedLoss = 0.0
  }

  let network: NaiveNetwork
  let path: String
  let settings: AESM2Hyperparameters
  let gateCount: Int
  let expertCount: Int
  let specificCount: Int
  let sharedCount: Int

  /// The logits of every gate: one for all with `prompt-top-k`, which thus stands for each.
  func logits(_ z: Vector, _ indicator: Vector) throws -> [Vector] {
    var flat = try network.linear(z + indicator, "\(path)/gates/weight")
    if settings.gateNorm { flat = try network.normalized(flat, "\(path)/gates/norm") }
    let isOne = settings.selection == .promptTopK
    return (0..<gateCount).map { gate in
      let start = (isOne ? 0 : gate) * expertCount
      return Vector(flat[start..<start + expertCount])
    }
  }

  /// - Parameters:
  ///   - ids: The ids of the rows, which are equal.
  ///   - noise: What is added to the logit of each row, gate and expert; nil for none.
  ///   - pooledShares: The mean of the gates' softmaxes over experts; nil for that of the row itself.
  func callAsFunction(
    _ z: [Vector], indicator: [Vector], own: [Int], ids: [Int32] = [], noise: [[Vector]]? = nil,
    pooledShares: Vector? = nil
  ) throws -> Output {
    var output = Output()
    for row in z.indices {
      let clean = try logits(z[row], indicator[row])
      let experts = try (0..<expertCount).map { k in
        try network.perceptron(z[row], "\(path)/experts/\(k)", settings.towers.activation)
      }
      if settings.selection != .kl || gateCount == 1 {
        let rule = NaiveSelectionRule(layer: self, pooledShares: pooledShares)
        let chosen = try rule.chosen(by: clean, own: own[row], ids: ids).sorted()
        var weights = Vector(repeating: 0, count: expertCount)
        let logits = chosen.map { clean[own[row]][$0] }
        for (k, weight) in zip(chosen, NaiveNetwork.softmax(logits)) { weights[k] = weight }
        output.weights.append(weights)
        output.mixed.append(NaiveNetwork.mixture(weights, experts))
        continue
      }
      let noisy = (0..<gateCount).map { gate in
        (0..<expertCount).map { clean[gate][$0] + (noise?[row][gate][$0] ?? 0) }
      }
      let shares = (0..<expertCount).map { k in
        NaiveNetwork.softmax((0..<gateCount).map { noisy[$0][k] })
      }
      let claim = shares.map { divergence(oneHot(own[row]), $0) }
      let agreement = shares.map { divergence(uniform, $0) }
      let specific = least(claim, specificCount, among: Array(0..<expertCount))
      let rest = (0..<expertCount).filter { !settings.exclusiveSets || !specific.contains($0) }
      let shared = least(agreement, sharedCount, among: rest)
      let count = Double(z.count)
      for k in specific { output.specificLoss += claim[k] / (count * Double(specificCount)) }
      for k in shared { output.sharedLoss += agreement[k] / (count * Double(sharedCount)) }

      let base = settings.noisyMixing ? noisy[own[row]] : clean[own[row]]
      let weights = mixingWeights(base, specific, shared)
      output.weights.append(weights)
      output.mixed.append(NaiveNetwork.mixture(weights, experts))
      output.specific.append(specific)
      output.shared.append(shared)
    }
    return output
  }

  private func mixingWeights(
    _ logits: Vector, _ specific: Set<Int>, _ shared: Set<Int>
  ) -> Vector {
    let scaled = logits.indices.map { k -> Double in
      let isIn = specific.contains(k) || shared.contains(k)
      let isInBoth = specific.contains(k) && shared.contains(k)
      if settings.mask == .multiply, !isIn { return logits[k] * -1e9 }
      return isInBoth ? logits[k] * settings.overlapScale : logits[k]
    }
    if settings.mask == .multiply { return NaiveNetwork.softmax(scaled) }
    let chosen = specific.union(shared).sorted()
    var weights = Vector(repeating: 0, count: logits.count)
    for (k, weight) in zip(chosen, NaiveNetwork.softmax(chosen.map { scaled[$0] })) {
      weights[k] = weight
    }
    return weights
  }

  private var uniform: Vector { Vector(repeating: 1 / Double(gateCount), count: gateCount) }

  private func oneHot(_ gate: Int) -> Vector { (0..<gateCount).map { $0 == gate ? 1 : 0 } }

  /// KL(p ‖ q) = Σ p log(p / q).
  private func divergence(_ p: Vector, _ q: Vector) -> Double {
    zip(p, q).reduce(0) { $1.0 == 0 ? $0 : $0 + $1.0 * ($1.0 / $1.1).naturalLogarithm }
  }

  private func least(_ values: Vector, _ count: Int, among candidates: [Int]) -> Set<Int> {
    Set(candidates.sorted { (values[$0], $0) < (values[$1], $1) }.prefix(count))
  }
}
