import Layers
import TensorCore

/// Turns the features of each row into one weighted sum and into vectors of one size, as
/// factorization machines read them.
///
///     linear  = Σ_i w_i x_i
///     vectors = [v_i x_i for every feature i]
///
/// The features are the single-valued ones and, if the scenario is a feature, its levels (x = 1);
/// the multi-valued ones (the means of w and v over the values of the cell, zeros for an empty one);
/// and the columns of the numerical features (x = the column). With `numericalInput: field` these
/// columns form one feature together, so that they are not paired with each other: w and v are
/// summed over them.
///
/// The weight w_i of a feature is the first column of its row of the table, before the
/// `embeddingSize` columns of v_i.
public final class FactorInput {
  /// The features of the rows of a batch.
  public struct Features {
    /// The weighted sum: `[rows, 1]`.
    public let linear: Variable
    /// The vectors one after another: `[rows, vectorCount · embeddingSize]`.
    public let vectors: Variable
  }

  /// m: the number of vectors of a row.
  public let vectorCount: Int

  /// The number of columns of all vectors together.
  public var outputSize: Int { vectorCount * (width - 1) }

  private let input: InputLayer
  private let embeddedSize: Int
  private let width: Int
  private let numericals: Parameter?

  /// Creates the layer for a problem.
  public init(_ hyperparameters: InputHyperparameters, problem: Problem, scope: ParameterScope) {
    var widened = hyperparameters
    widened.embeddingSize += 1
    width = widened.embeddingSize
    input = InputLayer(widened, problem: problem, scope: scope)
    let isField = hyperparameters.numericalInput == .field
    let fieldCount = problem.fields.count + input.scenarioLevelCount + problem.bags.count
    embeddedSize = isField ? input.outputSize : fieldCount * width
    let columnCount = input.outputSize - embeddedSize
    numericals = columnCount > 0 ? scope.weight("numericals", shape: [columnCount, width]) : nil
    vectorCount = embeddedSize / width + columnCount
  }

  /// Returns the features of the rows of a batch, in order.
  public func callAsFunction(_ batch: Batch, in context: ForwardContext) -> Features {
    let rowCount = batch.rowCount
    var features = input(batch, in: context)
    if let numericals {
      let columnCount = numericals.value.shape[0]
      let columns = features.columns(embeddedSize..<embeddedSize + columnCount)
        .reshaped(to: [rowCount * columnCount, 1])
      let factors = context(numericals)
        .rows((0..<rowCount).flatMap { _ in (0..<Int32(columnCount)) })
      let products = (columns * factors).reshaped(to: [rowCount, columnCount * width])
      features = concatenated([features.columns(0..<embeddedSize), products])
    }
    let each = features.reshaped(to: [rowCount * vectorCount, width])
    return Features(
      linear: each.columns(0..<1).reshaped(to: [rowCount, vectorCount]).sum(over: .columns),
      vectors: each.columns(1..<width).reshaped(to: [rowCount, outputSize]))
  }
}
