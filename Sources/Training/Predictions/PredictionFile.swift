import Configuration
import Foundation
import TensorCore

/// The form in which predictions are written.
public enum PredictionScore: String, CaseIterable, Sendable {
  /// The probability, 1 / (1 + exp(-log-odds)).
  case probability
  /// The log-odds as computed by the model, from which metrics can be computed without loss.
  case logit
}

/// The precision with which predictions are written.
public enum PredictionType: String, CaseIterable, Sendable {
  /// 32-bit numbers.
  case float32
  /// 64-bit numbers.
  case float64
}

/// The format of a file with the predictions for all rows of a split.
public enum PredictionFile: String, CaseIterable, Sendable {
  /// A NumPy array `[rows, tasks]` and nothing else; see ``NumPyFile``.
  case npy

  /// A CSV table with one line per row and task: row number in the split's order, leaf scenario,
  /// group number (empty if the data has no groups), task, label (empty if the task is undefined)
  /// and score, in a column named after the ``PredictionScore``.
  ///
  /// Numbers are written with enough digits to distinguish them.
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

  /// Returns a name as a field of a line, quoted if necessary.
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
