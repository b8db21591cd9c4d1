import Configuration
import Experiments

extension ReportSection {
  /// The settings as tables: a row per setting of models, with a column per row of the report, and
  /// the settings of the trainer that all rows have in common.
  static let settingTables = ReportSection { content in
    let used = content.rows.compactMap { row in row.records.first.map { (row, $0.configuration) } }
    guard !used.isEmpty else { return [] }
    let trained = used.filter { !$0.0.isExternal }.map(\.1.training)
    let common = (trained.first ?? [:]).filter { name, value in
      trained.allSatisfy { $0[name] == value }
    }
    func table(
      _ kind: String, _ values: (RunConfiguration) -> [String: ConfigurationValue]
    ) -> ReportTable? {
      let names = Set(used.flatMap { values($0.1).keys }).sorted()
      guard !names.isEmpty else { return nil }
      return ReportTable(
        headings: ["setting"] + used.map(\.0.label),
        rows: names.map { name in
          [.text(name)]
            + used.map { row, configuration in
              guard let value = values(configuration)[name] else { return .text("") }
              let isSearched = row.tuned.contains("\(kind)/\(name)")
              return .text(value.description + (isSearched ? " (searched)" : ""))
            }
        })
    }
    var blocks: [ReportDocument.Block] = [.heading(level: 2, "Settings")]
    if let models = table("model", \.settings) {
      blocks += [.heading(level: 3, "Models"), .table(models)]
    }
    if let own = table("training", { $0.training.filter { common[$0.key] == nil } }) {
      blocks += [.heading(level: 3, "Trainer, by row"), .table(own)]
    }
    if !common.isEmpty {
      blocks += [
        .heading(level: 3, "Trainer, all rows"),
        .table(
          ReportTable(
            headings: ["setting", "value"],
            rows: common.sorted { $0.key < $1.key }.map {
              [.text($0.key), .text($0.value.description)]
            })),
      ]
    }
    return blocks
  }
}
