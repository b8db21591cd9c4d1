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
    /// Whether the term of a batch is the mean of the terms of its parts, weighted by their numbers
    /// of rows.
    ///
    /// This holds for means over rows and for functions of parameters alone. A model with other
    /// terms, such as the variance of a mean over rows, cannot be trained by several ranks.
    public let isMeanOverRows: Bool

    /// Creates a term.
    public init(name: String, weight: Double, value: Variable, isMeanOverRows: Bool = true) {
      self.name = name
      self.weight = weight
      self.value = value
      self.isMeanOverRows = isMeanOverRows
    }

    /// Returns the term of a part of a batch as a summand of the term of the batch.
    package func scaled(by share: Double) -> AuxiliaryLoss {
      AuxiliaryLoss(
        name: name, weight: weight, value: value.scaled(by: Float(share)),
        isMeanOverRows: isMeanOverRows)
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
  ///
  /// A ``counterfactual`` adds terms on the rows where the followed task did not happen.
  public struct ConditionalLoss {
    /// The opposite of a conditional probability, which learns on the rows where the followed task
    /// did not happen.
    ///
    /// With l* the cross-entropy of σ(``logits``) and 1 - y, u* the ``rowWeights``, λ the
    /// ``constraintWeight`` and z the log-odds of the loss that it belongs to, it adds
    ///
    ///     Σ_i c_i ((1 - o_i) u*_i l*_i + λ |1 - σ(z_i) - σ(z*_i)|)
    public struct Counterfactual {
      /// z*: the log-odds that the task would not have happened: `[rowCount, 1]`.
      public let logits: Variable
      /// The weights of rows where the followed task did not happen, without gradient:
      /// `[rowCount, 1]`.
      public let rowWeights: Tensor
      /// λ: the factor of the distance of both probabilities from a sum of one.
      public let constraintWeight: Double

      /// Creates the counterfactual of a conditional probability.
      public init(logits: Variable, rowWeights: Tensor, constraintWeight: Double) {
        self.logits = logits
        self.rowWeights = rowWeights
        self.constraintWeight = constraintWeight
      }
    }

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
    /// What is learned where the followed task did not happen.
    public let counterfactual: Counterfactual?

    /// Creates a term.
    public init(
      name: String, weight: Double, task: Int, followed: Int?, logits: Variable, rowWeights: Tensor,
      imputedErrors: Variable? = nil, counterfactual: Counterfactual? = nil
    ) {
      self.name = name
      self.weight = weight
      self.task = task
      self.followed = followed
      self.logits = logits
      self.rowWeights = rowWeights
      self.imputedErrors = imputedErrors
      self.counterfactual = counterfactual
    }

    /// Returns the term with its rows in another order.
    func reordered(_ order: (Variable) -> Variable) -> ConditionalLoss {
      func ordered(_ weights: Tensor) -> Tensor { order(Variable(weights)).value }
      return ConditionalLoss(
        name: name, weight: weight, task: task, followed: followed, logits: order(logits),
        rowWeights: ordered(rowWeights), imputedErrors: imputedErrors.map(order),
        counterfactual: counterfactual.map {
          Counterfactual(
            logits: order($0.logits), rowWeights: ordered($0.rowWeights),
            constraintWeight: $0.constraintWeight)
        })
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
  /// What listings put under one heading; empty for none.
  public let group: String
  /// The publication.
  public let paper: String
  /// Every deviation of the implementation from the publication, one sentence each.
  public let deviations: [String]

  /// Creates a card.
  public init(
    id: String, title: String, group: String = "", paper: String, deviations: [String] = []
  ) {
    self.id = id
    self.title = title
    self.group = group
    self.paper = paper
    self.deviations = deviations
  }
}
