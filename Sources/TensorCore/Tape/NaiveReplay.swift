/// A tensor of `Double`, used by the naive forms of operations.
public struct NaiveTensor: Equatable {
  /// The size of every dimension; empty for a scalar.
  public var shape: [Int]

  /// The elements in row-major order.
  public var values: [Double]

  /// Creates a tensor from values in row-major order.
  ///
  /// - Precondition: `values.count` is the product of `shape`.
  public init(_ values: [Double], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    self.shape = shape
    self.values = values
  }

  /// Creates a tensor of the same elements in `Double`.
  public init(_ tensor: Tensor) {
    self.init(tensor.values.map(Double.init), shape: tensor.shape)
  }

  /// Creates a tensor of zeros.
  public init(zeros shape: [Int]) {
    self.init(Array(repeating: 0, count: shape.reduce(1, *)), shape: shape)
  }

  /// The product of all dimensions except the last.
  public var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// The last dimension, 1 for a scalar.
  public var columnCount: Int { shape.last ?? 1 }

  /// The element at a row and column of the matrix of ``rowCount`` by ``columnCount``.
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columnCount + column] }
    set { values[row * columnCount + column] = newValue }
  }

  /// Returns a function of every element.
  public func map(_ transform: (Double) -> Double) -> NaiveTensor {
    NaiveTensor(values.map(transform), shape: shape)
  }
}

/// The naive form of an operation, which computes the result from the inputs in `Double`.
public typealias NaiveOperation = ([NaiveTensor]) -> NaiveTensor

/// A replay of recorded operations in `Double`, through their naive twins.
///
/// Discrete decisions and random draws of the forward pass (which experts were selected, which
/// units were dropped) are part of the record and do not change, so the replayed function is smooth
/// around the recorded point wherever the model is.
package struct NaiveReplay {
  private let entries: [Tape.Entry]
  private let recorded: [ObjectIdentifier: NaiveTensor]

  /// Creates a replay of the current record of `tape`, before ``Tape/backward(from:)`` empties it.
  ///
  /// - Precondition: the tape keeps its naive twins.
  package init(of tape: Tape) {
    precondition(tape.keepsNaiveTwins, "this tape keeps no naive twins")
    entries = tape.entries
    var recorded: [ObjectIdentifier: NaiveTensor] = [:]
    for entry in entries {
      let inputs = entry.inputs.map { input in
        let value = recorded[ObjectIdentifier(input)] ?? NaiveTensor(input.value)
        recorded[ObjectIdentifier(input)] = value
        return value
      }
      recorded[ObjectIdentifier(entry.output)] = Self.result(of: entry, from: inputs)
    }
    self.recorded = recorded
  }

  /// Returns the value of `target`, with some parameters replaced.
  ///
  /// Only what depends on them is computed again.
  package func value(
    of target: Variable, replacing replacements: [String: NaiveTensor] = [:]
  ) -> NaiveTensor {
    var changed: [ObjectIdentifier: NaiveTensor] = [:]
    func change(of variable: Variable) -> NaiveTensor? {
      changed[ObjectIdentifier(variable)]
        ?? variable.parameter.flatMap { replacements[$0.name] }
    }
    func value(_ variable: Variable) -> NaiveTensor {
      change(of: variable) ?? recorded[ObjectIdentifier(variable)] ?? NaiveTensor(variable.value)
    }
    for entry in entries where entry.inputs.contains(where: { change(of: $0) != nil }) {
      changed[ObjectIdentifier(entry.output)] = Self.result(
        of: entry, from: entry.inputs.map(value))
    }
    return value(target)
  }

  /// Returns what an operation's naive twin makes of its inputs; nil if it has none.
  private static func result(of entry: Tape.Entry, from inputs: [NaiveTensor]) -> NaiveTensor? {
    guard let result = entry.naive?(inputs) else { return nil }
    precondition(
      result.shape == entry.output.shape,
      "a naive twin gave \(result.shape) for \(entry.output.shape)")
    return result
  }
}
