import TensorCore

/// Changes the parameters of a model by their gradients.
///
/// One step does, with t the number of the step counted from 1 over the whole run:
///
/// - **Clipping.** With `maximumGradientNorm` = c > 0, every gradient is multiplied by
///   `min(1, c / ‖g‖)`, where ‖g‖ is the Euclidean norm of all gradients together, before decay.
/// - **Dense parameters** follow the update rule (see ``OptimizerKind``). A parameter that no term
///   of the loss depended on has a gradient of zeros, so its moments still decay and its weight
///   decay still applies.
/// - **Embedding tables**, `denseExact`: the same, the gradient of rows that are not in the batch
///   being zeros.
/// - **Embedding tables**, `lazy`: the update rule is applied to the rows that occur in the batch
///   and their state, including weight decay. Other rows and their state stay as they are: their
///   moments do not decay, and neither do their weights. Bias corrections use the step number t of
///   the run, not the number of times that a row was touched. Without momentum and weight decay
///   `sgd` and `adagrad` give the same bits in both forms.
/// - **Weight decay** applies to parameters that say that they decay: `embeddingWeightDecay` to
///   tables, `weightDecay` to all others. In `sgd`, `adam` and `adagrad` it is an L2 term of the
///   gradient; in `adamw` it shrinks weights directly.
public final class Optimizer {
  /// The number of steps done.
  public internal(set) var step = 0

  private let options: TrainingOptions
  private let rule: any UpdateRule
  private let parameters: [Parameter]
  private let slots: [[Tensor]]

  /// Creates an optimizer of all parameters of a model, with fresh state.
  public init(_ options: TrainingOptions, store: ParameterStore) {
    self.options = options
    rule = options.updateRule
    parameters = store.parameters
    let slotCount = rule.slotNames.count
    slots = parameters.map { parameter in
      (0..<slotCount).map { _ in Tensor(zeros: parameter.value.shape) }
    }
  }

  /// The state of every parameter, by its name in checkpoints: `optimizer/adam/m/<parameter>`.
  var state: [(name: String, value: Tensor)] {
    zip(parameters, slots).flatMap { parameter, slots in
      zip(rule.slotNames, slots).map { slot, value in
        ("optimizer/\(rule.name)/\(slot)/\(parameter.name)", value)
      }
    }
  }

  /// Does one step with the gradients that the parameters hold, and clears them.
  ///
  /// - Throws: ``TrainingError`` where clipping meets a gradient that is not finite.
  public func step(learningRate: Double) throws {
    let gradients = parameters.map(effectiveGradient)
    let scale = try clippingScale(gradients)
    step += 1
    for (index, parameter) in parameters.enumerated() {
      let decay = parameter.isTable ? options.embeddingWeightDecay : options.weightDecay
      update(
        parameter, slots: slots[index], by: gradients[index], learningRate: learningRate,
        weightDecay: parameter.decays ? decay : 0, scale: scale)
    }
    for parameter in parameters { parameter.clearGradient() }
  }

  /// Returns the gradient in the form that the update rule is to see.
  private func effectiveGradient(_ parameter: Parameter) -> ParameterGradient {
    let isLazy = parameter.isTable && options.embeddingUpdates == .lazy
    switch parameter.gradient {
    case .rows(let rows) where !isLazy:
      return .dense(rows.densified(rowCount: parameter.value.shape[0]))
    case .none where !isLazy: return .dense(Tensor(zeros: parameter.value.shape))
    case let gradient: return gradient
    }
  }

  private func update(
    _ parameter: Parameter, slots: [Tensor], by gradient: ParameterGradient, learningRate: Double,
    weightDecay: Double, scale: Float
  ) {
    func apply(_ block: UpdateBlock) {
      rule.update(
        block, step: step, learningRate: learningRate, weightDecay: weightDecay, scale: scale)
    }
    switch gradient {
    case .none: break
    case .dense(let values):
      parallelFor(values.count, blockSize: updateBlock) { block in
        let start = block.lowerBound
        apply(
          UpdateBlock(
            weights: parameter.value.pointer + start, slots: slots.map { $0.pointer + start },
            gradient: values.pointer + start, indices: nil, rows: 1, columns: block.count))
      }
    case .rows(let rows):
      let columns = rows.values.columnCount
      let rowBlock = max(1, updateBlock / max(1, columns))
      rows.indices.withUnsafeBufferPointer { indices in
        parallelFor(indices.count, blockSize: rowBlock) { block in
          apply(
            UpdateBlock(
              weights: parameter.value.pointer, slots: slots.map(\.pointer),
              gradient: rows.values.pointer + block.lowerBound * columns,
              indices: indices.baseAddress.map { $0 + block.lowerBound }, rows: block.count,
              columns: columns))
        }
      }
    }
  }

  private func clippingScale(_ gradients: [ParameterGradient]) throws -> Float {
    guard options.maximumGradientNorm > 0 else { return 1 }
    var sum = 0.0
    for (parameter, gradient) in zip(parameters, gradients) {
      let square = gradient.squaredNorm
      guard square.isFinite else {
        throw TrainingError("the gradient of parameter '\(parameter.name)' is not finite")
      }
      sum += square
    }
    let norm = sum.squareRoot()
    return norm > options.maximumGradientNorm ? Float(options.maximumGradientNorm / norm) : 1
  }
}

/// The number of elements per block of an update.
private let updateBlock = 16384
