import TensorCore
import Testing
import Training

@Suite struct LossReductionTests {
  /// Rows of scenarios 0, 0, 0, 2; task 1 is defined on the first and the last row.
  private let mask = Tensor([1, 1, 1, 0, 1, 0, 1, 1], shape: [4, 2])
  private let leaves: [Int32] = [0, 0, 0, 2]

  private func weights(_ reduction: LossReduction, _ taskWeights: [Double] = [1, 1]) -> [Float] {
    reduction.weights(mask: mask, leaves: leaves, leafCount: 3, taskWeights: taskWeights).values
  }

  @Test func cellsCountAlikeWhateverTheirRows() {
    let (third, whole) = (Float(1.0 / 12), Float(1.0 / 4))
    #expect(weights(.cell) == [third, whole, third, 0, third, 0, whole, whole])
  }

  @Test func rowsCountAlikeWithinATask() {
    let (quarter, half) = (Float(1.0 / 8), Float(1.0 / 4))
    #expect(weights(.row) == [quarter, half, quarter, 0, quarter, 0, quarter, half])
  }

  @Test func rootsOfRowsWeighScenariosWithinATask() {
    // Task 0: 3 rows and 1 row, so sqrt(3) and 1 of their sum; task 1: 1 row each.
    let root = 3.0.squareRoot()
    let (large, small) = (Float(root / (1 + root) / 3 / 2), Float(1 / (1 + root) / 2))
    let found = weights(.squareRoot)
    for (a, b) in zip(found, [large, 0.25, large, 0, large, 0, small, 0.25]) {
      #expect(abs(a - b) < 1e-7)
    }
    #expect(abs(found.reduce(0, +) - 1) < 1e-6)
  }

  @Test func taskWeightsAreFactors() {
    let plain = weights(.cell)
    let weighted = weights(.cell, [2, 0.5])
    for (index, weight) in plain.enumerated() {
      #expect(weighted[index] == weight * (index % 2 == 0 ? 2 : 0.5))
    }
  }

  @Test func aBatchWithoutLabelsHasNoLoss() {
    for reduction in LossReduction.allCases {
      let nothing = reduction.weights(
        mask: Tensor(zeros: [4, 2]), leaves: leaves, leafCount: 3, taskWeights: [1, 1])
      #expect(nothing.values.allSatisfy { $0 == 0 })
    }
  }

  @Test func withOneScenarioAndFullLabelsBothAreTheMeanOverTasksOfMeansOverRows() {
    let mask = Tensor(repeating: 1, shape: [5, 2])
    for reduction in LossReduction.allCases {
      let weights = reduction.weights(
        mask: mask, leaves: [0, 0, 0, 0, 0], leafCount: 1, taskWeights: [1, 1])
      #expect(weights.values.allSatisfy { abs($0 - 0.1) < 1e-7 })
    }
  }
}
