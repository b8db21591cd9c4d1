import TensorCore

/// The assignment of rows to experts.
///
/// The rows of each expert are contiguous in its segment, in which every routed row has a *position*.
/// Every expert thus processes only its own rows, and a mixture finds a row's expert outputs by
/// their positions.
public struct Routing: Sendable {
  /// The number of rows that are routed.
  public let rowCount: Int

  /// The number of experts.
  public let expertCount: Int

  /// The row of every position; nil if every expert takes all rows in order.
  public let rows: [Int32]?

  /// The segments of the experts.
  public let segments: Segments

  /// The position of each row for each expert, or -1 if the row is not routed to it:
  /// `rowCount · expertCount` numbers, row-major.
  public let positions: [Int32]

  /// Creates a routing of every row to every expert.
  public init(denseOver rowCount: Int, expertCount: Int) {
    self.rowCount = rowCount
    self.expertCount = expertCount
    rows = nil
    segments = .all(rowCount: rowCount, count: expertCount)
    var positions = [Int32](repeating: 0, count: rowCount * expertCount)
    for row in 0..<rowCount {
      for expert in 0..<expertCount {
        positions[row * expertCount + expert] = Int32(expert * rowCount + row)
      }
    }
    self.positions = positions
  }

  /// Creates a routing of rows to selected experts.
  ///
  /// - Parameters:
  ///   - selected: One byte for each row and expert, row-major, nonzero if the row is routed to the
  ///     expert.
  ///   - rowCount: The number of rows.
  ///   - expertCount: The number of experts.
  public init(selected: [UInt8], rowCount: Int, expertCount: Int) {
    require(
      selected.count == rowCount * expertCount,
      "\(selected.count) bytes for \(rowCount) rows and \(expertCount) experts")
    self.rowCount = rowCount
    self.expertCount = expertCount
    var counts = [Int](repeating: 0, count: expertCount)
    for row in 0..<rowCount {
      for expert in 0..<expertCount where selected[row * expertCount + expert] != 0 {
        counts[expert] += 1
      }
    }
    segments = Segments(counts: counts)
    var next = segments.output.map(\.lowerBound)
    var rows = [Int32](repeating: 0, count: segments.outputRowCount)
    var positions = [Int32](repeating: -1, count: selected.count)
    for row in 0..<rowCount {
      for expert in 0..<expertCount where selected[row * expertCount + expert] != 0 {
        rows[next[expert]] = Int32(row)
        positions[row * expertCount + expert] = Int32(next[expert])
        next[expert] += 1
      }
    }
    self.rows = rows
    self.positions = positions
  }
}
