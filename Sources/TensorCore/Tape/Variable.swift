/// A tensor inside a computation that may be differentiated.
///
/// Operations on variables compute their results immediately. While a ``Tape`` records, they also
/// record how to propagate the gradient of the result back to their inputs.
public final class Variable {
  /// The value.
  public let value: Tensor

  /// Whether the loss may depend on a trained parameter through this variable.
  public let needsGradient: Bool

  /// The gradient of the loss, available between the backward steps of this variable's users and
  /// its own.
  private(set) var gradient: Tensor?

  private var operand: (precision: MatrixPrecision, matrix: MatrixOperand)?

  let parameter: Parameter?
  /// The division of the rows among ranks, if this is a table of which only some are here.
  let shards: RowShards?
  /// The tape that records what is computed from the variable or, for a constant that depends on
  /// parameters, only counts it.
  weak var tape: Tape?

  private init(
    value: Tensor, needsGradient: Bool, parameter: Parameter?, shards: RowShards? = nil,
    tape: Tape?
  ) {
    self.value = value
    self.shards = shards
    self.needsGradient = needsGradient
    self.parameter = parameter
    self.tape = tape
  }

  /// Creates a constant.
  public convenience init(_ value: Tensor) {
    self.init(value: value, needsGradient: false, parameter: nil, tape: nil)
  }

  /// Creates a constant whose operations a tape counts, such as a frozen table of which only some
  /// rows may be here.
  convenience init(constant value: Tensor, shards: RowShards? = nil, on tape: Tape?) {
    self.init(value: value, needsGradient: false, parameter: nil, shards: shards, tape: tape)
  }

  convenience init(_ parameter: Parameter, tape: Tape?) {
    self.init(
      value: parameter.value, needsGradient: tape != nil, parameter: parameter,
      shards: parameter.shards, tape: tape)
  }

  convenience init(result value: Tensor, tape: Tape?) {
    self.init(value: value, needsGradient: tape != nil, parameter: nil, tape: tape)
  }

  /// The shape of the value.
  public var shape: [Int] { value.shape }

  /// The shape for messages, preceded by the name if the variable is a parameter.
  var described: String { parameter.map { "\($0.name) \(shape)" } ?? "\(shape)" }

  /// Returns the value as an operand of matrix products, prepared once for all users.
  func matrixOperand(_ precision: MatrixPrecision) -> MatrixOperand {
    if let operand, operand.precision == precision { return operand.matrix }
    let matrix = MatrixOperand(value, precision: precision)
    operand = (precision, matrix)
    return matrix
  }

  /// Adds a term to the gradient, or to the parameter's gradient if the variable is a parameter.
  ///
  /// The variable takes ownership of `addend`, and the operation that computed the variable may
  /// turn its elements into another gradient in place: the caller must not use it afterward or pass
  /// it to two variables. If ``needsGradient`` is false, this does nothing.
  /// - Precondition: `addend` has the shape of the value.
  public func accumulate(_ addend: Tensor) {
    guard needsGradient else { return }
    require(addend.shape == shape, "a gradient \(addend.shape) for \(described)")
    if let parameter {
      parameter.accumulate(addend)
    } else if let sum = gradient {
      sum.add(addend)
    } else {
      gradient = addend
    }
  }

  func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }
}
