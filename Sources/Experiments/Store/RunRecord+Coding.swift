import Configuration
import Datasets
import Training

extension RunRecord {
  var value: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "ceilings": ceilings.map(\.value) ?? .null, "configuration": configuration.value,
      "course": course.value, "deviations": deviations.configuration, "id": .string(id),
      "notes": notes.configuration, "parameterCount": .integer(parameterCount),
      "provenance": provenance.value, "test": test.configuration, "timing": timing.value,
      "validation": validation.configuration,
    ]
    members["work"] = work?.value
    return .object(members)
  }

  /// Creates a record from the contents of a file.
  ///
  /// - Parameters:
  ///   - grids: The metrics that were already read, by their keys.
  ///   - run: The run that the record is expected to describe.
  init(
    _ value: ConfigurationValue, grids: [String: MetricGrid] = [:], run: Plan.Run? = nil
  ) throws {
    let fields = try ConfigurationFields(
      value,
      keys: [
        "ceilings", "configuration", "course", "deviations", "id", "notes", "parameterCount",
        "provenance", "test", "timing", "validation", "work",
      ])
    func located<Result>(_ key: String, _ read: (ConfigurationValue) throws -> Result) throws
      -> Result
    {
      let value = try fields.value(key)
      return try locating(key) { try read(value) }
    }
    let configuration = try located("configuration", RunConfiguration.init)
    func grid(_ key: String) throws -> MetricGrid {
      var grid = try grids[key] ?? located(key, MetricGrid.init(configuration:))
      if configuration.semantics < 2 { grid.macroRule = .cells }
      return grid
    }
    self.init(
      configuration: configuration, deviations: try fields("deviations", [String].self),
      notes: try fields("notes", [String].self),
      parameterCount: try fields.count("parameterCount"),
      work: value["work"] == nil ? nil : try located("work", Work.init),
      course: try located("course", Course.init), validation: try grid("validation"),
      test: try grid("test"),
      ceilings: try located("ceilings") { $0 == .null ? nil : try Ceilings($0) },
      timing: try located("timing", Timing.init),
      provenance: try located("provenance", Provenance.init))
    try configuration.checkID(try fields("id", String.self), expected: run)
    try checkShapes()
  }

  private func checkShapes() throws {
    if let work, work.tableParameterCount > parameterCount {
      throw Diagnostic(
        "work: tableParameterCount is \(work.tableParameterCount), but there are only "
          + "\(parameterCount) parameters")
    }
    guard validation.tasks == test.tasks, validation.scenarios == test.scenarios else {
      throw Diagnostic("validation and test have different tasks or scenarios")
    }
    try locating("ceilings") {
      try ceilings?.check(taskCount: test.tasks.count, scenarioCount: test.scenarios.count)
    }
  }
}

extension RunRecord.Course {
  fileprivate var value: ConfigurationValue {
    .object([
      "bestEpoch": .number(bestEpoch), "bestStep": .integer(bestStep), "epochs": .number(epochs),
      "steps": .integer(steps), "stoppedEarly": .bool(stoppedEarly),
      "trainingLoss": .list(trainingLoss.map { .number($0) }),
      "validationScore": .list(validationScore.map(\.configuration)),
    ])
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: [
        "bestEpoch", "bestStep", "epochs", "steps", "stoppedEarly", "trainingLoss",
        "validationScore",
      ])
    self.init(
      steps: try fields.count("steps"), epochs: try fields.measure("epochs"),
      stoppedEarly: try fields("stoppedEarly", Bool.self),
      bestStep: try fields.count("bestStep"), bestEpoch: try fields.measure("bestEpoch"),
      trainingLoss: try fields("trainingLoss", [Double].self),
      validationScore: try optionalNumbers(try fields.list("validationScore")))
    guard bestStep <= steps, bestEpoch <= epochs * (1 + 1e-9) else {
      throw Diagnostic("the best step, \(bestStep), comes after the last, \(steps)")
    }
    guard trainingLoss.count == validationScore.count else {
      throw Diagnostic(
        "there are \(trainingLoss.count) training losses, but \(validationScore.count) "
          + "validation scores")
    }
  }
}

extension RunRecord.Timing {
  fileprivate var value: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "rowsPerSecond": .number(rowsPerSecond), "secondsPerEpoch": .number(secondsPerEpoch),
    ]
    members["processorSecondsPerEpoch"] = processorSecondsPerEpoch.map { .number($0) }
    members["peakByteCount"] = peakByteCount.map { .integer($0) }
    members["joules"] = joules.map { .number($0) }
    return .object(members)
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: [
        "joules", "peakByteCount", "processorSecondsPerEpoch", "rowsPerSecond", "secondsPerEpoch",
      ])
    self.init(
      secondsPerEpoch: try fields.measure("secondsPerEpoch"),
      rowsPerSecond: try fields.measure("rowsPerSecond"),
      processorSecondsPerEpoch: try fields.optionalMeasure("processorSecondsPerEpoch"),
      peakByteCount: try fields.optionalCount("peakByteCount"),
      joules: try fields.optionalMeasure("joules"))
  }
}

extension RunRecord.Work {
  fileprivate var value: ConfigurationValue {
    var members: [String: ConfigurationValue] = [
      "tableParameterCount": .integer(tableParameterCount)
    ]
    members["forwardOperationsPerRow"] = forwardOperationsPerRow.map { .number($0) }
    members["trainingOperationsPerRow"] = trainingOperationsPerRow.map { .number($0) }
    return .object(members)
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: ["forwardOperationsPerRow", "tableParameterCount", "trainingOperationsPerRow"])
    self.init(
      forwardOperationsPerRow: try fields.optionalMeasure("forwardOperationsPerRow"),
      trainingOperationsPerRow: try fields.optionalMeasure("trainingOperationsPerRow"),
      tableParameterCount: try fields.count("tableParameterCount"))
  }
}

extension Ceilings {
  fileprivate var value: ConfigurationValue {
    var members = expected.members
    members["realized"] = realized.map { .object($0.members) }
    return .object(members)
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    self.init(
      expected: try Table(value, besides: ["realized"]),
      realized: try value["realized"].map { value in
        try locating("realized") { try Table(value) }
      })
  }
}

extension Ceilings.Table {
  fileprivate var members: [String: ConfigurationValue] {
    [
      "cells": .list(cells.map { .list($0.map(\.configuration)) }),
      "macro": .list(macroMeans.map(\.configuration)),
      "pooled": .list(pooled.map(\.configuration)),
    ]
  }

  fileprivate init(_ value: ConfigurationValue, besides others: [String] = []) throws {
    let fields = try ConfigurationFields(value, keys: ["cells", "macro", "pooled"] + others)
    self.init(
      cells: try fields.list("cells").map { row in
        guard case .list(let values) = row else {
          throw Diagnostic("cells must be a list of lists")
        }
        return try optionalNumbers(values)
      },
      macroMeans: try optionalNumbers(try fields.list("macro")),
      pooled: try optionalNumbers(try fields.list("pooled")))
  }
}

extension Double? {
  /// The number, or null if there is none or it is not finite.
  fileprivate var configuration: ConfigurationValue {
    guard let self, self.isFinite else { return .null }
    return .number(self)
  }
}
