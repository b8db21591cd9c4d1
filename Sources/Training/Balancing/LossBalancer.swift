import Configuration
import Ranking
import TensorCore

/// A method that combines the losses of several objectives into one step.
///
/// The trainer computes one loss per objective (see ``Objectives``). A balancer combines these into
/// the loss to minimize or, if it declares ``usesGradients``, sets the weights with which the
/// gradients of the objectives are combined into the direction of the step. Its own parameters,
/// created in the scope it is given, are trained alongside those of the model by the same
/// optimizer, without decay or clipping; its parameters and buffers are part of every checkpoint.
///
/// To add a balancer, write a file with its type and add a line to ``balancerCatalog``.
public protocol LossBalancer: AnyObject, ConfigurableMethod {
  /// Whether the step is the same as for the plain sum of losses, so that no balancer has to run.
  static var isPlainSum: Bool { get }

  /// Whether ``weights(of:losses:in:)`` determines the step; if so, the trainer runs one backward
  /// pass per objective.
  static var usesGradients: Bool { get }

  /// Whether ``learn(from:after:shares:)`` is to be called; if so, the trainer runs one more forward
  /// pass per step.
  static var usesLossesAfterStep: Bool { get }

  /// Whether the balancer keeps a number for every objective and element of balanced parameters; if so,
  /// ``prepare(for:)`` is called, and the estimate of memory includes them.
  static var keepsNumbersOfElements: Bool { get }

  /// Creates the balancer at the start of a run.
  ///
  /// - Throws: ``Diagnostic`` if the settings do not suit the objectives.
  init(_ hyperparameters: Hyperparameters, objectives: Objectives, scope: ParameterScope) throws

  /// Creates the state that belongs to elements of parameters, by default none.
  ///
  /// Called once, before the first step or the restoring of a checkpoint, if ``keepsNumbersOfElements``
  /// is true.
  ///
  /// - Parameter parameters: Those that are balanced.
  func prepare(for parameters: [Parameter])

  /// Returns the scalar to minimize, by default the plain sum.
  ///
  /// Called if ``usesGradients`` is false. Objectives whose share is 0 have no row in the batch and
  /// must not affect the result.
  func loss(of losses: ObjectiveLosses, in context: ForwardContext) -> Variable

  /// Returns the weight of every objective's gradient in the step, by default ones.
  ///
  /// Called if ``usesGradients`` is true. The weights apply to parameters reached by at least two
  /// objectives; all others get the unweighted gradient of their objective.
  func weights(
    of gradients: ObjectiveGradients, losses: ObjectiveLosses, in context: ForwardContext
  ) -> [Double]

  /// Learns from the losses of a batch before and after its step, by default nothing.
  ///
  /// - Parameters:
  ///   - before: L of every objective before the step.
  ///   - after: L of the same rows after it, with the same dropout.
  ///   - shares: a of every objective; 0 for one without a row.
  func learn(from before: [Float], after: [Float], shares: [Float])
}

extension LossBalancer {
  /// False.
  public static var isPlainSum: Bool { false }

  /// False: the balancer needs only losses.
  public static var usesGradients: Bool { false }

  /// False.
  public static var usesLossesAfterStep: Bool { false }

  /// False: state is per objective.
  public static var keepsNumbersOfElements: Bool { false }

  /// Nothing.
  public func prepare(for parameters: [Parameter]) {}

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

  /// Nothing.
  public func learn(from before: [Float], after: [Float], shares: [Float]) {}
}

/// The parameters whose gradients a balancer of gradients compares and weights, among those that at
/// least two objectives reach in the batch; all others get the plain sum.
public enum BalancedParameters: String, ConfigurationChoice {
  /// All but embedding tables, whose gradients are sparse and would dominate lengths.
  case dense
  /// All.
  case all

  /// Whether a parameter is balanced.
  func include(isTable: Bool) -> Bool { self == .all || !isTable }
}

