import ArgumentParser
import Configuration
import Datasets
import Foundation
import Ranking

struct DataDescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Describe a data set: features, scenarios, tasks and counts.",
    discussion: """
      Example:
        aesm2 data describe cache/aliexpress
        aesm2 data describe cache/aliexpress --json
      """)

  @Argument(help: "The cache folder.")
  var data: String

  @Flag(help: "Verify the digests of all files.")
  var verify = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let dataset = try Dataset.open(at: URL(fileURLWithPath: data), verifyingDigests: verify)
    if json {
      print(DatasetListing(dataset).value.canonicalJSON)
    } else {
      print(printable(DatasetDescription(dataset).description), terminator: "")
    }
  }
}

/// The output of `aesm2 data describe --json` for a data set.
struct DatasetListing {
  private let dataset: Dataset

  init(_ dataset: Dataset) { self.dataset = dataset }

  private var problem: Problem { dataset.problem }

  /// The description in machine-readable form.
  var value: ConfigurationValue {
    .object([
      "features": .object([
        "categorical": .list(problem.fields.map(\.value)),
        "multiValued": .list(problem.bags.map(\.value)),
        "numerical": problem.numericals.configuration,
      ]),
      "fingerprint": .string(dataset.fingerprint),
      "roles": .object((problem.roles ?? [:]).mapValues { .string($0.rawValue) }),
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
          .object([
            "domain": $0.domain.map { .string($0) } ?? .null,
            "follows": $0.follows.map { .string($0) } ?? .null, "name": .string($0.name),
          ])
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
