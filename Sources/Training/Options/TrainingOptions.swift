import Configuration
import Ranking
import TensorCore

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
/// The training settings, shared by all models so that all are trained alike.
public struct TrainingOptions: HyperparameterSet {
  public var updates = UpdateOptions()
  /// See ``GroupOptions``.
  @Setting(
    "Settings of the optimizer for some of the model's parameter groups.", isLeftOutAtDefault: true)
  public var groups = GroupOptions()
  /// The Euclidean norm, of all parameters together.
  @Setting("The largest norm of the whole gradient; 0 for no bound.", in: 0...1e6)
  public var maximumGradientNorm = 0.0

  /// See ``LearningRateSchedule``.
  @Setting("How the learning rate changes.")
  public var schedule = LearningRateShape.constant
  @Setting("Number of linear warm-up steps.", in: 0...100_000_000)
  public var warmUpSteps = 0
  /// In the `step` and `exponential` schedules.
  @Setting("The factor of decaying schedules.", in: 1e-6...1)
  public var decayFactor = 0.5
  /// In the `step` schedule.
  @Setting("Epochs between two decays.", in: 1...100_000)
  public var decayEpochs = 5

  /// Applies to training and to every evaluation of the run's weights; everything else is in 32
  /// bits.
  @Setting(
    "What operands of affine maps' matrix products are rounded to; bf16 needs oneDNN.",
    isLeftOutAtDefault: true)
  public var precision = MatrixPrecision.fp32

  /// Which rows depends on their numbers alone, not on the seed; `KeptRows` has the rule.
  @Setting(
    "The share of the training rows to train on.", in: 1e-6...1, isLeftOutAtDefault: true)
  public var trainingShare = 1.0
  /// By the paths of scenarios, such as `north/airport`, or of nodes above them, such as `north`.
  @Setting(
    "By scenario, the share of its training rows to train on.", each: 1e-6...1,
    isLeftOutAtDefault: true)
  public var scenarioShares: [String: Double] = [:]

  /// The last batch of an epoch may be shorter.
  @Setting("Rows per step.", in: 1...10_000_000)
  public var batchSize = 1024
  @Setting("Rows per pass without training.", in: 1...10_000_000)
  public var evaluationBatchSize = 4096
  @Setting("Maximum number of epochs.", in: 1...100_000)
  public var epochs = 10
  /// On the validation split, evenly spaced.
  @Setting("Evaluations per epoch, the last at its end.", in: 1...10_000)
  public var evaluationsPerEpoch = 1
  /// Consecutive evaluations.
  @Setting(
    "Evaluations without improvement after which training stops; 0 for never.", in: 0...100_000)
  public var patience = 2
  /// A ``MetricName``.
  @Setting("The validation metric used for early stopping and for choosing weights.")
  public var monitor = "auc/macro"
  /// `last` needs no validation rows and ignores `patience` and `monitor`.
  @Setting(
    "Whether the best weights by monitor are kept, or those after a fixed number of epochs.",
    isLeftOutAtDefault: true)
  public var keptWeights = KeptWeights.best

  /// See ``LossReduction``.
  @Setting("How losses of rows are reduced to one number.")
  public var lossReduction = LossReduction.row
  /// In the problem's order.
  @Setting("A factor for every task's loss; empty for ones.", each: 0...1e6)
  public var taskWeights: [Double] = []
  /// See ``LossBalancer``.
  @Setting("The method that balances losses (aesm2 balancers).", isLeftOutAtDefault: true)
  public var balancing = BalancingMethod.standard
  @Setting("Between which objectives losses are balanced.", isLeftOutAtDefault: true)
  public var balanceAxis = BalanceAxis.tasks
  /// See ``BalancedParameters``.
  @Setting("The parameters whose gradients are balanced.", isLeftOutAtDefault: true)
  public var balancedParameters = BalancedParameters.dense

  /// See ``FixedSeeds``.
  @Setting("Seeds of some sources of chance instead of the run's.", isLeftOutAtDefault: true)
  public var fixedSeeds = FixedSeeds()

  public init() {}

  /// Rejects unknown metrics and task weights that are all zero.
  ///
  /// - Throws: ``Diagnostic``.
  public func validate() throws {
    try locating("monitor") { try MetricName(monitor).checkOrdered() }
    if !taskWeights.isEmpty, taskWeights.allSatisfy({ $0 == 0 }) {
      throw Diagnostic("taskWeights are all 0, so nothing would be trained")
    }
  }
}

extension MatrixPrecision: ConfigurationChoice {}

extension TrainingOptions {
  /// Checks that this process supports the precision that a run requires.
  ///
  /// - Parameter configuration: The settings of the trainer.
  /// - Throws: ``Diagnostic`` with what is missing.
  public static func checkPrecision(_ configuration: [String: ConfigurationValue]) throws {
    let precision = configuration["precision"].flatMap(MatrixPrecision.init(configuration:))
    do {
      try precision?.checkAvailable()
    } catch {
      throw Diagnostic(error.description)
    }
  }
}

/// The weights with which training ends.
public enum KeptWeights: String, ConfigurationChoice {
  /// The weights with the best value of the monitored metric on the validation split, which also
  /// controls early stopping.
  case best
  /// The weights after the last epoch; all epochs are run, and validation has no influence.
  case last
}
