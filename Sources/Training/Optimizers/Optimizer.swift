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
  private let places: [ObjectIdentifier: Int]

  /// Creates an optimizer of all parameters of a model, with fresh state.
  public init(_ options: TrainingOptions, store: ParameterStore) {
    self.options = options
    rule = options.updateRule
    parameters = store.parameters
    let slotCount = rule.slotNames.count
    slots = parameters.map { parameter in
      (0..<slotCount).map { _ in Tensor(zeros: parameter.value.shape) }
    }
    places = Dictionary(
      uniqueKeysWithValues: zip(parameters.map(ObjectIdentifier.init), parameters.indices))
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
    try step(learningRate: learningRate) { _ in }
  }

  /// Does one step with the gradients that a backward pass gives, and clears them.
  ///
  /// - Parameter backward: Runs the pass, which changes parameters on the way where it is told how:
  ///   the same bits, without a gradient in memory. Clipping has to see all gradients first.
  /// - Throws: ``TrainingError`` where clipping meets a gradient that is not finite.
  func step(
    learningRate: Double, backward: (_ updates: (any UpdatesDuringBackward)?) -> Void
  ) throws {
    let passing =
      options.maximumGradientNorm > 0
      ? nil : UpdatesInPassing { self.update(of: $0, learningRate: learningRate, scale: 1) }
    backward(passing)
    let scale = try clippingScale()
    for parameter in parameters where passing?.hasUpdated(parameter) != true {
      let isLazy = isLazy(parameter)
      let update = update(of: parameter, learningRate: learningRate, scale: scale)
      switch parameter.gradient {
      case .none: if !isLazy { update?.applyToAllRows(nil) }
      case .dense(let gradient): update?.apply(gradient)
      case .rows(let rows): isLazy ? update?.apply(rows) : update?.applyToAllRows(rows)
      }
      parameter.clearGradient()
    }
    step += 1
  }

  /// Returns the update of a parameter in the current step, or nil for one this optimizer does not own.
  private func update(
    of parameter: Parameter, learningRate: Double, scale: Float
  ) -> ParameterUpdate? {
    guard let place = places[ObjectIdentifier(parameter)] else { return nil }
    let decay = parameter.isTable ? options.embeddingWeightDecay : options.weightDecay
    return ParameterUpdate(
      value: parameter.value, slots: slots[place], rule: rule, step: step + 1,
      learningRate: learningRate, weightDecay: parameter.decays ? decay : 0, scale: scale)
  }

  private func isLazy(_ parameter: Parameter) -> Bool {
    parameter.isTable && options.embeddingUpdates == .lazy
  }

  private func clippingScale() throws -> Float {
    guard options.maximumGradientNorm > 0 else { return 1 }
    var sum = 0.0
    for parameter in parameters {
      let square = parameter.gradient.squaredNorm(
        ofAll: isLazy(parameter) ? nil : parameter.value.count)
      guard square.isFinite else {
        throw TrainingError("the gradient of parameter '\(parameter.name)' is not finite")
      }
      sum += square
    }
    let norm = sum.squareRoot()
    return norm > options.maximumGradientNorm ? Float(options.maximumGradientNorm / norm) : 1
  }
}
