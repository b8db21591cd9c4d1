import Configuration
import Ranking

/// How one optimizer changes weights, given their gradient and its own state.
///
/// A rule is applied to blocks of a parameter, in any order and on several threads, so an element's new
/// weight and state depend on that element alone, the numbers of ``UpdateStep`` and settings.
///
/// Its own settings are its hyper-parameters: `optimizer: {id: lion, beta2: 0.95}`. Those that stand beside
/// `optimizer` in ``UpdateOptions`` (`momentum`, `beta1`, `beta2` and `epsilon`) belong to the rules
/// that were there first.
///
/// To add one: a file with the type, and a line in ``optimizerCatalog``.
public protocol UpdateRule: ConfigurableMethod, Sendable {
  /// Creates the rule.
  ///
  /// - Parameters:
  ///   - hyperparameters: The settings of the rule itself.
  ///   - options: Those beside it.
  init(_ hyperparameters: Hyperparameters, options: UpdateOptions)

  /// The names of the tensors of state that every parameter has, all zeros at the start.
  ///
  /// In checkpoints they are `<id>/<name>/<parameter>`, such as `adam/m/towers/click/weight`.
  var stateNames: [String] { get }

  /// Updates one block.
  func update(_ block: UpdateBlock, in step: UpdateStep)
}

/// The numbers that one step of a parameter depends on.
public struct UpdateStep: Sendable {
  /// The number of the step, counted from 1 over the run or its phase.
  public let number: Int

  /// The step size.
  public let learningRate: Double

  /// The decay of these weights.
  public let weightDecay: Double

  /// What the gradient is to be multiplied by first.
  public let gradientScale: Float
}

/// Rows of a parameter with their state and gradient.
public struct UpdateBlock {
  /// The weights of the parameter, or of its part that the block is about.
  public let weights: UnsafeMutablePointer<Float>

  /// The state beside ``weights``, in the order of ``UpdateRule/stateNames``.
  public let state: [UnsafeMutablePointer<Float>]

  /// The gradient: `[rows, columns]`.
  public let gradient: UnsafePointer<Float>

  /// The row of the weights and of the state that each row of the gradient belongs to; nil where it is the
  /// row of the same number.
  public let indices: UnsafePointer<Int32>?

  /// The number of rows of the gradient.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// Calls `body` with the place of every element in the gradient and in the weights and state.
  @inline(__always)
  func forEachElement(_ body: (_ inGradient: Int, _ inWeights: Int) -> Void) {
    for row in 0..<rows {
      let start = (indices.map { Int($0[row]) } ?? row) * columns
      for column in 0..<columns { body(row * columns + column, start + column) }
    }
  }
}
