import Configuration
import Layers
import TensorCore

/// A head, which turns the towers of a model into the log-odds of all tasks.
///
/// A head knows which task follows which (``TaskChains``) but nothing about the trunk below the
/// towers, so any model with ``Towers`` works with any head. Its parameters are created in the
/// scopes it is given and belong to the model.
///
/// To add a head, write a file with its type and add a line to ``headCatalog``.
public protocol PredictionHead: AnyObject, ConfigurableMethod {
  /// Creates the head with fresh weights.
  ///
  /// - Throws: ``Diagnostic`` if the settings or the head do not suit the tasks.
  init(_ hyperparameters: Hyperparameters, on towers: TowerLayout) throws

  /// Predicts the rows that the towers have read, in the same order.
  func callAsFunction(_ towers: TowerOutputs, in context: ForwardContext) -> Predictions
}

/// The towers of a model as its head sees them: one per task.
public struct TowerLayout {
  /// The tasks, in the problem's order.
  public let tasks: [RankingTask]

  /// Which task follows which.
  public let chains: TaskChains

  /// The number of columns of a tower's representation, the input of its last layer.
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

  /// Returns the scopes in which a head creates its parameters for a task: one for each segment of
  /// ``TowerOutputs/segments``.
  ///
  /// - Parameters:
  ///   - task: The number of the task.
  ///   - name: The name of the head's scope, next to the layers of the tower.
  public func scopes(of task: Int, _ name: String) -> [ParameterScope] {
    scopes[task].map { $0[name] }
  }

  /// Checks that at least one task follows another.
  ///
  /// - Parameter id: The id of the head that needs it.
  /// - Throws: ``Diagnostic`` if none does.
  public func requireChains(for id: String) throws {
    guard chains.isEmpty else { return }
    let names = tasks.map { "'\(excerpt($0.name))'" }.joined(separator: ", ")
    throw Diagnostic(
      "head is \(id), which needs a task that follows another, but none of \(names) does; a schema "
        + "says so by 'follows'")
  }
}

/// The outputs of a model's towers for a batch; a head requests what it needs.
///
/// Hidden layers are computed at most once per task, so all that reads a tower sees the same
/// dropout.
public final class TowerOutputs {
  /// Returns what a model adds to the log-odds of a task's tower: `[rows, 1]`, or nil for nothing.
  ///
  /// It may read the log-odds of other tasks, unless they lead back to the task itself.
  public typealias Term = (_ task: Int, _ towers: TowerOutputs) -> Variable?

  /// The rows, grouped by the parameters they share: one segment for each scope of a task.
  public let segments: Segments

  private let banks: [TowerBank]
  private let inputs: [Variable]
  private let term: Term?
  private let context: ForwardContext
  private var representations: [Variable?]
  private var ownLogits: [Variable?]

  init(
    banks: [TowerBank], inputs: [Variable], adding term: Term?, segments: Segments,
    context: ForwardContext
  ) {
    self.banks = banks
    self.inputs = inputs
    self.term = term
    self.segments = segments
    self.context = context
    representations = banks.map { _ in nil }
    ownLogits = banks.map { _ in nil }
  }

  /// The number of tasks.
  public var taskCount: Int { banks.count }

  /// Returns the log-odds of a task's tower and of what the model adds to it: `[rows, 1]`.
  public func logits(of task: Int) -> Variable {
    if let known = ownLogits[task] { return known }
    let own =
      context.isInference
      ? banks[task](inputs[task], segments: segments, in: context)
      : lastLayer(of: task, on: representation(of: task))
    let logits = withTerm(own, of: task)
    ownLogits[task] = logits
    return logits
  }

  /// Returns the last hidden layer of a task's tower, or its input if it has no hidden layer:
  /// `[rows, representationSize]`.
  public func representation(of task: Int) -> Variable {
    if let known = representations[task] { return known }
    let representation = banks[task].representation(
      of: inputs[task], segments: segments, in: context)
    representations[task] = representation
    return representation
  }

  /// Returns the log-odds that the last layer of a task's tower computes from a representation, and
  /// of what the model adds to it: `[rows, 1]`.
  ///
  /// - representation: `[rows, representationSize]`.
  public func logits(of task: Int, from representation: Variable) -> Variable {
    withTerm(lastLayer(of: task, on: representation), of: task)
  }

  private func lastLayer(of task: Int, on representation: Variable) -> Variable {
    banks[task].logits(from: representation, segments: segments, in: context)
  }

  private func withTerm(_ logits: Variable, of task: Int) -> Variable {
    guard let addend = term?(task, self) else { return logits }
    return logits + addend
  }
}

/// A linear map of a tower's representation to one column, one for each segment, that a head adds
/// beside the tower's last layer.
struct RepresentationLayer {
  private let weights: [Parameter]
  private let biases: [Parameter]

  init(on towers: TowerLayout, task: Int, name: String) {
    let scopes = towers.scopes(of: task, name)
    weights = scopes.map { $0.weight(shape: [towers.representationSize, 1]) }
    biases = scopes.map { $0.parameter("bias", shape: [1], initializer: .zeros, decays: false) }
  }

  /// representation: `[rows, representationSize]`; result: `[rows, 1]`.
  func callAsFunction(
    _ representation: Variable, segments: Segments, in context: ForwardContext
  ) -> Variable {
    representation.affine(
      segments: segments.following, weights: weights.map { context($0) },
      biases: biases.map { context($0) })
  }
}
