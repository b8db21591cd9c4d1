import Ranking

extension MetricGrid {
  /// The grid as stored in run records; a measure that is not defined is null.
  ///
  /// Means are written for readers and not read back.
  public var configuration: ConfigurationValue {
    .object([
      "tasks": tasks.configuration,
      "scenarios": scenarios.configuration,
      "cells": .list(cells.map { .list($0.map(\.configuration)) }),
      "pooled": .list(pooled.map(\.configuration)),
      "macro": .object(
        Dictionary(
          uniqueKeysWithValues: Metric.allCases.map { metric in
            let macro = macro(metric)
            return (
              metric.rawValue,
              .object([
                "mean": macro.mean?.configuration ?? .null,
                "undefined": .integer(macro.undefinedCount),
              ])
            )
          })),
    ])
  }

  /// Reads what ``configuration`` wrote.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(configuration: ConfigurationValue) throws {
    func names(_ key: String) throws -> [String] {
      guard let value = configuration[key], let names = [String](configuration: value) else {
        throw ConfigurationError("a metric grid has no list of \(key)")
      }
      return names
    }
    func cells(_ value: ConfigurationValue?, count: Int) throws -> [MetricCell] {
      guard case .list(let values) = value, values.count == count else {
        throw ConfigurationError("a metric grid does not have \(count) cells where it should")
      }
      return try values.map(MetricCell.init(configuration:))
    }
    let (tasks, scenarios) = (try names("tasks"), try names("scenarios"))
    guard case .list(let rows) = configuration["cells"], rows.count == tasks.count else {
      throw ConfigurationError("a metric grid does not have cells for \(tasks.count) tasks")
    }
    self.init(
      tasks: tasks, scenarios: scenarios,
      cells: try rows.map { try cells($0, count: scenarios.count) },
      pooled: try cells(configuration["pooled"], count: tasks.count))
  }
}

extension MetricCell {
  /// The cell as stored in run records.
  public var configuration: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "rows": .integer(rows), "positives": .integer(positives),
    ]
    for metric in Metric.allCases {
      members[metric.rawValue] = self[metric]?.configuration ?? .null
    }
    return .object(members)
  }

  /// Reads what ``configuration`` wrote.
  ///
  /// - Throws: ``ConfigurationError``.
  public init(configuration: ConfigurationValue) throws {
    func count(_ key: String) throws -> Int {
      guard let value = configuration[key].flatMap(Int.init(configuration:)) else {
        throw ConfigurationError("a metric cell has no number of \(key)")
      }
      return value
    }
    func value(_ metric: Metric) throws -> Double? {
      guard let value = configuration[metric.rawValue], value != .null else { return nil }
      guard let number = Double(configuration: value) else {
        throw ConfigurationError(
          "\(metric.rawValue) of a metric cell is \(value.description), but must be a number or null"
        )
      }
      return number
    }
    self.init(
      rows: try count("rows"), positives: try count("positives"), auc: try value(.auc),
      gauc: try value(.gauc), logLoss: try value(.logLoss), copc: try value(.copc),
      ece: try value(.ece))
  }
}
