// Names from other libraries, each with its equivalent here. They cannot be called; they exist only
// for the compiler's message.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

@available(*, unavailable, message: "concatenated([a, b]): columns side by side")
public func cat(_ variables: [Variable], dim: Int = 0) -> Variable { variables[0] }

@available(*, unavailable, message: "stackedRows([a, b]): rows below each other")
public func vstack(_ variables: [Variable]) -> Variable { variables[0] }

@available(*, unavailable, message: "x.detached()")
public func stop_gradient(_ x: Variable) -> Variable { x }

@available(*, unavailable, message: "x.matmul(y)")
public func matmul(_ x: Variable, _ y: Variable) -> Variable { x }

extension Variable {
  @available(*, unavailable, renamed: "detached()")
  public func detach() -> Variable { self }

  @available(*, unavailable, message: "x + y")
  public func add(_ other: Variable) -> Variable { self }

  @available(*, unavailable, message: "x - y")
  public func sub(_ other: Variable) -> Variable { self }

  @available(*, unavailable, message: "x * y, element by element")
  public func mul(_ other: Variable) -> Variable { self }

  @available(*, unavailable, message: "x / y")
  public func div(_ other: Variable) -> Variable { self }

  @available(*, unavailable, renamed: "matmul(_:)")
  public func mm(_ other: Variable) -> Variable { self }

  @available(*, unavailable, renamed: "matmul(_:)")
  public func bmm(_ other: Variable) -> Variable { self }

  @available(*, unavailable, message: "x.transposed()")
  public func t() -> Variable { self }

  @available(*, unavailable, message: "x.transposed(), which exchanges the last two dimensions")
  public func transpose(_ first: Int, _ second: Int) -> Variable { self }

  @available(*, unavailable, message: "x.reshaped(to: [rows, columns])")
  public func view(_ sizes: Int...) -> Variable { self }

  @available(*, unavailable, message: "x.reshaped(to: [rows, columns])")
  public func reshape(_ sizes: Int...) -> Variable { self }

  @available(*, unavailable, message: "x.reshaped(to:) with a dimension of 1 less")
  public func squeeze(_ dim: Int = 0) -> Variable { self }

  @available(*, unavailable, message: "x.reshaped(to:) with a dimension of 1 more")
  public func unsqueeze(_ dim: Int) -> Variable { self }

  @available(*, unavailable, message: "x.expanded(to: [rows, columns])")
  public func expand(_ sizes: Int...) -> Variable { self }

  @available(*, unavailable, renamed: "squared()")
  public func square() -> Variable { self }

  @available(
    *, unavailable, message: "x.clamped(to: 0...1), x.clamped(to: 0...) or x.clamped(to: ...1)"
  )
  public func clamp(min: Float? = nil, max: Float? = nil) -> Variable { self }

  @available(*, unavailable, renamed: "logSumExp()")
  public func logsumexp(_ dim: Int = -1) -> Variable { self }

  @available(*, unavailable, message: "x.sum() of all, x.sum(over: .rows) or x.sum(over: .columns)")
  public func sum(dim: Int, keepdim: Bool = false) -> Variable { self }

  @available(
    *, unavailable, message: "x.mean() of all, x.mean(over: .rows) or x.mean(over: .columns)"
  )
  public func mean(dim: Int, keepdim: Bool = false) -> Variable { self }

  @available(
    *, unavailable, message: "x.value.topColumns(k), then x.gathered(selection) for the values"
  )
  public func topk(_ k: Int) -> Variable { self }

  @available(*, unavailable, message: "x.rows(indices)")
  public func index_select(_ dim: Int, _ indices: [Int32]) -> Variable { self }

  @available(
    *, unavailable,
    message: "tape.backward(from: loss); models return log-odds, the trainer does it"
  )
  public func backward() {}
}
