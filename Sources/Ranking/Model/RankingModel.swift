import Configuration
import TensorCore

/// A model that predicts every task of a problem for rows of any scenario.
///
/// An author writes the settings, the construction and the forward pass; the rest (gradients,
/// optimization, stopping, metrics, checkpoints, sweeps, tables) is common to all models.
public protocol RankingModel: AnyObject, SendableMetatype {
  /// The settings of the model.
  associatedtype Hyperparameters: HyperparameterSet

  /// The description of the model: name, source, deviations.
  static var card: MethodCard { get }

  /// Creates the model with fresh weights.
  ///
  /// - Parameters:
  ///   - hyperparameters: Valid settings.
  ///   - problem: The features, scenarios and tasks.
  ///   - scope: The scope in which parameters are created.
  /// - Throws: ``Diagnostic`` if the settings do not suit the problem.
  init(_ hyperparameters: Hyperparameters, problem: Problem, scope: ParameterScope) throws

  /// Predicts the rows of a batch.
  func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Predictions

  /// The phases of training; by default a single phase with all parameters and rows.
  var phases: TrainingPhases { get }

  /// Sentences for the run record, for example that a mechanism is switched off because there are
  /// too few scenarios.
  var notes: [String] { get }
}

extension RankingModel {
  /// One phase.
  public var phases: TrainingPhases { .single }

  /// No sentences.
  public var notes: [String] { [] }
}

/// The output of a model for a batch.
public struct Predictions {
  /// An additional term of the loss.
  public struct AuxiliaryLoss {
    /// The name shown in curves.
    public let name: String
    /// The factor in the total loss.
    public let weight: Double
    /// The unweighted term: a scalar.
    public let value: Variable

    /// Creates a term.
    public init(name: String, weight: Double, value: Variable) {
      self.name = name
      self.weight = weight
      self.value = value
    }
  }

  /// An additional term of the loss that depends on labels, described by quantities that a model
  /// can compute.
  ///
  /// It concerns a task that follows another, on the rows where the followed task happened, or any
  /// task on all rows. With o and y the labels of the followed task (o = 1 without one) and of the
  /// task, l the cross-entropy of σ(``logits``) and y, u the ``rowWeights``, ê the
  /// ``imputedErrors`` and c the factor that the loss reduction, task weights and row weights give
  /// the cross-entropy of the task in row i (0 where the task is undefined), the trainer computes
  ///
  ///     Σ_i c_i o_i u_i l_i                                          without imputed errors
  ///     Σ_i c_i (ê_i + o_i u_i (l_i - ê_i) + o_i u_i (l_i - ê_i)²)   with them
  public struct ConditionalLoss {
    /// The name shown in curves.
    public let name: String
    /// The factor in the total loss.
    public let weight: Double
    /// The index of the task in the problem.
    public let task: Int
    /// The index of the task that it follows; nil for all rows.
    public let followed: Int?
    /// The log-odds of the task given that the followed one happened: `[rowCount, 1]`.
    public let logits: Variable
    /// The weights of the rows concerned, without gradient: `[rowCount, 1]`.
    public let rowWeights: Tensor
    /// The model's estimate of the cross-entropy of every row: `[rowCount, 1]`.
    public let imputedErrors: Variable?

    /// Creates a term.
    public init(
      name: String, weight: Double, task: Int, followed: Int?, logits: Variable, rowWeights: Tensor,
      imputedErrors: Variable? = nil
    ) {
      self.name = name
      self.weight = weight
      self.task = task
      self.followed = followed
      self.logits = logits
      self.rowWeights = rowWeights
      self.imputedErrors = imputedErrors
    }

    /// Returns the term with its rows in another order.
    func reordered(_ order: (Variable) -> Variable) -> ConditionalLoss {
      ConditionalLoss(
        name: name, weight: weight, task: task, followed: followed, logits: order(logits),
        rowWeights: order(Variable(rowWeights)).value, imputedErrors: imputedErrors.map(order))
    }
  }

  /// The log-odds of every task: `[rowCount, tasks]`.
  public let logits: Variable

  /// Additional terms of the loss.
  public let auxiliaryLosses: [AuxiliaryLoss]

  /// Additional terms that the trainer computes from labels.
  public let conditionalLosses: [ConditionalLoss]

  /// Creates predictions.
  public init(
    logits: Variable, auxiliaryLosses: [AuxiliaryLoss] = [],
    conditionalLosses: [ConditionalLoss] = []
  ) {
    self.logits = logits
    self.auxiliaryLosses = auxiliaryLosses
    self.conditionalLosses = conditionalLosses
  }

  /// Returns the predictions with more terms of the loss.
  public func adding(_ losses: [AuxiliaryLoss]) -> Predictions {
    Predictions(
      logits: logits, auxiliaryLosses: losses + auxiliaryLosses,
      conditionalLosses: conditionalLosses)
  }
}

/// The description of a method, for listings and table footnotes.
public struct MethodCard: Sendable, Equatable {
  /// The name in specs and on command lines, in kebab case.
  public let id: String
  /// The name in tables.
  public let title: String
  /// The publication.
  public let paper: String
  /// Every deviation of the implementation from the publication, one sentence each.
  public let deviations: [String]

  /// Creates a card.
  public init(id: String, title: String, paper: String, deviations: [String] = []) {
    self.id = id
    self.title = title
    self.paper = paper
    self.deviations = deviations
  }
}
