import Configuration
import Layers
import TensorCore

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The settings of the task towers, shared by all models.
public struct TowerHyperparameters: HyperparameterSet {
  @Setting("Sizes of the hidden layers of each tower.", each: 1...8192)
  public var towerSizes = [64]
  @Setting("Activation of all hidden layers.")
  public var activation = Activation.relu
  @Setting(
    "Share of elements zeroed in training after every hidden layer.", in: 0...0.95,
    search: .choice([0.0, 0.1, 0.2, 0.3]))
  public var dropout = 0.0
  @Setting("Whether towers and shared layers have batch normalization before the activation.")
  public var batchNorm = false
  /// See ``WeightInitialization``.
  @Setting(
    "What the weights of all affine maps are drawn from, those of towers, experts and gates.",
    isLeftOutAtDefault: true)
  public var initialization = WeightInitialization.glorot
  /// See ``PredictionHead``.
  @Setting("What turns the towers into predictions (aesm2 heads).", isLeftOutAtDefault: true)
  public var head = HeadChoice.standard

  public init() {}
}

extension TowerHyperparameters {
  /// Creates a network with the activation, the batch normalization and the dropout of the settings.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of the input.
  ///   - sizes: The sizes of the layers; empty for none.
  ///   - scope: The scope in which the parameters are created.
  public func mlp(inputSize: Int, sizes: [Int], scope: ParameterScope) -> MLP {
    MLP(
      inputSize: inputSize, sizes: sizes, activation: activation, normalizes: batchNorm,
      dropoutRate: dropout, scope: scope)
  }

  /// Creates networks of one shape with the activation, the batch normalization and the dropout of
  /// the settings.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of the input of each network.
  ///   - sizes: The sizes of the layers of each network; empty for none.
  ///   - scopes: The scope of each network.
  public func mlpBank(inputSize: Int, sizes: [Int], scopes: [ParameterScope]) -> MLPBank {
    MLPBank(
      inputSize: inputSize, sizes: sizes, activation: activation, normalizes: batchNorm,
      dropoutRate: dropout, scopes: scopes)
  }

  /// Creates a bank of experts with the activation, the batch normalization, over all rows, and the
  /// dropout of the settings.
  ///
  /// - Parameters:
  ///   - inputSize: The number of columns of the input of each expert.
  ///   - sizes: The sizes of the layers of each expert; empty for none.
  ///   - scopes: The scope of each expert.
  public func expertBank(inputSize: Int, sizes: [Int], scopes: [ParameterScope]) -> ExpertBank {
    ExpertBank(
      inputSize: inputSize, sizes: sizes, activation: activation,
      norm: batchNorm ? .dense : .none, dropoutRate: dropout, scopes: scopes)
  }
}

/// The distribution from which the weights of affine maps `[inputs, outputs]` are drawn.
///
/// It applies to everything that ``/TensorCore/ParameterScope/weight(_:shape:)`` creates, but not to embedding
/// tables, biases, normalizations or parameters for which a layer sets its own distribution.
public enum WeightInitialization: String, ConfigurationChoice {
  /// Uniform with bound sqrt(6 / (inputs + outputs)): Glorot and Bengio, AISTATS 2010.
  case glorot
  /// Orthonormal rows or columns, whichever are fewer: Saxe et al., ICLR 2014, with gain 1.
  case orthogonal

  var initializer: Initializer {
    switch self {
    case .glorot: .xavierUniform
    case .orthogonal: .orthogonal(gain: 1)
    }
  }
}

/// The towers of a model, one per task, or one per task and leaf scenario on the flat axis, and the
/// head that turns them into predictions.
public final class Towers {
  private let banks: [TowerBank]
  private let head: any PredictionHead

  /// Creates the towers.
  ///
  /// - Parameters:
  ///   - hyperparameters: The settings of the towers.
  ///   - inputSize: The number of columns of each tower's input.
  ///   - axis: Whether each scenario has its own towers.
  ///   - problem: The problem, which names the tasks and scenarios.
  ///   - scope: The scope in which the parameters are created.
  /// - Throws: ``Diagnostic`` if the head does not suit the tasks.
  public init(
    _ hyperparameters: TowerHyperparameters, inputSize: Int, axis: ScenarioAxis, problem: Problem,
    scope: ParameterScope
  ) throws {
    let scopes = problem.tasks.map { task in
      ScenarioParts.scopes(scope[task.name], axis: axis, leafCount: problem.scenarios.leafCount)
    }
    banks = scopes.map { scopes in
      TowerBank(
        inputSize: inputSize, sizes: hyperparameters.towerSizes,
        activation: hyperparameters.activation, normalizes: hyperparameters.batchNorm,
        dropoutRate: hyperparameters.dropout, scopes: scopes)
    }
    head = try hyperparameters.head.head(
      on: TowerLayout(
        tasks: problem.tasks, representationSize: banks.first?.representationSize ?? inputSize,
        settings: hyperparameters, scopes: scopes))
  }

  /// Predicts the rows of a batch, in the order of the batch.
  ///
  /// - x: `[rows, inputSize]`, rows ordered by part, read by the towers of every task.
  public func callAsFunction(
    _ x: Variable, parts: ScenarioParts, in context: ForwardContext,
    adding term: TowerOutputs.Term? = nil
  ) -> Predictions { self(banks.map { _ in x }, parts: parts, in: context, adding: term) }

  /// Predicts the rows of a batch, in the order of the batch.
  ///
  /// A term that a paper adds to the log-odds comes in by `term`, before the head, which so sees
  /// the sum as the log-odds of the tower:
  ///
  /// ```swift
  /// towers(hidden, parts: parts, in: context) { task, _ in pairwiseTerms[task] }
  /// towers(hidden, parts: parts, in: context) { task, towers in
  ///   followed[task].map { towers.logits(of: $0) }
  /// }
  /// ```
  ///
  /// - inputs: `[rows, inputSize]` for every task, rows ordered by part; the terms are `[rows, 1]`,
  ///   in the same order.
  public func callAsFunction(
    _ inputs: [Variable], parts: ScenarioParts, in context: ForwardContext,
    adding term: TowerOutputs.Term? = nil
  ) -> Predictions {
    let outputs = TowerOutputs(
      banks: banks, inputs: inputs, adding: term, segments: parts.segments, context: context)
    let predictions = head(outputs, in: context)
    return Predictions(
      logits: parts.restored(predictions.logits), auxiliaryLosses: predictions.auxiliaryLosses,
      conditionalLosses: predictions.conditionalLosses.map { $0.reordered(parts.restored) })
  }
}
