import TensorCore
import TestKit
import Testing
import Training

@Suite("The similarity of experts")
struct ExpertSimilarityTests {
  private func similarity(_ outputs: [[Float]], columns: Int) -> [[Double?]] {
    ExpertSimilarity(
      name: "experts", outputs: outputs.map { Tensor($0, shape: [$0.count / columns, columns]) }
    ).values
  }

  @Test func scaleShiftAndRotationDoNotMatter() throws {
    let x: [Float] = [1, 0, 2, 1, -1, 3, 0, 0]
    // Twice the columns in another order, with the sign of one changed, plus 5.
    let y: [Float] = [5, 7, 3, 9, -1, 3, 5, 5]
    let values = similarity([x, y], columns: 2)
    expectClose([try #require(values[0][1])], [1], absolute: 1e-6)
    #expect(values[0][0] == 1 && values[0][1] == values[1][0])
  }

  /// X = (1, -1, 0, 0), Y = (0, 0, 1, -1): no covariance; Z = X + Y: (XᵀZ)² / (XᵀX ZᵀZ) = 4 / 8.
  @Test func oneColumnHasTheSquaredCorrelation() throws {
    let values = similarity([[1, -1, 0, 0], [0, 0, 1, -1], [1, -1, 1, -1]], columns: 1)
    #expect(values[0][1] == 0)
    expectClose(
      [try #require(values[0][2]), try #require(values[1][2])], [0.5, 0.5], absolute: 1e-6)
    let mean = ExpertSimilarity(name: "", values: values).mean
    expectClose([try #require(mean)], [1.0 / 3], absolute: 1e-6)
  }

  /// X = centered columns (1, -1, 0), (0, 1, -1); Y = (1, -1, 0): ‖XᵀY‖² = 2² + 1, ‖XᵀX‖² = 2² + 2² + 2 · 1,
  /// ‖YᵀY‖² = 2².
  @Test func twoColumnsAgreeWithAComputationByHand() throws {
    let wide = Tensor([1, 0, -1, 1, 0, -1], shape: [3, 2])
    let narrow = Tensor([4, 2, 3], shape: [3, 1])
    let value = ExpertSimilarity(name: "", outputs: [wide, narrow]).values[0][1]
    expectClose([try #require(value)], [5 / (10.0 * 4).squareRoot()], absolute: 1e-6)
  }

  @Test func aConstantExpertHasNoSimilarity() {
    let values = similarity([[1, 2, 3, 5], [0.1, 0.1, 0.1, 0.1], [0, 0, 0, 0]], columns: 1)
    #expect(values[0][0] == 1 && values[0][1] == nil && values[1][1] == nil && values[2][2] == nil)
    #expect(ExpertSimilarity(name: "", values: values).mean == nil)
  }
}