/// The objectives between which losses are balanced.
public enum BalanceAxis: String, ConfigurationChoice {
  /// One objective per task.
  case tasks
  /// One objective per leaf scenario, with all its tasks together.
  case scenarios
  /// One objective per task and leaf scenario.
  case cells
}

/// The objectives of a run, in the order of their losses.
public struct Objectives: Sendable, Equatable {
  /// The kind of objectives.
  public let axis: BalanceAxis

  /// The names of the objectives: a task, a leaf scenario or `task/scenario`, with cells in task
  /// order.
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
/// With c_e the factor that the loss reduction and the task and row weights give the cross-entropy
/// l_e of element e (``LossReduction``), and a_o = Σ_{e in o} c_e the objective's share,
///
///     L_o = Σ_{e in o} c_e l_e / a_o,   plain sum = Σ_o a_o L_o = Σ_e c_e l_e
///
/// Every L_o is thus a weighted mean of cross-entropies, and the plain sum is the loss of a run
/// without a balancer.
public struct ObjectiveLosses {
  /// L: `[objectives]`, 0 for an objective without a row in the batch.
  public let values: Variable

  /// a: `[objectives]`, 0 for an objective without a row in the batch.
  public let shares: [Float]

  /// The plain sum, a scalar.
  public var plainSum: Variable {
    values.weightedSum(Tensor(shares, shape: [shares.count]))
  }

  /// Creates losses.
  ///
  /// - Precondition: `shares` has one element for each element of `values`.
  public init(values: Variable, shares: [Float]) {
    precondition(values.shape == [shares.count], "\(shares.count) shares for \(values.shape)")
    self.values = values
    self.shares = shares
  }
}

/// The gradients of every objective's part of the plain sum, a_o L_o, with respect to the shared
/// parameters of a batch, which have a nonzero gradient for at least two objectives.
public struct ObjectiveGradients {
  /// The inner products of the gradients: `[objectives][objectives]`, summed over all shared
  /// parameters in `Double`.
  ///
  /// Most methods need nothing else: with weights c, ‖Σ_o c_o g_o‖² = cᵀ · products · c.
  public let products: [[Double]]

  /// The shared parameters, in the order of their creation.
  public let sharedParameters: [Parameter]

  private let parts: [Gradients]

  /// - Parameters:
  ///   - parts: The gradients of every objective.
  ///   - parameters: The parameters that are balanced.
  init(_ parts: [Gradients], of parameters: [Parameter]) {
    self.parts = parts
    var shared: [Parameter] = []
    var products = parts.map { _ in [Double](repeating: 0, count: parts.count) }
    for parameter in parameters {
      let gradients = parts.map { $0[parameter] }
      let squares = gradients.map { $0.dot($0) }
      let reaching = parts.indices.filter { squares[$0] != 0 }
      guard reaching.count > 1 else { continue }
      shared.append(parameter)
      for i in reaching {
        products[i][i] += squares[i]
        for j in reaching where j < i { products[i][j] += gradients[i].dot(gradients[j]) }
      }
    }
    for i in parts.indices {
      for j in 0..<i { products[j][i] = products[i][j] }
    }
    self.products = products
    sharedParameters = shared
  }

  /// Returns the gradient of an objective's part with respect to a parameter.
  ///
  /// - Precondition: `objective` is the number of an objective.
  public func gradient(
    of objective: Int, withRespectTo parameter: Parameter
  ) -> ParameterGradient {
    parts[objective][parameter]
  }

  /// Adds Σ_o weights_o g_o to every shared parameter, and the gradient of its only objective to
  /// every other one.
  func accumulate(weights: [Double], into parameters: [Parameter]) {
    let shared = Set(sharedParameters.map(ObjectIdentifier.init))
    for parameter in parameters {
      let isShared = shared.contains(ObjectIdentifier(parameter))
      for (part, weight) in zip(parts, weights) {
        let gradient = part[parameter]
        parameter.accumulate(isShared ? gradient.scaled(by: Float(weight)) : gradient)
      }
    }
  }
}
