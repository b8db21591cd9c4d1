import Ranking
import TensorCore

/// How weights are fitted: the settings that all models share, so that all are trained alike.
public struct TrainingOptions: HyperparameterSet {
  /// The update rule; see ``Optimizer``.
  public var optimizer = OptimizerKind.adam
  /// The step size at the top of the schedule.
  public var learningRate = 1e-3
  /// The factor of the velocity of `sgd`; 0 for plain gradient descent.
  public var momentum = 0.9
  /// The decay of the first moment of `adam` and `adamw`.
  public var beta1 = 0.9
  /// The decay of the second moment of `adam` and `adamw`.
  public var beta2 = 0.999
  /// What is added to the root in the denominator of `adam`, `adamw` and `adagrad`.
  public var epsilon = 1e-8
  /// Weight decay of all parameters that decay, but embedding tables; see ``Optimizer``.
  public var weightDecay = 0.0
  /// Weight decay of embedding tables.
  public var embeddingWeightDecay = 0.0
  /// How embedding tables are updated.
  public var embeddingUpdates = EmbeddingUpdates.lazy
  /// The largest Euclidean norm of the gradient of all parameters together; 0 for no bound.
  public var maximumGradientNorm = 0.0

  /// How the learning rate changes; see ``LearningRateSchedule``.
  public var schedule = LearningRateShape.constant
  /// Steps over which the learning rate rises linearly at the start.
  public var warmUpSteps = 0
  /// The factor of the `step` and `exponential` schedules.
  public var decayFactor = 0.5
  /// The epochs between two factors of the `step` schedule.
  public var decayEpochs = 5

  /// What the operands of affine maps' matrix products are rounded to; see ``MatrixPrecision``.
  ///
  /// Both in training and wherever the run's weights are evaluated. All else is in 32 bits.
  public var precision = MatrixPrecision.fp32

  /// Rows per optimizer step; the last batch of an epoch may be shorter.
  public var batchSize = 1024
  /// Rows per pass where nothing is trained.
  public var evaluationBatchSize = 4096
  /// The most passes over the training rows.
  public var epochs = 10
  /// Evaluations on the validation split per epoch, at even distances, the last at its end.
  public var evaluationsPerEpoch = 1
  /// Evaluations in a row without improvement after which training stops; 0 for never.
  public var patience = 2
  /// The validation metric that stops training and chooses the best weights: a ``MetricName``.
  public var monitor = "auc/macro"
  /// Which weights of a run are kept; `last` needs no validation rows and ignores `patience` and
  /// `monitor`.
  public var keptWeights = KeptWeights.best

  /// How the losses of rows become one number; see ``LossReduction``.
  public var lossReduction = LossReduction.row
  /// A factor for the loss of every task, in the problem's order; empty for ones.
  public var taskWeights: [Double] = []

  /// Creates the defaults.
  public init() {}

  /// The settings, in the order in which they are shown.
  public static let definitions: [HyperparameterDefinition<Self>] = [
    .init("optimizer", \.optimizer, "The update rule."),
    .init(
      "learningRate", \.learningRate, "The step size at the top of the schedule.", in: 1e-8...100,
      search: .logUniform(3e-4...3e-2)),
    .init("momentum", \.momentum, "The factor of sgd's velocity.", in: 0...0.9999),
    .init("beta1", \.beta1, "The decay of Adam's first moment.", in: 0...0.9999),
    .init("beta2", \.beta2, "The decay of Adam's second moment.", in: 0...0.999999),
    .init("epsilon", \.epsilon, "What is added to the root in denominators.", in: 1e-16...1),
    .init(
      "weightDecay", \.weightDecay, "Weight decay of all parameters but embedding tables.",
      in: 0...10, search: .choice([0, 1e-6, 1e-5, 1e-4])),
    .init(
      "embeddingWeightDecay", \.embeddingWeightDecay, "Weight decay of embedding tables.",
      in: 0...10, search: .choice([0, 1e-6, 1e-5, 1e-4])),
    .init(
      "embeddingUpdates", \.embeddingUpdates,
      "Whether a step changes only the table rows in its batch, or all as the dense rule says."),
    .init(
      "maximumGradientNorm", \.maximumGradientNorm,
      "The largest norm of the whole gradient; 0 for no bound.", in: 0...1e6),
    .init("schedule", \.schedule, "How the learning rate changes."),
    .init(
      "warmUpSteps", \.warmUpSteps, "Steps of linear rise at the start.", in: 0...100_000_000),
    .init("decayFactor", \.decayFactor, "The factor of decaying schedules.", in: 1e-6...1),
    .init("decayEpochs", \.decayEpochs, "Epochs between two factors.", in: 1...100_000),
    HyperparameterDefinition(
      "precision", \.precision,
      "What operands of affine maps' matrix products are rounded to; bf16 needs oneDNN."
    ).leftOutAtDefault(),
    .init("batchSize", \.batchSize, "Rows per step.", in: 1...10_000_000),
    .init(
      "evaluationBatchSize", \.evaluationBatchSize, "Rows per pass without training.",
      in: 1...10_000_000),
    .init("epochs", \.epochs, "The most passes over the training rows.", in: 1...100_000),
    .init(
      "evaluationsPerEpoch", \.evaluationsPerEpoch, "Evaluations per epoch, the last at its end.",
      in: 1...10_000),
    .init(
      "patience", \.patience,
      "Evaluations without improvement after which training stops; 0 for never.", in: 0...100_000),
    .init("monitor", \.monitor, "The validation metric that stops training and chooses weights."),
    HyperparameterDefinition(
      "keptWeights", \.keptWeights,
      "Whether the best weights by monitor are kept, or those after a fixed number of epochs."
    ).leftOutAtDefault(),
    .init("lossReduction", \.lossReduction, "How the losses of rows become one number."),
    .init(
      "taskWeights", \.taskWeights, "A factor for every task's loss; empty for ones.",
      each: 0...1e6),
  ]

  /// Refuses unknown metrics, and task weights that are all zero.
  ///
  /// - Throws: ``ConfigurationError``.
  public func validate() throws {
    do {
      try MetricName(monitor).checkOrdered()
    } catch let error as ConfigurationError {
      throw error.at("monitor")
    }
    if !taskWeights.isEmpty, taskWeights.allSatisfy({ $0 == 0 }) {
      throw ConfigurationError("taskWeights are all 0, so nothing would be trained")
    }
  }
}

extension MatrixPrecision: ConfigurationChoice {}

extension TrainingOptions {
  /// Checks that this process can compute with the precision that a run asks for.
  ///
  /// - Parameter configuration: The settings of the trainer.
  /// - Throws: ``ConfigurationError``, which says what is missing.
  public static func checkPrecision(_ configuration: [String: ConfigurationValue]) throws {
    let precision = configuration["precision"].flatMap(MatrixPrecision.init(configuration:))
    do {
      try precision?.checkAvailable()
    } catch {
      throw ConfigurationError(error.description)
    }
  }
}

/// Which weights training ends with.
public enum KeptWeights: String, ConfigurationChoice {
  /// Those with the best monitored metric on the validation split, which also stops training.
  case best
  /// Those after the last epoch: all epochs are done, and validation decides nothing.
  case last
}

/// How embedding tables are updated; ``Optimizer`` has the exact rules.
public enum EmbeddingUpdates: String, ConfigurationChoice {
  /// A step changes the rows that occur in its batch, and their optimizer state, and no others.
  case lazy
  /// A step changes all rows, as if the gradient of the others were given as zeros.
  case denseExact
}
