import Configuration
import Experiments
import Foundation
import TestKit

/// The settings of the recorded runs: those of a small MMoE and its training that were varied, each
/// with the values that were tried.
package struct RecordedSettings: HyperparameterSet {
  @Setting("See MMoE.", search: .choice(["flat", "task"]))
  package var axis = "flat"
  @Setting("See MMoE.", in: 1...8, search: .choice([2, 4, 8]))
  package var expertCount = 4
  @Setting("See MMoE.", each: 1...32, search: .choice([[16], [32], [32, 16]]))
  package var expertSizes = [16]
  @Setting("See MMoE.", in: 1...16, search: .choice([2, 4, 8]))
  package var embeddingSize = 4
  @Setting("See MMoE.", in: 0...0.5, search: .choice([0, 0.2]))
  package var dropout = 0.0
  @Setting("See the trainer.", search: .choice(["sgd", "adam", "adagrad"]))
  package var optimizer = "adam"
  @Setting(
    "See the trainer.", in: 0...1,
    search: .choice([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]))
  package var learningRate = 0.001

  package init() {}
}

/// Runs of a small MMoE with all combinations of ``RecordedSettings``, in `Tests/Fixtures/search`:
/// one line each, with the settings and the AUC on the validation split.
package enum RecordedRuns {
  /// The place of the table.
  package static let url = FixtureFolder.url("search/mmoe-runs.csv")

  /// The names of the settings, in the order of the columns.
  package static let names = RecordedSettings.settings.map(\.name)

  /// The settings that are the model's; the others are the trainer's.
  package static let modelNames = Set(names).subtracting(["optimizer", "learningRate"])

  /// Returns the cells of a combination, such as `flat`, `4`, `32x16`.
  package static func cells(_ settings: [String: ConfigurationValue]) -> [String] {
    names.map { name in
      switch settings[name] {
      case .list(let values): values.map(\.description).joined(separator: "x")
      case let value: value?.description ?? ""
      }
    }
  }

  /// Reads the AUC of every combination, by its cells.
  package static func read() throws -> [[String]: Double] {
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    return Dictionary(
      lines.dropFirst().map { line in
        let cells = line.split(separator: ",").map(String.init)
        return (Array(cells.dropLast()), cells.last.flatMap(Double.init) ?? .nan)
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension SearchFunction {
  /// The recorded runs: 1 - AUC, looked up.
  package static let recorded: SearchFunction = {
    let table = Result { try RecordedRuns.read() }
    let best = (try? table.get())?.values.max() ?? .nan
    return SearchFunction("recorded", minimum: 1 - best) { (settings: RecordedSettings) in
      let cells = RecordedRuns.cells(settings.configuration)
      guard let auc = try table.get()[cells] else {
        throw Diagnostic("no run was recorded for \(cells.joined(separator: ", "))")
      }
      return 1 - auc
    }
  }()
}
