import TensorCore
import TestKit
import Testing

@Suite struct ClosenessTests {
  @Test func withinLimitsIsClose() {
    expectClose([1.0, -2, 0], [1.001, -2.002, 1e-7], relative: 1e-3, absolute: 1e-6)
    expectClose(Double.infinity, .infinity)
    expectClose(Double.nan, .nan)
    expectClose([], [])
  }

  private static let distant: [([Double], [Double])] = [
    ([1, 2], [1, 2.1]), ([1, .nan], [1, 2]), ([1, 2], [1, .nan]), ([.infinity], [1]),
    ([.infinity], [-.infinity]), ([1], [1, 2]),
  ]

  @Test(arguments: distant)
  func beyondLimitsIsAnIssue(found: [Double], expected: [Double]) {
    withKnownIssue { expectClose(found, expected, relative: 1e-3, absolute: 1e-3) }
  }

  @Test func otherShapeIsAnIssue() {
    withKnownIssue { expectClose(Tensor(zeros: [2, 3]), Tensor(zeros: [3, 2])) }
  }

  @Test func issueNamesTheWorstElement() {
    withKnownIssue {
      expectClose([1.0, 5, 3], [1, 2, 2.9], absolute: 0.01)
    } matching: {
      $0.comments.contains { $0.rawValue.contains("element 1: found 5.0, expected 2.0") }
    }
  }
}
