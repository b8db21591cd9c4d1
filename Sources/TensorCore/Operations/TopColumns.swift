/// A selection of the greatest elements of every row, through which no gradient flows.
public struct TopColumns: Sendable {
  /// The number of columns selected in each row.
  public let count: Int

  /// The selected columns of every row, the greatest first: `rows · count` numbers, row-major.
  public let indices: [Int32]

  /// One byte per element, 1 if it is selected, as ``Variable/softmax(keeping:)`` and `Routing`
  /// take.
  public let kept: [UInt8]
}

extension Tensor {
  /// Returns the selection of the `count` greatest elements of every row.
  ///
  /// Ties go to the lowest column, and NaN counts as less than everything else, so the selection is
  /// a function of the row alone.
  ///
  /// - x: `[rows, columns]`.
  /// - Precondition: `0 <= count <= columns`.
  public func topColumns(_ count: Int) -> TopColumns {
    require(shape.count == 2, "columns of \(shape): [rows, columns] is wanted")
    let (rows, width) = (shape[0], shape[1])
    require(count >= 0 && count <= width, "the greatest \(count) of \(width) columns")
    var indices = [Int32](repeating: 0, count: rows * count)
    var kept = [UInt8](repeating: 0, count: rows * width)
    for row in 0..<rows {
      let source = pointer + row * width
      let start = row * count
      var found = 0
      for column in 0..<width {
        var place = start + found
        while place > start, isAhead(source[column], of: source[Int(indices[place - 1])]) {
          place -= 1
        }
        if place == start + count { continue }
        found = min(found + 1, count)
        for next in stride(from: start + found - 1, to: place, by: -1) {
          indices[next] = indices[next - 1]
        }
        indices[place] = Int32(column)
      }
      for column in indices[start..<start + count] { kept[row * width + Int(column)] = 1 }
    }
    return TopColumns(count: count, indices: indices, kept: kept)
  }
}

extension Variable {
  /// Returns the selected elements of every row.
  ///
  /// - x: `[rows, columns]`, with the same number of rows as in the selection; result:
  ///   `[rows, selection.count]`. Backward: dx is dy at the selected elements and zero elsewhere.
  public func gathered(_ selection: TopColumns) -> Variable {
    let (rows, width) = (shape[0], shape[1])
    require(
      selection.kept.count == value.count,
      "a selection among \(selection.kept.count) elements for \(described)")
    let places = selection.indices.enumerated().map {
      Int32($0 / max(1, selection.count) * width) + $1
    }
    return reshaped(to: [rows * width, 1]).rows(places).reshaped(to: [rows, selection.count])
  }
}

/// Returns whether `a` is selected before `b`, which is in a lower column.
private func isAhead(_ a: Float, of b: Float) -> Bool { a > b || (b.isNaN && !a.isNaN) }
