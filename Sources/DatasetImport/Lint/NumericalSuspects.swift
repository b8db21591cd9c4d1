/// The numerical features that may separate a label almost perfectly: whose AUC, or that of their
/// opposites, may reach a bound.
///
/// Let m be any number, p the share of positive rows at or below it and q the share of negative rows
/// above. All the former lie below all the latter: AUC ≤ 1 - p q. The same with sides changed. With m
/// the median of some positive rows, almost every feature is out of the question after one look.
struct NumericalSuspects {
  private var isSuspect: [Bool]

  /// - Parameters:
  ///   - numericals: The features of all rows, `[rows, width]`.
  ///   - rows: The rows that are looked at.
  ///   - labels: The label of each row.
  init(_ numericals: [Float], width: Int, rows: [Int], labels: [Bool], bound: Double) {
    isSuspect = [Bool](repeating: true, count: width)
    let positives = rows.filter { labels[$0] }
    let negativeCount = rows.count - positives.count
    guard width > 0, !positives.isEmpty, negativeCount > 0 else { return }
    let medians = (0..<width).map { column in
      let some = positives.prefix(501).map { numericals[$0 * width + column] }.sorted()
      return some[some.count / 2]
    }
    var positiveSides = Sides(width: width)
    var negativeSides = Sides(width: width)
    numericals.withUnsafeBufferPointer { numericals in
      guard let base = numericals.baseAddress else { return }
      for row in rows {
        if labels[row] {
          positiveSides.add(base + row * width, medians)
        } else {
          negativeSides.add(base + row * width, medians)
        }
      }
    }
    let needed = (1 - bound) * Double(positives.count) * Double(negativeCount)
    for column in 0..<width {
      let (notAbove, above) = (
        positives.count - Int(positiveSides.above[column]), Int(negativeSides.above[column])
      )
      let (notBelow, below) = (
        positives.count - Int(positiveSides.below[column]), Int(negativeSides.below[column])
      )
      isSuspect[column] = Double(notAbove * above) <= needed || Double(notBelow * below) <= needed
    }
  }

  /// Whether a feature may reach the bound.
  func contains(_ column: Int) -> Bool { isSuspect[column] }
}

/// By column, how many values lie on either side of a number.
private struct Sides {
  var above: [Int32]
  var below: [Int32]

  init(width: Int) {
    above = [Int32](repeating: 0, count: width)
    below = above
  }

  mutating func add(_ values: UnsafePointer<Float>, _ bounds: [Float]) {
    above.withUnsafeMutableBufferPointer { above in
      below.withUnsafeMutableBufferPointer { below in
        bounds.withUnsafeBufferPointer { bounds in
          for column in bounds.indices {
            above[column] &+= values[column] > bounds[column] ? 1 : 0
            below[column] &+= values[column] < bounds[column] ? 1 : 0
          }
        }
      }
    }
  }
}
