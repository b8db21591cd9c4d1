import Configuration
import Layers
import TensorCore

/// How a model designed for one axis (tasks) is applied to two (tasks and scenarios).
public enum ScenarioAxis: String, ConfigurationChoice {
  /// One objective per task and leaf scenario: each has its own gate and tower.
  case flat
  /// One objective per task across all scenarios; the scenario remains an ordinary feature.
  case task
}

/// The rows of a batch, ordered so that rows that share private parameters are contiguous.
///
/// On the flat axis these are the rows of each leaf scenario; on the task axis all rows are one
/// part. A model that works part by part therefore serves both conventions with the same code.
public struct ScenarioParts {
  /// The rows of every part, in the order that ``ordered(_:)`` produces.
  public let segments: Segments

  private let order: [Int32]?
  private let places: [Int32]

  /// Orders the rows of a batch.
  public init(_ batch: Batch, axis: ScenarioAxis, leafCount: Int) {
    guard axis == .flat, leafCount > 1 else {
      segments = Segments(counts: [batch.rowCount])
      order = nil
      places = []
      return
    }
    var counts = [Int](repeating: 0, count: leafCount)
    for leaf in batch.leaves { counts[Int(leaf)] += 1 }
    segments = Segments(counts: counts)
    var next = segments.output.map(\.lowerBound)
    var order = [Int32](repeating: 0, count: batch.rowCount)
    var places = order
    for (row, leaf) in batch.leaves.enumerated() {
      let place = next[Int(leaf)]
      next[Int(leaf)] += 1
      order[place] = Int32(row)
      places[row] = Int32(place)
    }
    self.order = order
    self.places = places
  }

  /// Returns the rows of x, sorted by part.
  public func ordered(_ x: Variable) -> Variable { order.map(x.rows) ?? x }

  /// Returns the rows in the original order of the batch.
  public func restored(_ y: Variable) -> Variable { order == nil ? y : y.rows(places) }

  /// Returns the rows of each part as a batch of its own, for embedding tables that are private to
  /// a part.
  ///
  /// The stacked rows of these batches are in the order of ``ordered(_:)``.
  public func batches(of batch: Batch) -> [Batch] {
    guard let order else { return [batch] }
    return segments.output.map { batch.selecting(Array(order[$0])) }
  }

  /// Returns one scope per part; on the flat axis, each is private to its scenario.
  public static func scopes(
    _ scope: ParameterScope, axis: ScenarioAxis, leafCount: Int
  ) -> [ParameterScope] {
    guard axis == .flat, leafCount > 1 else { return [scope] }
    return (0..<leafCount).map { scope["scenario"][$0].private(toScenario: $0) }
  }
}
