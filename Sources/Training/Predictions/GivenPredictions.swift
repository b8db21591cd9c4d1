import Configuration
import Foundation
import Ranking

/// Predictions for the rows of a split from outside this framework.
public struct GivenPredictions: Sendable {
  /// The kind of numbers.
  public enum Scores: String, ConfigurationChoice {
    /// Probabilities, above 0 and below 1.
    case probability
    /// Log-odds.
    case logOdds = "log-odds"
  }

  private let logits: [Float]
  private let shape: [Int]
  private let path: String

  /// Reads an array `[rows, tasks]` from a NumPy file.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the row of a number that is not a valid
  ///   score.
  public init(contentsOf path: String, scores: Scores) throws {
    let array = try NumPyFile.read(path)
    let width = max(1, array.shape.last ?? 1)
    logits = try array.values.enumerated().map { index, value in
      let logit = scores == .logOdds ? value : log(value / (1 - value))
      guard logit.isFinite, Float(logit).isFinite else {
        throw Diagnostic(
          "has \(value) in row \(index / width), column \(index % width), which is no "
            + (scores == .logOdds ? "log-odds" : "probability above 0 and below 1")
        ).at(path)
      }
      return Float(logit)
    }
    shape = array.shape
    self.path = path
  }

  /// Measures the predictions like those of a model.
  ///
  /// - Throws: ``Diagnostic`` if there is not exactly one number per row of the split and task.
  public func evaluate(on split: some EvaluationSplit) throws -> MetricGrid {
    let source = split.rows
    let wanted = [source.rowCount, source.problem.tasks.count]
    guard shape == wanted else {
      throw Diagnostic(
        "has the shape \(shape), but the split has \(wanted[0]) rows and \(wanted[1]) tasks"
      ).at(path)
    }
    return try LabelTable(reading: source).grid(logits: logits)
  }
}
