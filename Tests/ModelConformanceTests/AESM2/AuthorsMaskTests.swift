import TensorCore
import TestKit
import Testing

// Internal: ExpertSelection, SelectionLayer.
@testable import AESM2

/// The released code multiplies the logits of unselected experts by -1e9.
///
/// A negative logit then
/// wins the softmax, so most weight lands on experts that were not selected.
@Suite("The mask of the authors' code")
struct AuthorsMaskTests {
  private struct Shape: CustomTestStringConvertible {
    let experts: Int
    let gates: Int
    let count: Int
    let share: Double
    var testDescription: String { "\(experts) experts, \(gates) gates, K = \(count)+\(count)" }
  }

  private static let shapes = [
    Shape(experts: 4, gates: 2, count: 1, share: 0.86),
    Shape(experts: 6, gates: 4, count: 2, share: 0.94),
    Shape(experts: 8, gates: 4, count: 2, share: 0.99),
    Shape(experts: 10, gates: 4, count: 3, share: 0.99),
  ]

  @Test(arguments: shapes)
  private func mostWeightLandsOnUnselectedExperts(_ shape: Shape) throws {
    var settings = AESM2Hyperparameters()
    settings.mask = .multiply
    settings.overlapScale = 2
    settings.noise = 0
    settings.expertSizes = [1]
    let unselected = try shareOfUnselected(shape, settings)
    expectClose(unselected, shape.share, absolute: 0.02)
  }

  @Test(arguments: shapes)
  private func theMaskAtInfinityGivesUnselectedExpertsNothing(_ shape: Shape) throws {
    var settings = AESM2Hyperparameters()
    settings.noise = 0
    settings.expertSizes = [1]
    #expect(try shareOfUnselected(shape, settings) == 0)
  }

  /// The mean weight on unselected experts where all gate logits are standard normal.
  ///
  /// With the identity as input, row r of the gate weights holds the logits of row r.
  private func shareOfUnselected(_ shape: Shape, _ settings: AESM2Hyperparameters) throws -> Double
  {
    let rowCount = 1500
    let (m, n) = (shape.gates, shape.experts)
    let store = ParameterStore()
    let layer = SelectionLayer(
      settings,
      sizes: .init(
        gateCount: m, expertCount: n, specificCount: shape.count, sharedCount: shape.count),
      inputSize: rowCount, indicatorSize: 1,
      scope: ParameterScope(store: store, streams: RandomStreams(seed: 1)))
    let gates = try #require(store.parameters.first { $0.name == "gates/weight" })
    gates.value.assign(Tensor(normal: "logits", shape: gates.value.shape))
    let identity = Tensor(zeros: [rowCount, rowCount])
    identity.withUnsafeMutableBufferPointer { elements in
      for row in 0..<rowCount { elements[row * rowCount + row] = 1 }
    }
    let own = (0..<rowCount).map { Int32($0 % m) }
    let observer = Observer()
    _ = layer.output(
      Variable(identity), indicator: Variable(Tensor(zeros: [rowCount, 1])), own: own,
      in: .evaluation(observer: observer))
    let weights = try #require(observer.observations.first).value.values

    let logits = Variable(
      Tensor(Array(gates.value.values.prefix(rowCount * m * n)), shape: [rowCount, m, n]))
    let selection = ExpertSelection(
      logShares: logits.logSoftmaxOverMiddleAxis().value, own: own, specificCount: shape.count,
      sharedCount: shape.count, exclusive: false)
    let outside = zip(weights, selection.sets).reduce(0.0) { $1.1 == 0 ? $0 + Double($1.0) : $0 }
    return outside / Double(rowCount)
  }
}
