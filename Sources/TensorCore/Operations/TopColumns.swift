/// The greatest elements of every row: a decision, through which no gradient flows.
public struct TopColumns: Sendable {
  /// The number of columns selected in each row.
  public let count: Int

  /// The selected columns of every row, the greatest first: `rows · count` numbers, row-major.
  public let indices: [Int32]

  /// One byte per element, 1 where it is selected: what ``Variable/softmax(keeping:)`` and `Routing` take.
  public let kept: [UInt8]
}

extension Tensor {
  /// Returns the `count` greatest elements of every row.
  ///
  /// Equal elements are taken in order of their columns, the lowest first; NaN counts as less than
  /// everything else. So the decision is a function of the row alone.
  ///
  /// - x: `[rows, columns]`.
  /// - Precondition: `0 <= count <= columns`.
  public func topColumns(_ count: Int) -> TopColumns {
    precondition(shape.count == 2, "rows and columns are wanted, not \(shape)")
    let (rows, width) = (shape[0], shape[1])
    precondition(count >= 0 && count <= width, "\(count) of \(width) columns")
    var indices: [Int32] = []
    indices.reserveCapacity(rows * count)
    var kept = [UInt8](repeating: 0, count: rows * width)
    for row in 0..<rows {
      let source = pointer + row * width
      let order = (0..<width).sorted { a, b in
        if source[a] > source[b] { return true }
        if source[a].isNaN != source[b].isNaN { return source[b].isNaN }
        return !(source[a] < source[b]) && a < b
      }
      for column in order.prefix(count) {
        indices.append(Int32(column))
        kept[row * width + column] = 1
      }
    }
    return TopColumns(count: count, indices: indices, kept: kept)
  }
}

extension Variable {
  /// Returns the selected elements of every row.
  ///
  /// - x: `[rows, columns]`, of as many rows as the selection was made from; result:
  ///   `[rows, selection.count]`. Backward: dx is dy at the selected places, zero elsewhere.
  public func gathered(_ selection: TopColumns) -> Variable {
    let (rows, width) = (shape[0], shape[1])
    precondition(
      selection.kept.count == value.count,
      "a selection among \(selection.kept.count) elements for \(shape)")
    let places = selection.indices.enumerated().map {
      Int32($0 / max(1, selection.count) * width) + $1
    }
    return reshaped(to: [rows * width, 1]).rows(places).reshaped(to: [rows, selection.count])
  }
}
