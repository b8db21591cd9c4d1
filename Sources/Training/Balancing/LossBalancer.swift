import Configuration
import Ranking
import TensorCore

/// A method that combines the losses of several objectives into one step.
///
/// The trainer forms one loss per objective (see ``Objectives``). A balancer says how they make up the
/// loss that is minimized or, where it declares ``usesGradients``, with which weights the gradients of
/// the objectives make up the direction of the step. Its own parameters, created in the scope that it
/// is given, are trained beside those of the model by the same optimizer, without decay and clipping;
/// parameters and buffers are part of every checkpoint.
///
/// To add one: a file with the type, and a line in ``balancerCatalog``.
public protocol LossBalancer: AnyObject, ConfigurableMethod {
  /// Whether the step is that of the plain sum of losses, so that no balancer has to run.
  static var isPlainSum: Bool { get }

  /// Whether ``weights(of:losses:in:)`` decides the step, for which the trainer runs a backward pass
  /// per objective.
  static var usesGradients: Bool { get }

  /// Creates the balancer at the start of a run.
  ///
  /// - Throws: ``Diagnostic`` where the settings do not suit the objectives.
  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) throws

  /// Returns the scalar that is minimized; the plain sum unless the balancer says otherwise.
  ///
  /// Called where ``usesGradients`` is false. Objectives whose share is 0 have no row in the batch: they
  /// must not matter.
  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable

  /// Returns the weight of every objective's gradient in the step; ones unless the balancer says
  /// otherwise.
  ///
  /// Called where ``usesGradients`` is true. The weights apply to the parameters that at least two
  /// objectives reach; others get the gradient of their objective as it is.
  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double]
}

extension LossBalancer {
  /// False.
  public static var isPlainSum: Bool { false }

  /// False: losses are enough.
  public static var usesGradients: Bool { false }

  /// The plain sum.
  public func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable {
    losses.plainSum
  }

  /// Ones.
  public func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double] {
    losses.shares.map { _ in 1 }
  }
}

/// What losses are balanced between.
public enum BalanceAxis: String, ConfigurationChoice {
  /// One objective per task.
  case tasks
  /// One objective per leaf scenario, all its tasks together.
  case scenarios
  /// One objective per task and leaf scenario.
  case cells
}

/// The objectives of a run, in the order of their losses.
public struct Objectives: Sendable, Equatable {
  /// What the objectives are.
  public let axis: BalanceAxis

  /// Their names: a task, a leaf scenario, or `task/scenario`, cells in the order of tasks.
  public let names: [String]

  private let taskCount: Int
  private let leafCount: Int

  /// Creates the objectives of a problem.
  public init(_ axis: BalanceAxis, of problem: Problem) {
    self.axis = axis
    taskCount = problem.tasks.count
    leafCount = problem.scenarios.leafCount
    let (tasks, leaves) = (problem.tasks.map(\.name), problem.scenarios.leafNames)
    names =
      switch axis {
      case .tasks: tasks
      case .scenarios: leaves
      case .cells: tasks.flatMap { task in leaves.map { "\(task)/\($0)" } }
      }
  }

  /// The number of objectives.
  public var count: Int { names.count }

  /// Returns the objective of every element of a batch's log-odds: `[rows · tasks]`.
  ///
  /// - Parameter leaves: The leaf scenario of every row.
  public func indices(leaves: [Int32]) -> [Int32] {
    leaves.flatMap { leaf in
      (0..<taskCount).map { task in
        switch axis {
        case .tasks: Int32(task)
        case .scenarios: leaf
        case .cells: Int32(task * leafCount) + leaf
        }
      }
    }
  }
}

/// The losses of a batch's objectives.
///
/// With c_e the factor of element e of the cross-entropies l_e that the loss reduction and the weights of
/// tasks and rows give (``LossReduction``), and a_o = Σ_{e in o} c_e the objective's share,
///
///     L_o = Σ_{e in o} c_e l_e / a_o,   plain sum = Σ_o a_o L_o = Σ_e c_e l_e
///
/// so that every L_o is a weighted mean of cross-entropies, and the plain sum is the loss of a run
/// without a balancer.
public struct ObjectiveLosses {
  /// L: `[objectives]`; 0 for an objective that has no row in the batch.
  public let values: Variable

  /// a: 0 for an objective that has no row in the batch.
  public let shares: [Float]

  /// The plain sum, a scalar.
  public var plainSum: Variable {
    values.weightedSum(Tensor(shares, shape: [shares.count]))
  }

  /// Creates losses.
  ///
  /// - Precondition: as many shares as `values` has elements.
  public init(values: Variable, shares: [Float]) {
    precondition(values.shape == [shares.count], "\(shares.count) shares for \(values.shape)")
    self.values = values
    self.shares = shares
  }
}

/// The gradients of every objective's part of the plain sum, a_o L_o, with respect to the parameters
/// that at least two objectives reach in a batch: whose gradient is not zero for two or more.
public struct ObjectiveGradients {
  /// Their inner products: `[objectives][objectives]`, summed over all shared parameters in `Double`.
  ///
  /// All that most methods need: with weights c, ‖Σ_o c_o g_o‖² = cᵀ · products · c.
  public let products: [[Double]]

  private let parts: [Gradients]
  private let shared: Set<ObjectIdentifier>

  /// - Parameters:
  ///   - parts: The gradients of every objective.
  ///   - parameters: Those of the model.
  init(_ parts: [Gradients], of parameters: [Parameter]) {
    self.parts = parts
    var shared: Set<ObjectIdentifier> = []
    var products = parts.map { _ in [Double](repeating: 0, count: parts.count) }
    for parameter in parameters {
      let gradients = parts.map { $0[parameter] }
      let squares = gradients.map { $0.dot($0) }
      let reaching = parts.indices.filter { squares[$0] != 0 }
      guard reaching.count > 1 else { continue }
      shared.insert(ObjectIdentifier(parameter))
      for i in reaching {
        products[i][i] += squares[i]
        for j in reaching where j < i { products[i][j] += gradients[i].dot(gradients[j]) }
      }
    }
    for i in parts.indices {
      for j in 0..<i { products[j][i] = products[i][j] }
    }
    self.products = products
    self.shared = shared
  }

  /// Adds to every parameter Σ_o weights_o g_o where it is shared, and the gradient of its only
  /// objective elsewhere.
  func accumulate(weights: [Double], into parameters: [Parameter]) {
    for parameter in parameters {
      let isShared = shared.contains(ObjectIdentifier(parameter))
      for (part, weight) in zip(parts, weights) {
        let gradient = part[parameter]
        parameter.accumulate(isShared ? gradient.scaled(by: Float(weight)) : gradient)
      }
    }
  }
}
