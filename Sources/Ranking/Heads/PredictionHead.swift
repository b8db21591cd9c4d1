import Configuration
import Layers
import TensorCore

/// What turns the towers of a model into the log-odds of all tasks.
///
/// A head knows which task follows which (``TaskChains``) and nothing of the trunk below the towers, so
/// every model that has ``Towers`` can have every head. Its parameters, created in the scopes that it is
/// given, are parameters of the model.
///
/// To add one: a file with the type, and a line in ``headCatalog``.
public protocol PredictionHead: AnyObject, ConfigurableMethod {
  /// Creates the head with fresh weights.
  ///
  /// - Throws: ``Diagnostic`` where the settings or the head do not suit the tasks.
  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws

  /// Predicts the rows that the towers have read, in their order.
  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions
}

/// The towers of a model as its head finds them: one for each task.
public struct TowerLayout {
  /// The tasks, in the problem's order.
  public let tasks: [RankingTask]

  /// Which task follows which.
  public let chains: TaskChains

  /// The number of columns of a tower's representation: what its last layer reads.
  public let representationSize: Int

  /// The settings of the towers.
  public let settings: TowerHyperparameters

  private let scopes: [[ParameterScope]]

  init(
    tasks: [RankingTask], representationSize: Int, settings: TowerHyperparameters,
    scopes: [[ParameterScope]]
  ) throws {
    self.tasks = tasks
    chains = try TaskChains(tasks)
    self.representationSize = representationSize
    self.settings = settings
    self.scopes = scopes
  }

  /// Returns where the parameters of a head that belong to a task are created: one scope for each
  /// segment of ``TowerOutputs/segments``.
  ///
  /// - Parameters:
  ///   - task: The number of the task.
  ///   - name: The name of the head's scope, next to the layers of the tower.
  public func scopes(of task: Int, _ name: String) -> [ParameterScope] {
    scopes[task].map { $0[name] }
  }

  /// Checks that a task follows another.
  ///
  /// - Parameter id: That of the head that needs it.
  /// - Throws: ``Diagnostic``.
  public func requireChains(for id: String) throws {
    guard chains.isEmpty else { return }
    let names = tasks.map { "'\(excerpt($0.name))'" }.joined(separator: ", ")
    throw Diagnostic(
      "head is \(id), which needs a task that follows another, but none of \(names) does; a schema "
        + "says so by 'follows'")
  }
}

/// What the towers of a model make of a batch; a head asks for what it needs, once for each task.
public struct TowerOutputs {
  /// The rows, those that share parameters together: one segment for each scope of a task.
  public let segments: Segments

  private let banks: [TowerBank]
  private let inputs: [Variable]
  private let context: ForwardContext

  init(banks: [TowerBank], inputs: [Variable], segments: Segments, context: ForwardContext) {
    self.banks = banks
    self.inputs = inputs
    self.segments = segments
    self.context = context
  }

  /// The number of tasks.
  public var taskCount: Int { banks.count }

  /// Returns the log-odds that a task's tower gives by itself: `[rows, 1]`.
  public func logits(of task: Int) -> Variable {
    banks[task](inputs[task], segments: segments, in: context)
  }

  /// Returns the last hidden layer of a task's tower, or its input where it has none:
  /// `[rows, representationSize]`.
  public func representation(of task: Int) -> Variable {
    banks[task].representation(of: inputs[task], segments: segments, in: context)
  }

  /// Returns the log-odds that the last layer of a task's tower makes of a representation: `[rows, 1]`.
  ///
  /// - representation: `[rows, representationSize]`.
  public func logits(of task: Int, from representation: Variable) -> Variable {
    banks[task].logits(from: representation, segments: segments, in: context)
  }
}
