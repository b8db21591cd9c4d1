import Configuration

extension MetricGrid {
  /// The grid as stored in run records, with the metrics that its cells have; undefined ones are
  /// null.
  ///
  /// Means are written for readers only and are not read back.
  public var configuration: ConfigurationValue {
    .object([
      "tasks": tasks.configuration,
      "scenarios": scenarios.configuration,
      "cells": .list(cells.map { .list($0.map(\.configuration)) }),
      "pooled": .list(pooled.map(\.configuration)),
      "macro": .object(
        Dictionary(
          uniqueKeysWithValues: ids.compactMap(Metric.named).map { metric in
            let macro = macro(metric)
            return (
              metric.id,
              .object([
                "mean": macro.mean?.configuration ?? .null,
                "undefined": .integer(macro.undefinedCount),
              ])
            )
          })),
    ])
  }

  /// Creates the value from ``configuration``.
  ///
  /// - Throws: ``Diagnostic`` if a name occurs twice, cells are missing, or a count or measure is
  ///   impossible; the message names the cell.
  public init(configuration: ConfigurationValue) throws {
    func names(_ key: String) throws -> [String] {
      guard let value = configuration[key], let names = [String](configuration: value) else {
        throw Diagnostic("a metric grid has no list of \(key)")
      }
      guard Set(names).count == names.count else {
        throw Diagnostic("a metric grid names one of its \(key) twice")
      }
      return names
    }
    func cells(_ value: ConfigurationValue?, of names: [String]) throws -> [MetricCell] {
      guard case .list(let values) = value, values.count == names.count else {
        throw Diagnostic("a metric grid does not have \(names.count) cells where it should")
      }
      return try zip(values, names).map { value, name in
        try locating("cell '\(name)'") { try MetricCell(configuration: value) }
      }
    }
    let (tasks, scenarios) = (try names("tasks"), try names("scenarios"))
    guard case .list(let rows) = configuration["cells"], rows.count == tasks.count else {
      throw Diagnostic("a metric grid does not have cells for \(tasks.count) tasks")
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
    for (id, value) in measures { members[id] = value?.configuration ?? .null }
    return .object(members)
  }

  /// Creates the value from ``configuration``.
  ///
  /// - Throws: ``Diagnostic`` if a count is missing, a number is impossible, or a metric is not in
  ///   the catalog.
  public init(configuration: ConfigurationValue) throws {
    let fields = try ConfigurationFields(configuration)
    func count(_ key: String) throws -> Int {
      let value = try fields(key, Int.self)
      guard value >= 0 else { throw Diagnostic("must not be negative, but is \(value)").at(key) }
      return value
    }
    let (rows, positives) = (try count("rows"), try count("positives"))
    guard positives <= rows else {
      throw Diagnostic("has \(positives) positives in \(rows) rows")
    }
    let ids = fields.keys.filter { $0 != "rows" && $0 != "positives" }
    self.init(
      rows: rows, positives: positives, ids: ids,
      values: try ids.map { try Metric(id: $0).value(fields.value($0)) })
  }
}

extension Metric {
  /// Reads a value of the metric; nil for null.
  ///
  /// - Throws: ``Diagnostic`` if it is not a number, or not one that the metric can have.
  fileprivate func value(_ value: ConfigurationValue) throws -> Double? {
    guard value != .null else { return nil }
    guard let number = Double(configuration: value) else {
      throw Diagnostic("must be a number or null, but is \(value.description)").at(id)
    }
    guard canBe(number) else {
      throw Diagnostic("must be \(acceptedValues), but is \(value.description)").at(id)
    }
    return number
  }

  /// Returns whether a cell may have the value, allowing for rounding in means of many numbers.
  fileprivate func canBe(_ value: Double) -> Bool {
    (range.lowerBound...range.upperBound + 1e-9).contains(value)
  }

  private var acceptedValues: String {
    func text(_ bound: Double) -> String { Int(exactly: bound).map(String.init) ?? "\(bound)" }
    let (lower, upper) = (text(range.lowerBound), text(range.upperBound))
    if range.upperBound == .infinity { return "at least \(lower)" }
    if range.lowerBound == -.infinity { return "at most \(upper)" }
    return "from \(lower) to \(upper)"
  }
}

// MARK: - Canonical JSON

extension MetricGrid {
  /// Reads the canonical JSON of ``configuration``, in a fraction of the time it takes through a
  /// ``ConfigurationValue``.
  ///
  /// Returns nil, after consuming some of the text, if it is written differently or has content
  /// that ``init(configuration:)`` refuses; the caller should then use that initializer, which
  /// reports what is wrong.
  package init?(canonical reader: inout JSONReader) throws {
    var form: CellForm?
    guard reader.skip("{\"cells\":"),
      let cells = try reader.list({ try $0.list { try MetricCell(canonical: &$0, &form) } }),
      reader.skip(",\"macro\":"), try reader.value() != .null, reader.skip(",\"pooled\":"),
      let pooled = try reader.list({ try MetricCell(canonical: &$0, &form) }),
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

/// The text before every number of a cell with known metrics, as in the previous cell.
private struct CellForm {
  enum Member {
    case rows, positives
    case measure(Metric)
  }

  let ids: [String]
  let members: [(text: [UInt8], member: Member)]

  /// - Throws: ``Diagnostic`` if one of the metrics is not in the catalog.
  init(ids: [String]) throws {
    self.ids = ids
    let named =
      try ids.map { ($0, Member.measure(try Metric(id: $0))) }
      + [("rows", .rows), ("positives", .positives)]
    members = named.sorted { $0.0 < $1.0 }.enumerated().map { index, named in
      let key = ConfigurationValue.string(named.0).canonicalJSON
      return (Array("\(index == 0 ? "{" : ",")\(key):".utf8), named.1)
    }
  }
}

extension MetricCell {
  /// Reads a cell of the same form as the previous one, or any cell if there is none yet.
  fileprivate init?(canonical reader: inout JSONReader, _ form: inout CellForm?) throws {
    guard let form else {
      self = try MetricCell(configuration: try reader.value())
      form = try CellForm(ids: ids)
      return
    }
    var (rows, positives) = (0, 0)
    var values: [Double?] = []
    values.reserveCapacity(form.ids.count)
    for (text, member) in form.members {
      guard reader.skip(text) else { return nil }
      let value = try reader.value()
      switch member {
      case .rows:
        guard let count = Int(configuration: value) else { return nil }
        rows = count
      case .positives:
        guard let count = Int(configuration: value) else { return nil }
        positives = count
      case .measure(let metric):
        guard value != .null else {
          values.append(nil)
          continue
        }
        guard let number = Double(configuration: value), metric.canBe(number) else { return nil }
        values.append(number)
      }
    }
    guard reader.skip("}"), positives >= 0, positives <= rows else { return nil }
    self.init(rows: rows, positives: positives, ids: form.ids, values: values)
  }
}
