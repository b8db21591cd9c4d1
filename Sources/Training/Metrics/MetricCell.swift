/// The measures of the predictions of one task on some rows: one scenario, or all.
///
/// It has the metrics that it was measured or written with. A measure that is not defined on the rows
/// is nil, never a stand-in value.
public struct MetricCell: Sendable, Equatable {
  /// The number of rows that the task is defined on.
  public var rows: Int

  /// How many of them are positive.
  public var positives: Int

  /// The ids of the metrics that the cell has, in increasing order.
  let ids: [String]

  /// Their values.
  private let values: [Double?]

  /// Creates a cell that has some metrics; nil for those that are not defined on its rows.
  public init(rows: Int, positives: Int, values: [Metric: Double?] = [:]) {
    let sorted = values.sorted { $0.key.id < $1.key.id }
    self.init(
      rows: rows, positives: positives, ids: sorted.map(\.key.id), values: sorted.map(\.value))
  }

  /// - Precondition: there is a value for every id, and ids come in increasing order.
  init(rows: Int, positives: Int, ids: [String], values: [Double?]) {
    precondition(ids.count == values.count)
    self.rows = rows
    self.positives = positives
    self.ids = ids
    self.values = values
  }

  /// The value of a measure; nil where it is not defined, or the cell does not have it.
  public subscript(_ metric: Metric) -> Double? {
    ids.firstIndex(of: metric.id).flatMap { values[$0] }
  }

  /// Whether the cell has a metric, be it defined on its rows or not.
  public func has(_ metric: Metric) -> Bool { ids.contains(metric.id) }

  /// The ids and values in increasing order of the ids.
  var measures: some Sequence<(String, Double?)> { zip(ids, values) }
}
