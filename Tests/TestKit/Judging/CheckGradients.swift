import TensorCore
import Testing

/// Judges the gradients of a loss by finite differences in `Double`, and its value by naive twins.
///
/// The loss is recorded once. Its value, computed by the fast kernels in `Float`, must agree with
/// the replay through the naive twins in `Double`; the tape's gradient of every parameter must
/// agree with central differences of that replay at some elements and along one random direction.
/// Discrete choices and random draws are part of the record, so they do not disturb the
/// differences.
///
/// - Parameters:
///   - store: The parameters; their gradients are cleared before and left filled.
///   - check: Limits and the number of elements.
///   - isTraining: Whether the pass is a training pass (dropout, noise, batch moments).
///   - loss: Builds a scalar, or a tensor whose elements are summed with random weights.
public func gradientReport(
  store: ParameterStore, check: GradientCheck = GradientCheck(), isTraining: Bool = true,
  loss: (ForwardContext) -> Variable
) -> GradientReport {
  let streams = RandomStreams(seed: check.seed)
  let tape = Tape(keepsNaiveTwins: true)
  let context: ForwardContext =
    isTraining
    ? .training(tape: tape, streams: streams, step: 0) : .evaluation(tape: tape)
  let output = loss(context)
  let scalar = output.value.count == 1 ? output : randomlyWeighted(output, streams)
  let replay = NaiveReplay(of: tape)

  var report = GradientReport()
  report.addValues(output, replay, check)
  store.clearGradients()
  tape.backward(from: scalar)
  for parameter in store.parameters {
    let differences = FiniteDifferences(replay: replay, loss: scalar, parameter: parameter)
    report.addGradient(of: parameter, differences, check)
  }
  return report
}

/// Expects the gradients of a loss to agree with finite differences, and its value with naive twins.
///
/// - SeeAlso: ``gradientReport(store:check:isTraining:loss:)``
public func checkGradients(
  store: ParameterStore, check: GradientCheck = GradientCheck(), isTraining: Bool = true,
  sourceLocation: SourceLocation = #_sourceLocation, loss: (ForwardContext) -> Variable
) {
  let report = gradientReport(store: store, check: check, isTraining: isTraining, loss: loss)
  if !report.passes { Issue.record("\(report)", sourceLocation: sourceLocation) }
}

/// Judges an operation on some tensors, each of which is differentiated.
///
/// - Parameters:
///   - inputs: The tensors, which `operation` gets as variables in this order.
///   - check: Limits and the number of elements.
///   - operation: Builds the result, of any shape.
public func gradientReport(
  of inputs: [Tensor], check: GradientCheck = GradientCheck(),
  operation: ([Variable]) -> Variable
) -> GradientReport {
  let store = ParameterStore()
  let scope = ParameterScope(store: store, streams: RandomStreams(seed: check.seed))
  let parameters = inputs.enumerated().map { index, input in
    let parameter = scope.parameter("input\(index)", shape: input.shape, initializer: .zeros)
    parameter.value.assign(input)
    return parameter
  }
  return gradientReport(store: store, check: check) { operation(parameters.map($0.callAsFunction)) }
}

/// Expects an operation's gradients to agree with finite differences, and its value with its twin.
public func checkGradients(
  of inputs: [Tensor], check: GradientCheck = GradientCheck(),
  sourceLocation: SourceLocation = #_sourceLocation, operation: ([Variable]) -> Variable
) {
  let report = gradientReport(of: inputs, check: check, operation: operation)
  if !report.passes { Issue.record("\(report)", sourceLocation: sourceLocation) }
}

private func randomlyWeighted(_ output: Variable, _ streams: RandomStreams) -> Variable {
  var stream = streams["check/weights"]
  let weights = (0..<output.value.count).map { _ in Float(stream.normal()) }
  return output.weightedSum(Tensor(weights, shape: output.shape))
}

extension GradientReport {
  fileprivate mutating func addValues(
    _ output: Variable, _ replay: NaiveReplay, _ check: GradientCheck
  ) {
    let expected = replay.value(of: output).values
    let limit = check.absoluteTolerance + check.valueTolerance * greatest(expected)
    for (index, pair) in zip(output.value.values, expected).enumerated() {
      add(
        Comparison(
          quantity: "value[\(index)] beside its naive twin", found: Double(pair.0),
          expected: pair.1, limit: limit))
    }
  }

  fileprivate mutating func addGradient(
    of parameter: Parameter, _ differences: FiniteDifferences, _ check: GradientCheck
  ) {
    let count = parameter.value.count
    let gradient = parameter.gradient.values(shape: parameter.value.shape)
    let limit = check.absoluteTolerance + check.gradientTolerance * greatest(gradient)
    var stream = RandomStreams(seed: check.seed)["check/" + parameter.name]
    var elements = Array(0..<count)
    if count > check.coordinateCount {
      stream.shuffle(&elements)
      elements = elements.prefix(check.coordinateCount).sorted()
    }
    for element in elements {
      let found = gradient[element]
      add(
        Comparison(
          quantity: "d loss / d \(parameter.name)[\(element)]", found: found,
          expected: differences.derivative(along: [element: 1], nearest: found, limit: limit),
          limit: limit))
    }
    guard count > elements.count else { return }
    let direction = (0..<count).map { _ in stream.normal() / Double(count).squareRoot() }
    let found = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    let along = Dictionary(uniqueKeysWithValues: direction.enumerated().map { ($0, $1) })
    add(
      Comparison(
        quantity: "d loss / d \(parameter.name) along a random direction", found: found,
        expected: differences.derivative(along: along, nearest: found, limit: limit),
        limit: limit))
  }
}

extension ParameterGradient {
  /// The gradient of a parameter of the given shape in `Double`, zeros where there is none.
  func values(shape: [Int]) -> [Double] {
    switch self {
    case .none: Array(repeating: 0, count: shape.reduce(1, *))
    case .dense(let tensor): tensor.values.map(Double.init)
    case .rows(let rows): rows.densified(rowCount: shape[0]).values.map(Double.init)
    }
  }
}

private func greatest(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }
