import Configuration
import Foundation
import TensorCore

/// What a prediction is written as.
public enum PredictionScore: String, CaseIterable, Sendable {
  /// The probability, 1 / (1 + exp(-log-odds)).
  case probability
  /// The log-odds, as the model computes them: metrics follow from them without loss.
  case logit
}

/// How precisely a prediction is written.
public enum PredictionType: String, CaseIterable, Sendable {
  /// 32-bit numbers.
  case float32
  /// 64-bit numbers.
  case float64
}

/// The predictions of all rows of a split as a file.
public enum PredictionFile: String, CaseIterable, Sendable {
  /// A NumPy array `[rows, tasks]`, and nothing else; see ``NumPyFile``.
  case npy

  /// A table in CSV with one line per row and task: number of the row in the split's order, leaf
  /// scenario, number of the group (empty where the data has no groups), task, label (empty where the task is not
  /// defined) and score, whose column has the name of the ``PredictionScore``.
  ///
  /// Numbers are written with as many digits as tell them apart.
  case csv

  /// Writes a file, in full or not at all.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public func write(
    _ evaluation: Evaluation, as score: PredictionScore, type: PredictionType, to path: String
  ) throws {
    switch (self, type) {
    case (.npy, .float32):
      try NumPyFile.write(
        Tensor(evaluation.scores(score).map(Float.init), shape: evaluation.logits.shape), to: path)
    case (.npy, .float64):
      try NumPyFile.write(
        evaluation.scores(score), shape: evaluation.logits.shape, to: path)
    case (.csv, _): try writeTable(evaluation, as: score, type: type, to: path)
    }
  }

  private func writeTable(
    _ evaluation: Evaluation, as score: PredictionScore, type: PredictionType, to path: String
  ) throws {
    let table = evaluation.table
    let tasks = table.problem.tasks.map { Self.field($0.name) }
    let scenarios = table.problem.scenarios.leafNames.map(Self.field)
    let scores = evaluation.scores(score)
    try AtomicFile.write(path) { append in
      var text = "row,scenario,group,task,label,\(score.rawValue)\n"
      for row in table.leaves.indices {
        let scenario = scenarios[Int(table.leaves[row])]
        let group = table.groups.map { "\($0[row])" } ?? ""
        for (index, task) in tasks.enumerated() {
          let label = table.label(row: row, task: index).map { $0 ? "1" : "0" } ?? ""
          let value = scores[row * tasks.count + index]
          let number = type == .float32 ? "\(Float(value))" : "\(value)"
          text += "\(row),\(scenario),\(group),\(task),\(label),\(number)\n"
        }
        if text.utf8.count > 1 << 16 {
          try Array(text.utf8).withUnsafeBytes(append)
          text = ""
        }
      }
      try Array(text.utf8).withUnsafeBytes(append)
    }
  }

  /// Returns a name as a field of a line, in quotes where it needs them.
  private static func field(_ name: String) -> String {
    let needsQuotes = name.utf8.contains { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }
    return needsQuotes ? "\"" + name.replacing("\"", with: "\"\"") + "\"" : name
  }
}

extension Evaluation {
  /// The scores of every row and task, row by row.
  fileprivate func scores(_ score: PredictionScore) -> [Double] {
    let logits = self.logits.values.map(Double.init)
    return score == .logit ? logits : logits.map { 1 / (1 + exp(-$0)) }
  }
}
