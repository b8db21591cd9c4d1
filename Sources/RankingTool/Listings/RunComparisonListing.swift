import Configuration
import Experiments
import Training

/// A comparison of runs as tables: the settings that differ, metrics and the course of training.
///
/// Runs are called A, B, … in the order of the command.
struct RunComparisonListing {
  private let comparison: RunComparison
  private let names: [RunSplit: [MetricName]]
  private let letters: [String]

  /// Creates the listing.
  ///
  /// - Parameter names: The numbers to be shown for each split.
  init(_ comparison: RunComparison, names: [RunSplit: [MetricName]]) {
    (self.comparison, self.names) = (comparison, names)
    letters = comparison.sides.indices.map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) }
  }

  private var areSingle: Bool { comparison.sides.allSatisfy { $0.records.count == 1 } }

  /// The tables.
  var text: String {
    var parts = [heading, settings]
    for split in [RunSplit.test, .validation] {
      var table = TextTable([split.rawValue] + columns)
      for name in names[split] ?? [] {
        table.add([name.description] + cells(comparison.metric(name, on: split)))
      }
      if names[split]?.isEmpty == false { parts.append(table.text) }
    }
    let note =
      areSingle
      ? []
      : [
        "p: paired t-test over common seeds, not corrected for the number of rows; aesm2 compare corrects."
      ]
    return (parts + course + note).joined(separator: "\n\n")
  }

  private var heading: String {
    zip(letters, comparison.sides).enumerated().map { index, side in
      let count = side.1.records.count
      let seeds = comparison.commonSeeds(of: index).sorted().map(String.init)
      let pairs =
        areSingle || index == 0
        ? ""
        : ", paired with A by seed: "
          + (seeds.isEmpty ? "none" : seeds.joined(separator: ", "))
      return
        "\(side.0): \(side.1.label)\(areSingle ? "" : " (\(counted(count, "run")))")\(pairs)"
    }.joined(separator: "\n")
  }

  private var settings: String {
    guard !comparison.settings.isEmpty else { return "all settings are the same" }
    var table = TextTable(["differs"] + letters)
    for setting in comparison.settings {
      table.add(
        [setting.name]
          + setting.values.map { values in
            values.isEmpty ? "-" : excerpt(values.map(shown).joined(separator: ", "), limit: 40)
          })
    }
    return table.text
  }

  private func shown(_ value: ConfigurationValue) -> String {
    if case .string(let text) = value, text.count == 64 { return String(text.prefix(12)) }
    return value.description
  }

  /// Each side's value, then the differences from A.
  private var columns: [String] {
    letters + letters.dropFirst().flatMap { ["\($0) - A"] + (areSingle ? [] : ["p"]) }
  }

  private func cells(_ number: RunComparison.Number) -> [String] {
    number.summaries.map { summary in
      guard let summary else { return "-" }
      let spread = summary.deviation.map { " ± \(fourDigits($0))" } ?? ""
      return fourDigits(summary.mean) + spread
    }
      + number.differences.flatMap { difference -> [String] in
        let mean = difference.map { Verdict.signed($0.difference.mean) } ?? "-"
        return [mean]
          + (areSingle
            ? [] : [difference?.probability.map { Verdict.text(probability: $0) } ?? "-"])
      }
  }

  private var course: [String] {
    let evaluations = comparison.evaluations
    guard !evaluations.isEmpty else { return [] }
    let monitors = Set(comparison.sides.flatMap(\.records).map(\.configuration.monitor)).sorted()
    func table(_ title: String, _ number: (RunComparison.Evaluation) -> RunComparison.Number)
      -> String
    {
      var table = TextTable(["after epoch"] + columns)
      for evaluation in evaluations {
        table.add([epochs(of: evaluation)] + cells(number(evaluation)))
      }
      return title + "\n" + table.text
    }
    return [
      table("validation \(monitors.joined(separator: ", ")) during training", \.score),
      table("training loss", \.loss),
    ]
  }

  private func epochs(of evaluation: RunComparison.Evaluation) -> String {
    let texts = evaluation.epochs.map { $0.map { fixed($0, digits: 2) } ?? "-" }
    return Set(texts).count == 1 ? texts[0] : texts.joined(separator: " / ")
  }

  /// The comparison in machine-readable form.
  var value: ConfigurationValue {
    let splits = RunSplit.allCases.map { split in
      (
        split.rawValue,
        ConfigurationValue.object(
          Dictionary(
            (names[split] ?? []).map {
              ($0.description, value(of: comparison.metric($0, on: split)))
            }
          ) { $1 })
      )
    }
    return .object([
      "course": .list(
        comparison.evaluations.map {
          .object([
            "epochs": .list($0.epochs.map(Self.number)), "loss": value(of: $0.loss),
            "score": value(of: $0.score),
          ])
        }),
      "metrics": .object(Dictionary(splits) { $1 }),
      "settings": .object(
        Dictionary(comparison.settings.map { ($0.name, .list($0.values.map { .list($0) })) }) { $1 }
      ),
      "sides": .list(
        comparison.sides.enumerated().map { index, side in
          .object([
            "label": .string(side.label), "runs": .list(side.records.map { .string($0.id) }),
            "pairedSeeds": .list(comparison.commonSeeds(of: index).map { .integer($0) }),
          ])
        }),
    ])
  }

  private func value(of number: RunComparison.Number) -> ConfigurationValue {
    .object([
      "means": .list(number.summaries.map { Self.number($0?.mean) }),
      "deviations": .list(number.summaries.map { Self.number($0?.deviation) }),
      "differences": .list(number.differences.map { Self.number($0?.difference.mean) }),
      "pairs": .list(number.differences.map { .integer($0?.difference.count ?? 0) }),
      "probabilities": .list(number.differences.map { Self.number($0?.probability) }),
    ])
  }

  private static func number(_ value: Double?) -> ConfigurationValue {
    value.map { .number($0) } ?? .null
  }
}
