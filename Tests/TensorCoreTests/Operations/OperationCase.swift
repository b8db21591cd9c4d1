import TensorCore
import TestKit
import Testing

/// One use of an operation, judged by finite differences and its naive twin at every kernel level.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let inputs: [Tensor]
  let operation: @Sendable ([Variable]) -> Variable

  init(
    _ name: String, shapes: [[Int]], operation: @escaping @Sendable ([Variable]) -> Variable
  ) {
    let inputs = shapes.enumerated().map { Tensor(normal: "\(name)/\($0)", shape: $1) }
    self.init(name, inputs: inputs, operation: operation)
  }

  init(
    _ name: String, inputs: [Tensor], operation: @escaping @Sendable ([Variable]) -> Variable
  ) {
    testDescription = name
    self.inputs = inputs
    self.operation = operation
  }

  /// Expects the judges to agree; inputs without elements leave nothing to compare, but the
  /// operation must bear them forward and backward.
  func check(at level: KernelLevel, sourceLocation: SourceLocation = #_sourceLocation) {
    let report = level.run { gradientReport(of: inputs, operation: operation) }
    let isEmpty = inputs.allSatisfy { $0.count == 0 }
    if isEmpty ? !report.mismatches.isEmpty : !report.passes {
      Issue.record("\(report)", sourceLocation: sourceLocation)
    }
  }
}

/// A parameter without a model.
func makeParameter(_ value: Tensor, isTable: Bool = false) -> Parameter {
  let scope = ParameterScope(store: ParameterStore(), streams: RandomStreams(seed: 0))
  let parameter = scope.parameter(
    "parameter", shape: value.shape, initializer: .zeros, isTable: isTable)
  parameter.value.assign(value)
  return parameter
}

/// Returns an operation's output, and the gradients of its inputs for a given output gradient.
func evaluate(
  _ inputs: [Tensor], outputGradient: Tensor? = nil, _ operation: ([Variable]) throws -> Variable
) rethrows -> (output: Tensor, gradients: [Tensor]) {
  let tape = Tape()
  let context = ForwardContext.evaluation(tape: tape)
  let parameters = inputs.map { makeParameter($0) }
  let output = try operation(parameters.map { context($0) })
  let weights = outputGradient ?? Tensor(repeating: 1, shape: output.shape)
  tape.backward(from: output.weightedSum(weights))
  let gradients = parameters.map { parameter in
    switch parameter.gradient {
    case .none: Tensor(zeros: parameter.value.shape)
    case .dense(let gradient): gradient
    case .rows(let rows): rows.densified(rowCount: parameter.value.shape[0])
    }
  }
  return (output.value, gradients)
}
