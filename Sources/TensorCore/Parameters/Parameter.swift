/// A trained tensor with a stable name and the gradient from the last backward pass.
public final class Parameter {
  /// The path that identifies the parameter in checkpoints, such as `experts/3/layer0/weight`.
  public let name: String

  /// The weights, which optimizers change in place; of a divided table, this rank's rows.
  public let value: Tensor

  /// The division of the table's rows among ranks; nil if all are here.
  package let shards: RowShards?

  /// The number of scalars, on all ranks together.
  public var count: Int { shards.map { $0.rowCount * value.columnCount } ?? value.count }

  /// The gradient accumulated since the last call of ``clearGradient()``.
  public internal(set) var gradient = ParameterGradient.none

  /// Whether weight decay applies (false for biases and normalization parameters).
  public let decays: Bool

  /// The only leaf scenario whose rows reach this parameter, or nil if all rows may.
  public let scenario: Int?

  /// The group that the parameter is trained in; see ``ParameterScope/group(_:)``.
  public let group: String

  /// The group of parameters that the model has not assigned to another one.
  public static let mainGroup = "main"

  /// Whether the parameter is a table of which each batch uses only a few rows; its gradient is
  /// then ``ParameterGradient/rows(_:)``.
  public let isTable: Bool

  init(
    name: String, value: Tensor, decays: Bool, scenario: Int?, group: String, isTable: Bool,
    shards: RowShards? = nil
  ) {
    self.name = name
    self.value = value
    self.shards = shards
    self.decays = decays
    self.scenario = scenario
    self.group = group
    self.isTable = isTable
  }

  /// Clears the gradient.
  public func clearGradient() { gradient = .none }

  /// Adds a dense gradient of the parameter's shape and takes ownership of it.
  package func accumulate(_ addend: Tensor) {
    require(
      addend.shape == value.shape, "a gradient \(addend.shape) for \(name) \(value.shape)")
    switch gradient {
    case .none: gradient = .dense(addend)
    case .dense(let sum): sum.add(addend)
    case .rows(let rows):
      addend.add(rows.densified(rowCount: value.shape[0]))
      gradient = .dense(addend)
    }
  }

  /// Adds a gradient of some rows.
  package func accumulate(_ addend: RowGradient) {
    switch gradient {
    case .none: gradient = .rows(addend)
    case .rows(let rows): gradient = .rows(rows.merging(addend))
    case .dense(let sum):
      sum.add(addend.densified(rowCount: value.shape[0]))
    }
  }
}

/// The gradient of a parameter after a backward pass.
public enum ParameterGradient: Sendable {
  /// No term of the loss depended on the parameter.
  case none
  /// A gradient of the parameter's shape.
  case dense(Tensor)
  /// A gradient that is zero outside a few rows.
  case rows(RowGradient)
}

/// The gradient of the rows of a table that a batch used.
public struct RowGradient: Sendable {
  /// The rows used, in strictly increasing order.
  public let indices: [Int32]

  /// Their gradients: `[indices.count, columns]`.
  public let values: Tensor

  /// Creates a gradient of the rows `indices`.
  ///
  /// - Precondition: `indices` are strictly increasing, one per row of `values`.
  public init(indices: [Int32], values: Tensor) {
    require(
      values.shape.count == 2 && values.shape[0] == indices.count,
      "gradients \(values.shape) of \(indices.count) rows")
    self.indices = indices
    self.values = values
  }

  /// Returns the gradient as a tensor `[rowCount, columns]`.
  public func densified(rowCount: Int) -> Tensor {
    let columns = values.shape[1]
    let result = Tensor(zeros: [rowCount, columns])
    for (position, index) in indices.enumerated() {
      (result.pointer + Int(index) * columns).update(
        from: values.pointer + position * columns, count: columns)
    }
    return result
  }

  /// Returns the sum of two row gradients of the same table.
  public func merging(_ other: RowGradient) -> RowGradient {
    let columns = values.shape[1]
    var union: [Int32] = []
    union.reserveCapacity(indices.count + other.indices.count)
    var i = 0
    var j = 0
    while i < indices.count || j < other.indices.count {
      let a = i < indices.count ? indices[i] : Int32.max
      let b = j < other.indices.count ? other.indices[j] : Int32.max
      union.append(min(a, b))
      if a <= b { i += 1 }
      if b <= a { j += 1 }
    }
    let sum = Tensor(zeros: [union.count, columns])
    for part in [self, other] {
      var target = 0
      for (position, index) in part.indices.enumerated() {
        while union[target] != index { target += 1 }
        for column in 0..<columns {
          sum.pointer[target * columns + column] += part.values.pointer[position * columns + column]
        }
      }
    }
    return RowGradient(indices: union, values: sum)
  }
}
