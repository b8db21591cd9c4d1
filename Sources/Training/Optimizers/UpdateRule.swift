import Configuration
import Ranking

/// A rule by which an optimizer changes weights, given their gradient and its own state.
///
/// A rule is applied to blocks of a parameter, in any order and on several threads, so an element's
/// new weight and state must depend only on that element, the numbers of ``UpdateStep`` and the
/// settings.
///
/// Its own settings are its hyper-parameters: `optimizer: {id: lion, beta2: 0.95}`. The settings
/// next to `optimizer` in ``UpdateOptions`` (`momentum`, `beta1`, `beta2` and `epsilon`) belong to
/// the oldest rules.
///
/// To add a rule, write a file with its type and add a line to ``optimizerCatalog``.
public protocol UpdateRule: ConfigurableMethod, Sendable {
  /// Creates the rule.
  ///
  /// - Parameters:
  ///   - hyperparameters: The settings of the rule itself.
  ///   - options: The settings shared by all rules.
  init(_ hyperparameters: Hyperparameters, options: UpdateOptions)

  /// The names of the state tensors of every parameter, which are zero at the start.
  ///
  /// In checkpoints they are `<id>/<name>/<parameter>`, such as `adam/m/towers/click/weight`.
  var stateNames: [String] { get }

  /// Updates one block.
  func update(_ block: UpdateBlock, in step: UpdateStep)
}

/// The numbers on which one step of a parameter depends.
public struct UpdateStep: Sendable {
  /// The number of the step, counted from 1 over the run or its phase.
  public let number: Int

  /// The step size.
  public let learningRate: Double

  /// The weight decay of these weights.
  public let weightDecay: Double

  /// The factor by which to multiply the gradient first.
  public let gradientScale: Float
}

/// A block of rows of a parameter, with their state and gradient.
public struct UpdateBlock {
  /// The weights of the parameter, or of the part that the block covers.
  public let weights: UnsafeMutablePointer<Float>

  /// The state belonging to ``weights``, in the order of ``UpdateRule/stateNames``.
  public let state: [UnsafeMutablePointer<Float>]

  /// The gradient: `[rows, columns]`.
  public let gradient: UnsafePointer<Float>

  /// The row of the weights and state to which each row of the gradient belongs; nil if row numbers
  /// are the same.
  public let indices: UnsafePointer<Int32>?

  /// The number of rows of the gradient.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// Calls `body` with the index of every element in the gradient and in the weights and state.
  @inline(__always)
  func forEachElement(_ body: (_ inGradient: Int, _ inWeights: Int) -> Void) {
    for row in 0..<rows {
      let start = (indices.map { Int($0[row]) } ?? row) * columns
      for column in 0..<columns { body(row * columns + column, start + column) }
    }
  }
}
