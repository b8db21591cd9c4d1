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
  /// - Throws: ``ConfigurationError`` where a name occurs twice, cells are missing, or a count or
  ///   measure is none that can be; the message names the cell.
  public init(configuration: ConfigurationValue) throws {
    func names(_ key: String) throws -> [String] {
      guard let value = configuration[key], let names = [String](configuration: value) else {
        throw ConfigurationError("a metric grid has no list of \(key)")
      }
      guard Set(names).count == names.count else {
        throw ConfigurationError("a metric grid names one of its \(key) twice")
      }
      return names
    }
    func cells(_ value: ConfigurationValue?, of names: [String]) throws -> [MetricCell] {
      guard case .list(let values) = value, values.count == names.count else {
        throw ConfigurationError("a metric grid does not have \(names.count) cells where it should")
      }
      return try zip(values, names).map { value, name in
        do { return try MetricCell(configuration: value) } catch let error as ConfigurationError {
          throw error.at("cell '\(name)'")
        }
      }
    }
    let (tasks, scenarios) = (try names("tasks"), try names("scenarios"))
    guard case .list(let rows) = configuration["cells"], rows.count == tasks.count else {
      throw ConfigurationError("a metric grid does not have cells for \(tasks.count) tasks")
    }
    let taskPaths = tasks.map { "\($0)/pooled" }
    self.init(
      tasks: tasks, scenarios: scenarios,
      cells: try zip(rows, tasks).map { row, task in
        try cells(row, of: scenarios.map { "\(task)/\($0)" })
      },
      pooled: try cells(configuration["pooled"], of: taskPaths))
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
  /// - Throws: ``ConfigurationError`` where a number is missing or none that can be.
  public init(configuration: ConfigurationValue) throws {
    func count(_ key: String) throws -> Int {
      guard let value = configuration[key].flatMap(Int.init(configuration:)) else {
        throw ConfigurationError("a metric cell has no number of \(key)")
      }
      guard value >= 0 else {
        throw ConfigurationError("\(key) is \(value), but must not be negative")
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
      guard metric.canBe(number) else {
        throw ConfigurationError(
          "\(metric.rawValue) is \(value.description), but must be "
            + (metric.range.upperBound == 1 ? "from 0 to 1" : "at least 0"))
      }
      return number
    }
    let (rows, positives) = (try count("rows"), try count("positives"))
    guard positives <= rows else {
      throw ConfigurationError("a metric cell has \(positives) positives in \(rows) rows")
    }
    self.init(
      rows: rows, positives: positives, auc: try value(.auc),
      gauc: try value(.gauc), logLoss: try value(.logLoss), copc: try value(.copc),
      ece: try value(.ece))
  }
}

// MARK: - Canonical JSON

extension MetricGrid {
  /// Reads the canonical JSON of ``configuration``, in a small part of the time that it takes through
  /// a ``ConfigurationValue``.
  ///
  /// Returns nil, having passed over some of the text, where it is written otherwise or holds what
  /// ``init(configuration:)`` refuses: that is to be asked then, and says what is wrong.
  package init?(canonical reader: inout JSONReader) throws {
    guard reader.skip("{\"cells\":"),
      let cells = try reader.list({ try $0.list { try MetricCell(canonical: &$0) } }),
      reader.skip(",\"macro\":"), try reader.value() != .null, reader.skip(",\"pooled\":"),
      let pooled = try reader.list({ try MetricCell(canonical: &$0) }),
      reader.skip(",\"scenarios\":"),
      let scenarios = [String](configuration: try reader.value()),
      reader.skip(",\"tasks\":"),
      let tasks = [String](configuration: try reader.value()),
      reader.skip("}")
    else { return nil }
    guard Set(tasks).count == tasks.count, Set(scenarios).count == scenarios.count,
      cells.count == tasks.count, pooled.count == tasks.count,
      cells.allSatisfy({ $0.count == scenarios.count })
    else { return nil }
    self.init(tasks: tasks, scenarios: scenarios, cells: cells, pooled: pooled)
  }
}

extension MetricCell {
  fileprivate init?(canonical reader: inout JSONReader) throws {
    func number(_ metric: Metric) throws -> Double?? {
      let value = try reader.value()
      if value == .null { return .some(nil) }
      guard let number = Double(configuration: value), metric.canBe(number) else { return nil }
      return number
    }
    guard reader.skip("{\"auc\":"), let auc = try number(.auc),
      reader.skip(",\"copc\":"), let copc = try number(.copc),
      reader.skip(",\"ece\":"), let ece = try number(.ece),
      reader.skip(",\"gauc\":"), let gauc = try number(.gauc),
      reader.skip(",\"logLoss\":"), let logLoss = try number(.logLoss),
      reader.skip(",\"positives\":"), let positives = Int(configuration: try reader.value()),
      reader.skip(",\"rows\":"), let rows = Int(configuration: try reader.value()),
      reader.skip("}"), positives >= 0, positives <= rows
    else { return nil }
    self.init(
      rows: rows, positives: positives, auc: auc, gauc: gauc, logLoss: logLoss, copc: copc,
      ece: ece)
  }
}

extension Metric {
  /// Whether a cell may have the value: means of many numbers may be off by rounding.
  fileprivate func canBe(_ value: Double) -> Bool {
    (range.lowerBound...range.upperBound + 1e-9).contains(value)
  }
}
