import Ranking

extension MetricTable {
  var value: ConfigurationValue {
    let metrics = values.map { metric, values in
      (
        metric.rawValue,
        ConfigurationValue.object([
          "cells": .list(values.cells.map { .list($0.map(\.configuration)) }),
          "macro": .list(values.macro.map(\.configuration)),
          "pooled": .list(values.pooled.map(\.configuration)),
        ])
      )
    }
    return .object([
      "metrics": .object(Dictionary(metrics, uniquingKeysWith: { first, _ in first })),
      "positives": .list(positives.map(\.configuration)), "rows": .list(rows.map(\.configuration)),
      "scenarios": scenarios.configuration, "tasks": tasks.configuration,
    ])
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value, keys: ["metrics", "positives", "rows", "scenarios", "tasks"])
    self.init(
      tasks: try fields("tasks", [String].self), scenarios: try fields("scenarios", [String].self),
      rows: try fields("rows", [[Int]].self), positives: try fields("positives", [[Int]].self),
      values: [:])
    for (name, value) in try fields.object("metrics") {
      guard let metric = Metric(rawValue: name) else {
        throw ConfigurationError.unknown(
          "metric", name, accepted: Metric.allCases.map(\.rawValue))
      }
      values[metric] = try Values(value)
    }
    try checkShape()
  }

  private func checkShape() throws {
    func fits<Element>(_ grid: [[Element]]) -> Bool {
      grid.count == tasks.count && grid.allSatisfy { $0.count == scenarios.count }
    }
    let metricsFit = values.values.allSatisfy {
      fits($0.cells) && $0.macro.count == tasks.count && $0.pooled.count == tasks.count
    }
    guard fits(rows), fits(positives), metricsFit else {
      throw ConfigurationError(
        "a metric grid does not have \(tasks.count) tasks by \(scenarios.count) scenarios")
    }
  }
}

extension MetricTable.Values {
  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["cells", "macro", "pooled"])
    self.init(
      cells: try fields.list("cells").map { row in
        guard case .list(let values) = row else {
          throw ConfigurationError("cells must be a list of lists")
        }
        return try optionalNumbers(values)
      },
      macro: try optionalNumbers(try fields.list("macro")),
      pooled: try optionalNumbers(try fields.list("pooled")))
  }
}

extension Double? {
  /// The number, or null where there is none or it is not finite.
  var configuration: ConfigurationValue {
    guard let self, self.isFinite else { return .null }
    return .number(self)
  }
}

/// Returns numbers, nil where null stands.
func optionalNumbers(_ values: [ConfigurationValue]) throws -> [Double?] {
  try values.map { value in
    if value == .null { return nil }
    guard let number = Double(configuration: value) else {
      throw ConfigurationError("a number or null must stand where \(value.description) stands")
    }
    return number
  }
}
