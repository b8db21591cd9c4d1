import TensorCore
import TestKit
import Testing

@Suite struct GradientReportTests {
  private let x = Tensor(normal: "x", shape: [3, 4])

  /// x², with factors that make its parts wrong.
  private func square(
    _ x: Variable, valueFactor: Float = 1, twinFactor: Double = 1, gradientFactor: Float = 1,
    wrongElement: Int? = nil
  ) -> Variable {
    let value = Tensor(x.value.values.map { $0 * $0 * valueFactor }, shape: x.shape)
    return record(
      value, from: [x], naive: { $0[0].map { $0 * $0 * twinFactor } },
      backward: { dy in
        let values = zip(x.value.values, dy.values).enumerated().map { index, pair in
          let factor = wrongElement == nil || wrongElement == index ? gradientFactor : 1
          return 2 * pair.0 * pair.1 * factor
        }
        x.accumulate(Tensor(values, shape: x.shape))
      })
  }

  @Test func correctOperationPasses() {
    let report = gradientReport(of: [x]) { square($0[0]) }
    #expect(report.passes)
    #expect(report.comparisons.count == 12 + 12)
    #expect(report.description.hasPrefix("24 comparisons agree"))
  }

  @Test func wrongGradientIsCaught() {
    let report = gradientReport(of: [x]) { square($0[0], gradientFactor: 1.01) }
    #expect(!report.passes)
    #expect(report.mismatches.allSatisfy { $0.quantity.hasPrefix("d loss / d input0[") })
    #expect(report.description.contains("of 24 comparisons disagree"))
  }

  @Test func wrongGradientOfOneElementIsCaught() {
    let report = gradientReport(of: [x]) { square($0[0], gradientFactor: 1.1, wrongElement: 5) }
    #expect(report.mismatches.map(\.quantity) == ["d loss / d input0[5]"])
    #expect(report.worst?.quantity == "d loss / d input0[5]")
  }

  @Test func wrongElementOfALargeParameterIsCaughtAlongADirection() {
    let large = Tensor(normal: "large", shape: [20, 20])
    let caught = gradientReport(of: [large]) {
      square($0[0], gradientFactor: 3, wrongElement: 5)
    }
    #expect(
      caught.mismatches.contains { $0.quantity == "d loss / d input0 along a random direction" })
    #expect(gradientReport(of: [large]) { square($0[0]) }.passes)
  }

  @Test func missingGradientIsCaught() {
    let report = gradientReport(of: [x, x]) { inputs in
      square(inputs[0]) + Variable(inputs[1].value)
        + record(
          inputs[1].value, from: [inputs[1]], naive: { $0[0] }, backward: { _ in })
    }
    #expect(report.mismatches.allSatisfy { $0.quantity.hasPrefix("d loss / d input1[") })
    #expect(report.mismatches.count == 12)
  }

  @Test func wrongTwinIsCaught() {
    let report = gradientReport(of: [x]) { square($0[0], twinFactor: 1.001) }
    #expect(report.mismatches.contains { $0.quantity.hasSuffix("beside its naive twin") })
  }

  @Test func wrongValueIsCaught() {
    let report = gradientReport(of: [x]) { square($0[0], valueFactor: 1.001) }
    #expect(!report.passes)
    #expect(report.mismatches.allSatisfy { $0.quantity.hasSuffix("beside its naive twin") })
  }

  @Test func notANumberIsCaught() {
    let report = gradientReport(of: [x]) { square($0[0], valueFactor: .nan) }
    #expect(!report.passes)
    #expect(report.worst?.distance == .infinity)
  }

  @Test func checkRecordsAnIssue() {
    withKnownIssue("a wrong gradient") {
      checkGradients(of: [x]) { square($0[0], gradientFactor: -1) }
    } matching: {
      $0.comments.contains { $0.rawValue.contains("comparisons disagree") }
    }
  }

  @Test func emptyCheckDoesNotPass() {
    #expect(!gradientReport(of: []) { _ in Variable(Tensor(zeros: [0, 2])) }.passes)
  }

  @Test func storeOfAModelIsChecked() {
    let store = ParameterStore()
    let scope = ParameterScope(store: store, streams: RandomStreams(seed: 3))
    let weight = scope["a"].parameter("weight", shape: [4, 2], initializer: .xavierUniform)
    let table = scope.parameter(
      "table", shape: [6, 4], initializer: .normal(deviation: 1), isTable: true)
    let report = gradientReport(store: store) { context in
      context(table).embedded(ids: [1, 4, 4], fieldCount: 1).affine(weight: context(weight))
        .addingNoise(deviation: 1, using: context.stream("noise"))
    }
    #expect(report.passes, "\(report)")
    #expect(report.comparisons.contains { $0.quantity.hasPrefix("d loss / d a/weight[") })
    #expect(report.comparisons.contains { $0.quantity.hasPrefix("d loss / d table[") })
  }
}
