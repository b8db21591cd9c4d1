import CNumerics
import Configuration
import MessagePassing
import TensorCore

/// An optimizer, which updates the parameters of a model from their gradients.
///
/// One step, where t is its number counted from 1 over the whole run, consists of:
///
/// - **Clipping.** With `maximumGradientNorm` = c > 0, every gradient is multiplied by
///   `min(1, c / ‖g‖)`, where ‖g‖ is the Euclidean norm of all gradients together, before decay.
/// - **Dense parameters** follow the update rule (see ``UpdateRule``). A parameter on which no term
///   of the loss depends has a zero gradient, so its moments still decay and weight decay still
///   applies.
/// - **Embedding tables**, `denseExact`: the same, with a zero gradient for rows that are not in
///   the batch.
/// - **Embedding tables**, `lazy`: the update rule, including weight decay, is applied only to the
///   rows that occur in the batch and their state. Other rows and their state do not change:
///   neither their moments nor their weights decay. Bias corrections use the step number t of the
///   run, not the number of times that a row was updated. Without momentum and weight decay, `sgd`
///   and `adagrad` give the same bits in both forms.
/// - **Ranks.** If several ranks train together, the gradient is the sum over ranks in rank order;
///   each rank updates a part of the dense parameters, and all receive the result.
/// - **Weight decay** applies to parameters that are declared to decay: `embeddingWeightDecay` to
///   tables, `weightDecay` to all others. Whether it is an L2 term of the gradient (`sgd`, `adam`,
///   `adagrad`) or shrinks weights directly (`adamw`) depends on the rule.
public final class Optimizer {
  /// The number of steps done.
  public internal(set) var step = 0

  private let options: TrainingOptions
  private let owned: [Owned]
  private let reduction: GradientReduction?
  private let places: [ObjectIdentifier: Int]

  /// A parameter, its update rule and its state.
  private struct Owned {
    let parameter: Parameter
    let rule: any UpdateRule
    let weightDecay: Double
    let isLazy: Bool
    /// The ratio of its learning rate to that of the run.
    let rateFactor: Double
    let state: [Tensor]
  }

  /// Creates an optimizer for all parameters of a model, with fresh state.
  public convenience init(_ options: TrainingOptions, store: ParameterStore) throws {
    try self.init(options, parameters: store.parameters, ranks: store.ranks)
  }

  /// Creates an optimizer for some parameters, with fresh state.
  ///
  /// - Parameters:
  ///   - options: The settings.
  ///   - parameters: The parameters.
  ///   - ranks: The ranks over which gradients are summed; nil if every gradient is complete.
  /// - Throws: ``Diagnostic`` if the settings of a group are invalid.
  public init(
    _ options: TrainingOptions, parameters: [Parameter], ranks: RankGroup? = nil
  ) throws {
    self.options = options
    reduction = ranks.map { GradientReduction(parameters, ranks: $0) }
    owned = try parameters.map { parameter in
      let own = try options.groups.updates(of: parameter.group, otherwise: options.updates)
      let rule = try own.updateRule()
      let decay = parameter.isTable ? own.embeddingWeightDecay : own.weightDecay
      return Owned(
        parameter: parameter, rule: rule, weightDecay: parameter.decays ? decay : 0,
        isLazy: parameter.isTable && own.embeddingUpdates == .lazy,
        rateFactor: own.learningRate / options.updates.learningRate,
        state: rule.stateNames.map { _ in Tensor(zeros: parameter.value.shape) })
    }
    places = Dictionary(
      uniqueKeysWithValues: zip(parameters.map(ObjectIdentifier.init), parameters.indices))
  }

  /// The state of every parameter, under its name in checkpoints: `adam/m/<parameter>`.
  ///
  /// Of several ranks, only the leader has that of dense parameters, after ``gatherState()``.
  var state: [NamedTensor] {
    owned.flatMap { owned in
      zip(owned.rule.stateNames, owned.state).map { name, value in
        NamedTensor(
          name: "\(type(of: owned.rule).card.id)/\(name)/\(owned.parameter.name)", value: value,
          shards: owned.parameter.shards)
      }
    }
  }

  /// Takes one step with the gradients stored in the parameters, and clears them.
  ///
  /// - Throws: ``Diagnostic`` if clipping encounters a gradient that is not finite.
  public func step(learningRate: Double) throws {
    try step(learningRate: learningRate) { _ in }
  }

  /// Takes one step with the gradients of a backward pass, and clears them.
  ///
  /// - Parameter backward: Runs the pass, which updates parameters along the way if it is given
  ///   updates: this gives the same bits without storing gradients. Clipping has to see all
  ///   gradients first.
  /// - Throws: ``Diagnostic`` if clipping encounters a gradient that is not finite.
  func step(
    learningRate: Double, backward: (_ updates: (any UpdatesDuringBackward)?) -> Void
  ) throws {
    if let reduction {
      backward(reduction)
      return try finishStep(reduction, learningRate: learningRate)
    }
    let passing =
      options.maximumGradientNorm > 0
      ? nil : UpdatesInPassing { self.update(of: $0, learningRate: learningRate, scale: 1) }
    backward(passing)
    let scale = try clippingScale()
    for owned in owned where passing?.hasUpdated(owned.parameter) != true {
      applyGradient(of: owned, learningRate: learningRate, scale: scale)
    }
    step += 1
  }

