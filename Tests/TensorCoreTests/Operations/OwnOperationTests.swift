import TensorCore
import TestKit
import Testing

/// Returns every element divided by the sum of its row.
///
///     y_i = x_i / s,   s = Σ_j x_j
///
/// - x, y: `[rows, columns]`, x > 0. Backward: dx_i = (dy_i - Σ_j dy_j y_j) / s.
private func sharesOfRows(_ x: Variable) -> Variable {
  let (rows, width) = (x.shape[0], x.shape[1])
  let values = x.value.values
  let sums = (0..<rows).map { row in
    values[row * width..<(row + 1) * width].reduce(0, +)
  }
  let y = values.indices.map { values[$0] / sums[$0 / width] }
  return record(
    Tensor(y, shape: x.shape), from: [x],
    naive: { inputs in
      var result = inputs[0]
      for row in 0..<rows {
        let sum = (0..<width).reduce(0.0) { $0 + inputs[0][row, $1] }
        for column in 0..<width { result[row, column] /= sum }
      }
      return result
    },
    backward: { dy in
      let dy = dy.values
      let slopes = (0..<rows).flatMap { row in
        let places = row * width..<(row + 1) * width
        let product = places.reduce(Float(0)) { $0 + dy[$1] * y[$1] }
        return places.map { (dy[$0] - product) / sums[row] }
      }
      x.accumulate(Tensor(slopes, shape: x.shape))
    })
}

/// What `docs/operations.md` shows, written with what is public only.
@Suite struct OwnOperationTests {
  private let x = Tensor([1, 2, 5, 0.5, 0.25, 4], shape: [2, 3])

  @Test func recordedOperationIsJudgedLikeAnyOther() {
    checkGradients(of: [x]) { sharesOfRows($0[0]) }
  }

  @Test func functionOfEveryElementNeedsItsSlopeOnly() {
    checkGradients(of: [x]) { inputs in
      inputs[0].mapped({ $0 / (1 + $0) }, slope: { x, _ in 1 / ((1 + x) * (1 + x)) }) {
        1 - 1 / (1 + $0)
      }
    }
  }

  @Test func wrongGradientIsFound() {
    let report = gradientReport(of: [x]) { inputs in
      inputs[0].mapped({ $0 * $0 }, slope: { x, _ in x }, naive: { $0 * $0 })
    }
    #expect(!report.passes)
  }
}
