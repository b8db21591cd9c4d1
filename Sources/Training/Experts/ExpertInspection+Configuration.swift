import Configuration

extension ExpertInspection {
  /// The inspection as JSON, with numbers rounded to five decimals.
  public var configuration: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "gates": .list(gates.map(\.configuration)), "rows": .integer(rowCount),
      "sample": .integer(sampleCount), "scenarios": scenarios.configuration,
      "similarities": .list(similarities.map(\.configuration)), "tasks": tasks.configuration,
    ]
    members["plantedGroups"] = plantedGroups?.configuration
    return .object(members)
  }

  /// Creates the value from ``configuration``.
  ///
  /// - Throws: ``Diagnostic`` that names the place if a member is missing, unknown or impossible: a share outside of 0 to 1,
  ///   a list of another length than the number of experts or scenarios, or the name of a task that is unknown.
  public init(configuration value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: ["gates", "plantedGroups", "rows", "sample", "scenarios", "similarities", "tasks"])
    let tasks = try fields("tasks", [String].self)
    let scenarios = try fields("scenarios", [String].self)
    let gates = try fields.list("gates").enumerated().map { index, value in
      try locating("gates: \(index)") {
        try GateUse(value, tasks: tasks, scenarioCount: scenarios.count)
      }
    }
    let groups = try fields.optional("plantedGroups", [Int].self)
    if let groups, groups.count != scenarios.count {
      throw Diagnostic("has \(groups.count) groups for \(scenarios.count) scenarios")
        .at("plantedGroups")
    }
    let similarities = try fields.list("similarities").enumerated().map { index, value in
      try locating("similarities: \(index)") { try ExpertSimilarity(value) }
    }
    self.init(
      tasks: tasks, scenarios: scenarios, rowCount: try fields("rows", Int.self),
      sampleCount: try fields("sample", Int.self), gates: gates, similarities: similarities,
      plantedGroups: groups)
  }
}

/// Returns a number with five decimals.
private func rounded(_ value: Double) -> ConfigurationValue {
  .number((value * 1e5).rounded() / 1e5)
}

private func rounded(_ values: [Double]) -> ConfigurationValue { .list(values.map(rounded)) }

/// Reads shares from 0 to 1.
private func shares(_ fields: ConfigurationFields, _ key: String, count: Int) throws -> [Double] {
  let values = try fields(key, [Double].self)
  guard values.count == count else {
    throw Diagnostic("has \(values.count) numbers for \(count) experts").at(key)
  }
  if let bad = values.first(where: { !(0...1).contains($0) }) {
    throw Diagnostic("\(bad) is no share: it must be from 0 to 1").at(key)
  }
  return values
}

extension GateUse {
  fileprivate var configuration: ConfigurationValue {
    .object([
      "cells": .list(
        cells.map { cell in
          guard let cell else { return .null }
          var members: [String: ConfigurationValue] = [
            "entropy": rounded(cell.entropy), "rows": .integer(cell.rowCount),
            "selected": rounded(cell.selected), "weights": rounded(cell.weights),
          ]
          members["specific"] = cell.specific.map(rounded)
          members["shared"] = cell.shared.map(rounded)
          return .object(members)
        }),
      "experts": .integer(expertCount), "name": .string(name),
      "task": task.map { .string($0) } ?? .null,
    ])
  }

  fileprivate init(_ value: ConfigurationValue, tasks: [String], scenarioCount: Int) throws {
    let fields = try ConfigurationFields(value, keys: ["cells", "experts", "name", "task"])
    let count = try fields("experts", Int.self)
    guard count > 1 else { throw Diagnostic("must be at least 2, but is \(count)").at("experts") }
    let task = try fields.optional("task", String.self)
    if let task, !tasks.contains(task) {
      throw Diagnostic.unknown("task", task, accepted: tasks)
    }
    let values = try fields.list("cells")
    guard values.count == scenarioCount else {
      throw Diagnostic("has \(values.count) cells for \(scenarioCount) scenarios")
    }
    let cells = try values.enumerated().map { index, value in
      try locating("cells: \(index)") {
        value == .null ? nil : try Cell(value, expertCount: count)
      }
    }
    self.init(name: try fields("name", String.self), task: task, expertCount: count, cells: cells)
  }
}

extension GateUse.Cell {
  fileprivate init(_ value: ConfigurationValue, expertCount: Int) throws {
    let fields = try ConfigurationFields(
      value, keys: ["entropy", "rows", "selected", "shared", "specific", "weights"])
    func optionalShares(_ key: String) throws -> [Double]? {
      try fields.keys.contains(key) ? shares(fields, key, count: expertCount) : nil
    }
    let (rowCount, entropy) = (try fields("rows", Int.self), try fields("entropy", Double.self))
    guard rowCount > 0 else {
      throw Diagnostic("must be more than 0, but is \(rowCount)").at("rows")
    }
    guard (0...1 + 1e-5).contains(entropy) else {
      throw Diagnostic("must be from 0 to 1, but is \(entropy)").at("entropy")
    }
    self.init(
      rowCount: rowCount, weights: try shares(fields, "weights", count: expertCount),
      selected: try shares(fields, "selected", count: expertCount),
      specific: try optionalShares("specific"), shared: try optionalShares("shared"),
      entropy: entropy)
  }
}

extension ExpertSimilarity {
  fileprivate var configuration: ConfigurationValue {
    .object([
      "name": .string(name),
      "values": .list(values.map { .list($0.map { $0.map(rounded) ?? .null }) }),
    ])
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["name", "values"])
    let rows = try fields.list("values")
    let values = try rows.map { row -> [Double?] in
      guard case .list(let cells) = row, cells.count == rows.count else {
        throw Diagnostic("must be a square of numbers").at("values")
      }
      return try cells.map { cell -> Double? in
        if cell == .null { return nil }
        guard let value = Double(configuration: cell), (0...1 + 1e-5).contains(value) else {
          throw Diagnostic("\(cell.description) is no similarity: it must be from 0 to 1").at(
            "values")
        }
        return value
      }
    }
    self.init(name: try fields("name", String.self), values: values)
  }
}