  /// Takes a step with gradients that are summed over ranks; collective.
  private func finishStep(_ reduction: GradientReduction, learningRate: Double) throws {
    func updatePart(scale: Float) -> GradientBucket.PartUpdate {
      { parameter, elements, gradient in
        self.update(of: parameter, learningRate: learningRate, scale: scale)?
          .applyInBlocks(gradient, to: elements)
      }
    }
    var scale: Float = 1
    if options.maximumGradientNorm > 0 {
      reduction.finish(updating: nil)
      let square = reduction.squaredNorm()
      guard square.isFinite else { throw Diagnostic("the gradient is not finite") }
      scale = clippingScale(squaredNorm: square)
      reduction.forEachOwnPart(updatePart(scale: scale))
    } else {
      reduction.finish(updating: updatePart(scale: 1))
    }
    for owned in owned where owned.parameter.isTable {
      applyGradient(of: owned, learningRate: learningRate, scale: scale)
    }
    reduction.finishSharing()
    step += 1
  }

  /// Brings the state that other ranks keep to the leader, if there are several; collective.
  func gatherState() {
    reduction?.gatherState { places[ObjectIdentifier($0)].map { owned[$0].state } ?? [] }
  }

  /// Updates a parameter by its gradient, and clears it.
  private func applyGradient(of owned: Owned, learningRate: Double, scale: Float) {
    let (parameter, isLazy) = (owned.parameter, owned.isLazy)
    let update = update(of: parameter, learningRate: learningRate, scale: scale)
    switch parameter.gradient {
    case .none: if !isLazy { update?.applyToAllRows(nil) }
    case .dense(let gradient): update?.apply(gradient)
    case .rows(let rows): isLazy ? update?.apply(rows) : update?.applyToAllRows(rows)
    }
    parameter.clearGradient()
  }

  /// Returns the update of a parameter in the current step, or nil if this optimizer does not own
  /// it.
  private func update(
    of parameter: Parameter, learningRate: Double, scale: Float
  ) -> ParameterUpdate? {
    guard let place = places[ObjectIdentifier(parameter)] else { return nil }
    let owned = owned[place]
    return ParameterUpdate(
      value: parameter.value, state: owned.state, rule: owned.rule,
      step: UpdateStep(
        number: step + 1, learningRate: learningRate * owned.rateFactor,
        weightDecay: owned.weightDecay, gradientScale: scale))
  }

  private func clippingScale() throws -> Float {
    guard options.maximumGradientNorm > 0 else { return 1 }
    var sum = 0.0
    for owned in owned {
      let square = squaredNorm(of: owned)
      guard square.isFinite else {
        throw Diagnostic("the gradient of parameter '\(owned.parameter.name)' is not finite")
      }
      sum += square
    }
    return clippingScale(squaredNorm: sum)
  }

  private func squaredNorm(of owned: Owned) -> Double {
    owned.parameter.gradient.squaredNorm(ofAll: owned.isLazy ? nil : owned.parameter.value.count)
  }

  private func clippingScale(squaredNorm: Double) -> Float {
    let norm = squaredNorm.squareRoot()
    return norm > options.maximumGradientNorm ? Float(options.maximumGradientNorm / norm) : 1
  }
}

extension ParameterGradient {
  /// Returns the sum of the squares of all elements.
  ///
  /// - Parameter count: The number of elements of the parameter if its update covers all rows; the
  ///   sum then has the same bits as for a gradient with zeros in place of missing rows. Nil if the
  ///   update covers only the rows of the gradient.
  func squaredNorm(ofAll count: Int?) -> Double {
    switch self {
    case .none: 0
    case .dense(let values): ck_dot(values.pointer, values.pointer, values.count)
    case .rows(let rows):
      if let count {
        rows.squaredNorm(ofAll: count)
      } else {
        ck_dot(rows.values.pointer, rows.values.pointer, rows.values.count)
      }
    }
  }
}

extension RowGradient {
  /// Sums like `ck_dot` over all rows: in blocks of 1024 elements, skipping blocks of zeros.
  fileprivate func squaredNorm(ofAll count: Int) -> Double {
    let (columns, blockSize) = (values.columnCount, 1024)
    var sum = 0.0
    var current = 0
    var block = [Float](repeating: 0, count: blockSize)
    for (position, index) in indices.enumerated() {
      var element = Int(index) * columns
      let end = element + columns
      while element < end {
        if element / blockSize != current {
          sum += ck_dot(block, block, min(blockSize, count - current * blockSize))
          current = element / blockSize
          for i in 0..<blockSize { block[i] = 0 }
        }
        let start = current * blockSize
        for at in element..<min(end, start + blockSize) {
          block[at - start] = values.pointer[(position - Int(index)) * columns + at]
        }
        element = min(end, start + blockSize)
      }
    }
    return sum + ck_dot(block, block, min(blockSize, count - current * blockSize))
  }
}
