import Datasets
import Ranking
import Training

extension RunOutcome {
  /// The outcome as stored in a file; its canonical JSON is one line.
  public var value: ConfigurationValue {
    switch self {
    case .done(let record): record.value
    case .failed(let failure): failure.value
    }
  }

  /// Creates an outcome from the contents of a file.
  ///
  /// - Throws: ``ConfigurationError`` where a member is missing, of another kind or unknown, or
  ///   where the id is not that of the configuration.
  public init(_ value: ConfigurationValue) throws {
    if value["failure"] == nil {
      self = .done(try RunRecord(value))
    } else {
      self = .failed(try RunFailure(value))
    }
  }
}

extension RunRecord {
  var value: ConfigurationValue {
    .object([
      "ceilings": ceilings.map(\.value) ?? .null, "configuration": configuration.value,
      "course": course.value, "deviations": deviations.configuration, "id": .string(id),
      "notes": notes.configuration, "parameterCount": .integer(parameterCount),
      "provenance": provenance.value, "test": test.configuration, "timing": timing.value,
      "validation": validation.configuration,
    ])
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value,
      keys: [
        "ceilings", "configuration", "course", "deviations", "id", "notes", "parameterCount",
        "provenance", "test", "timing", "validation",
      ])
    let ceilings = try fields.value("ceilings")
    self.init(
      configuration: try RunConfiguration(try fields.value("configuration")),
      deviations: try fields("deviations", [String].self),
      notes: try fields("notes", [String].self),
      parameterCount: try fields("parameterCount", Int.self),
      course: try Course(try fields.value("course")),
      validation: try MetricGrid(configuration: try fields.value("validation")),
      test: try MetricGrid(configuration: try fields.value("test")),
      ceilings: ceilings == .null ? nil : try Ceilings(ceilings),
      timing: try Timing(try fields.value("timing")),
      provenance: try Provenance(try fields.value("provenance")))
    try configuration.checkID(try fields("id", String.self))
  }
}

extension RunFailure {
  var value: ConfigurationValue {
    .object([
      "configuration": configuration.value, "failure": .string(message),
      "id": .string(configuration.id), "provenance": provenance.value,
      "step": step.map { .integer($0) } ?? .null,
    ])
  }

  init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(
      value, keys: ["configuration", "failure", "id", "provenance", "step"])
    self.init(
      configuration: try RunConfiguration(try fields.value("configuration")),
      message: try fields("failure", String.self), step: try fields.optional("step", Int.self),
      provenance: try Provenance(try fields.value("provenance")))
    try configuration.checkID(try fields("id", String.self))
  }
}

extension RunConfiguration {
  fileprivate func checkID(_ found: String) throws {
    guard found == id else {
      throw ConfigurationError(
        "the id \(found) is not that of the configuration beside it, which is \(id): "
          + "one of them was changed by hand")
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
      steps: try fields("steps", Int.self), epochs: try fields("epochs", Double.self),
      stoppedEarly: try fields("stoppedEarly", Bool.self),
      bestStep: try fields("bestStep", Int.self),
      bestEpoch: try fields("bestEpoch", Double.self),
      trainingLoss: try fields("trainingLoss", [Double].self),
      validationScore: try optionalNumbers(try fields.list("validationScore")))
  }
}

extension RunRecord.Timing {
  fileprivate var value: ConfigurationValue {
    .object([
      "rowsPerSecond": .number(rowsPerSecond), "secondsPerEpoch": .number(secondsPerEpoch),
    ])
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["rowsPerSecond", "secondsPerEpoch"])
    self.init(
      secondsPerEpoch: try fields("secondsPerEpoch", Double.self),
      rowsPerSecond: try fields("rowsPerSecond", Double.self))
  }
}

extension Ceilings {
  fileprivate var value: ConfigurationValue {
    .object([
      "cells": .list(cells.map { .list($0.map(\.configuration)) }),
      "macro": .list(macroMeans.map(\.configuration)),
      "pooled": .list(pooled.map(\.configuration)),
    ])
  }

  fileprivate init(_ value: ConfigurationValue) throws {
    let fields = try ConfigurationFields(value, keys: ["cells", "macro", "pooled"])
    self.init(
      cells: try fields.list("cells").map { row in
        guard case .list(let values) = row else {
          throw ConfigurationError("cells must be a list of lists")
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

/// Returns numbers, nil for null.
private func optionalNumbers(_ values: [ConfigurationValue]) throws -> [Double?] {
  try values.map { value in
    if value == .null { return nil }
    guard let number = Double(configuration: value) else {
      throw ConfigurationError("\(value.description) should be a number or null")
    }
    return number
  }
}
