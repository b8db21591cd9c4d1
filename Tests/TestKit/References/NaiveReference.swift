import Configuration
import Ranking

/// A model written a second time, after its formula: plain loops over one row in `Double`.
///
/// The conformance suite compares every model with its reference, on all tiny problems and with all settings. What
/// the two share are the names of the parameters (``NaiveNetwork``) and nothing else: no operation, layer or
/// batch. A model whose product became a sum has right gradients, but not the log-odds of its reference.
///
/// ```swift
/// struct NaiveSharedBottom: NaiveReference {
///   typealias Model = SharedBottom
///
///   let settings: Model.Hyperparameters
///   let problem: Problem
///   let network: NaiveNetwork
///
///   func logits(of row: InMemoryRows.Row) throws -> [Double] {
///     let x = try network.input(row, of: problem, settings.input)
///     let h = try network.perceptron(x, "bottom", settings.towers.activation)
///     return try problem.tasks.map { task in
///       try network.tower(
///         h, "towers/\(task.name)" + row.place(on: settings.axis, in: problem),
///         settings.towers.activation)
///     }
///   }
/// }
/// ```
public protocol NaiveReference: SendableMetatype {
  /// The model that this is the formula of.
  associatedtype Model: RankingModel

  /// Creates the reference of a built model; for a structure of three properties, Swift writes it.
  ///
  /// - Parameters:
  ///   - settings: The settings of the model.
  ///   - problem: What it predicts from what.
  ///   - network: Its weights.
  init(settings: Model.Hyperparameters, problem: Problem, network: NaiveNetwork)

  /// Returns the log-odds of every task for one row, in evaluation: without dropout and noise, with running
  /// moments.
  func logits(of row: InMemoryRows.Row) throws -> [Double]
}

extension NaiveReference {
  /// The id of the model.
  public static var id: String { Model.card.id }

  /// Returns the log-odds of rows, row after row.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - model: The model that they are the log-odds of.
  ///   - settings: What it was built with.
  public static func logits(
    of rows: some Sequence<InMemoryRows.Row>, from model: BuiltModel,
    settings: [String: ConfigurationValue]
  ) throws -> [Double] {
    let reference = try Self(
      settings: Model.Hyperparameters(overriding: settings), problem: model.problem,
      network: NaiveNetwork(model.store))
    return try rows.flatMap { try reference.logits(of: $0) }
  }
}
