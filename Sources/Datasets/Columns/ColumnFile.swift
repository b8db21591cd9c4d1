import Ranking

/// One typed file of a split, with little-endian numbers.
///
/// A group of columns is stored row-major, because training reads shuffled rows: each row is then
/// one short contiguous run of bytes.
enum ColumnFile: Hashable {
  /// Ids of the single-valued fields: Int32 `[rows, fields]`.
  case ids
  /// The start of each row's values of a multi-valued field: Int64 `[rows + 1]`.
  case bagOffsets(Int)
  /// The values of a multi-valued field: Int32.
  case bagIDs(Int)
  /// Scaled numerical features: Float32 `[rows, numericals]`.
  case numericals
  /// Leaf scenarios: Int32 `[rows]`.
  case leaves
  /// Labels: UInt8 `[rows, tasks]`.
  case labels
  /// 1 where a task is defined: UInt8 `[rows, tasks]`. Absent if every cell is.
  case mask
  /// Group numbers: Int32 `[rows]`. Absent if the data set has no groups.
  case groups
  /// Weights of rows in the training loss: Float32 `[rows]`. Absent if all are 1.
  case weights

  var name: String {
    switch self {
    case .ids: "ids.i32"
    case .bagOffsets(let index): "bag\(index).offsets.i64"
    case .bagIDs(let index): "bag\(index).ids.i32"
    case .numericals: "numericals.f32"
    case .leaves: "leaves.i32"
    case .labels: "labels.u8"
    case .mask: "mask.u8"
    case .groups: "groups.i32"
    case .weights: "weights.f32"
    }
  }

  /// The size of one number in bytes.
  var numberSize: Int {
    switch self {
    case .labels, .mask: 1
    case .bagOffsets: 8
    case .ids, .bagIDs, .numericals, .leaves, .groups, .weights: 4
    }
  }

  /// Whether a split may lack the file.
  var isOptional: Bool { [.mask, .groups, .weights].contains(self) }

  /// The files that a split of `problem` may have, in the order of the fingerprint.
  static func all(for problem: Problem) -> [ColumnFile] {
    [.ids] + problem.bags.indices.flatMap { [.bagOffsets($0), .bagIDs($0)] }
      + [.numericals, .leaves, .labels, .mask, .groups, .weights]
  }

  /// Returns the file size in bytes for a number of rows; nil if it also depends on other things.
  func byteCount(rowCount: Int, problem: Problem) -> Int? {
    switch self {
    case .ids: rowCount * problem.fields.count * numberSize
    case .bagOffsets: (rowCount + 1) * numberSize
    case .bagIDs: nil
    case .numericals: rowCount * problem.numericals.count * numberSize
    case .leaves, .groups, .weights: rowCount * numberSize
    case .labels, .mask: rowCount * problem.tasks.count * numberSize
    }
  }
}
