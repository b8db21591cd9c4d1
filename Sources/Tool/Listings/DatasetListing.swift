import Datasets
import Ranking

/// What `aesm2 data describe` says of a data set.
struct DatasetListing {
  private let dataset: Dataset

  init(_ dataset: Dataset) { self.dataset = dataset }

  private var problem: Problem { dataset.problem }

  /// The description as lines.
  var text: String {
    var lines = dataset.manifest.provenance.sorted { $0.key < $1.key }
      .map { "\($0.key): \($0.value)" }
    lines.append("fingerprint: \(dataset.fingerprint)")
    lines.append(
      "features: \(problem.fields.count) categorical (\(problem.fields.map(\.vocabularySize).reduce(0, +)) ids), "
        + "\(problem.bags.count) multi-valued, \(problem.numericals.count) numerical")
    lines.append(
      "scenarios: \(problem.scenarios.leafCount) ("
        + problem.scenarios.levels.map { "\($0.name): \($0.values.count)" }.joined(separator: ", ")
        + ")")
    for task in problem.tasks {
      lines.append("task: \(task.name)" + (task.domain.map { " (where \($0))" } ?? ""))
    }
    return lines.joined(separator: "\n") + "\n\n" + countTable.text
  }

  private var countTable: TextTable {
    var table = TextTable(
      ["split", "scenario", "rows"]
        + problem.tasks.flatMap { ["\($0.name) defined", "positive"] })
    for split in SplitName.allCases {
      let counts = dataset.counts(of: split)
      for (leaf, name) in problem.scenarios.leafNames.enumerated() {
        table.add(
          [split.rawValue, name, "\(counts.rowCounts[leaf])"]
            + problem.tasks.indices.flatMap {
              ["\(counts.definedCounts[leaf][$0])", "\(counts.positiveCounts[leaf][$0])"]
            })
      }
      table.add(
        [split.rawValue, "all", "\(counts.rowCount)"]
          + problem.tasks.indices.flatMap {
            ["\(counts.definedCount(task: $0))", "\(counts.positiveCount(task: $0))"]
          })
    }
    return table
  }

  /// The description for programs.
  var value: ConfigurationValue {
    .object([
      "features": .object([
        "categorical": .list(problem.fields.map(\.value)),
        "multiValued": .list(problem.bags.map(\.value)),
        "numerical": problem.numericals.configuration,
      ]),
      "fingerprint": .string(dataset.fingerprint),
      "provenance": .object(dataset.manifest.provenance.mapValues { .string($0) }),
      "scenarios": .object([
        "leaves": problem.scenarios.leafNames.configuration,
        "levels": .list(
          problem.scenarios.levels.map {
            .object(["name": .string($0.name), "values": $0.values.configuration])
          }),
      ]),
      "splits": .object(
        Dictionary(
          SplitName.allCases.map { ($0.rawValue, value(of: dataset.counts(of: $0))) },
          uniquingKeysWith: { first, _ in first })),
      "tasks": .list(
        problem.tasks.map {
          .object(["domain": $0.domain.map { .string($0) } ?? .null, "name": .string($0.name)])
        }),
    ])
  }

  private func value(of counts: SplitCounts) -> ConfigurationValue {
    .object([
      "defined": counts.definedCounts.configuration,
      "positive": counts.positiveCounts.configuration, "rows": counts.rowCounts.configuration,
    ])
  }
}

extension CategoricalField {
  fileprivate var value: ConfigurationValue {
    .object(["name": .string(name), "vocabularySize": .integer(vocabularySize)])
  }
}
