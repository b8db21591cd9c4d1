import Configuration
import Datasets
import Ranking
import Tabular

extension DatasetSchema {
  /// Checks what no single key shows.
  ///
  /// - Throws: ``Diagnostic``.
  func validate() throws {
    for (what, names) in [
      ("sources", sources.map(\.file)), ("scenarios", scenarios.map(\.column)),
      ("tasks", tasks.map(\.name)),
    ] where names.isEmpty {
      throw Diagnostic("\(what) must have one or more elements")
    }
    try checkUnique("feature", features.names + (targetEncoding?.features.map(\.name) ?? []))
    try checkUnique("task", tasks.map(\.name))
    try checkUnique("derived column", derived.map(\.name))
    try checkUnique("scenario level", scenarios.map(\.column))
    try checkNamesDiffer("feature", features.names)
    try checkNamesDiffer("task", tasks.map(\.name))
    try checkNamesDiffer("scenario level", scenarios.map(\.column))
    try locating("tasks") { _ = try TaskChains(tasks.map(\.task)) }
    try checkOrder()
    try checkNeverFeatures()
    try checkPublishedSplits()
    try checkLeftOutValues()
    try checkMissingIn()
    for feature in targetEncoding?.features ?? [] {
      if let task = feature.task, !tasks.contains(where: { $0.name == task }) {
        throw Diagnostic.unknown("task", task, accepted: tasks.map(\.name)).at("statistics")
      }
    }
  }

  private func checkUnique(_ what: String, _ names: [String]) throws {
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0).inserted }) {
      throw Diagnostic("the \(what) '\(excerpt(twice))' occurs twice")
    }
  }

  /// A derived column may use those above it only.
  private func checkOrder() throws {
    for (index, column) in derived.enumerated() {
      let later = Set(derived[index...].map(\.name))
      if let input = column.derivation.columns.first(where: later.contains) {
        throw Diagnostic(
          "derive: '\(column.name)' uses '\(input)', which is not derived above it")
      }
    }
  }

  /// A feature must not be read or derived from a never-feature or a label, unless a derived column
  /// on the way is stated to be safe.
  private func checkNeverFeatures() throws {
    let labels = Set(tasks.map(\.label))
    func check(_ column: String, of what: String, through path: [String]) throws {
      let way = path.isEmpty ? "" : ", through \(path.joined(separator: ", "))"
      if neverFeatures.contains(column) {
        throw Diagnostic(
          "\(what) uses '\(column)'\(way), which neverFeatures forbids")
      }
      if labels.contains(column) {
        throw Diagnostic("\(what) uses '\(column)'\(way), which is the label of a task")
      }
      guard let source = derived.first(where: { $0.name == column }), !source.isSafe else { return }
      for input in source.derivation.columns {
        try check(input, of: what, through: path + [column])
      }
    }
    for (name, column) in zip(features.names, features.columns) {
      try check(column, of: "feature '\(name)'", through: [])
    }
    for feature in targetEncoding?.features ?? [] {
      for key in feature.keys { try check(key, of: "statistic '\(feature.name)'", through: []) }
    }
    for level in scenarios { try check(level.column, of: "scenarios", through: []) }
    if let weight, tasks.contains(where: { $0.label == weight }) {
      throw Diagnostic("weight: '\(weight)' is the label of a task")
    }
  }

  /// Texts for a missing cell are looked for in the columns of files that something is read from.
  private func checkMissingIn() throws {
    let made = Set(derived.map(\.name))
    let used = closure(of: StagedColumns(self).all.union(filter?.columns ?? []))
      .union(sources.flatMap(\.joins).map(\.key))
    for column in missingIn.keys.sorted() {
      if made.contains(column) {
        throw Diagnostic(
          "missingIn: '\(column)' is a derived column; name the columns that it is derived from, or "
            + "derive it with 'map'")
      }
      guard used.contains(column) else {
        throw Diagnostic.unknown(
          "column", column, accepted: used.subtracting(made).sorted()
        ).at("missingIn")
      }
    }
  }

  /// No model can be judged on a scenario that it has no train rows of.
  private func checkLeftOutValues() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      guard case .leaveOut(_, let column) = rule,
        scenarios.contains(where: { $0.column == column })
      else { continue }
      throw Diagnostic(
        "split.\(name.rawValue) leaves out values of '\(column)', which is a level of scenarios: a "
          + "scenario without train rows has no weights")
    }
  }

  private func checkPublishedSplits() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      let isPublished = sources.contains { $0.split == name }
      guard isPublished == (rule == .published) else {
        throw Diagnostic(
          isPublished
            ? "split.\(name.rawValue) must be 'published', because a source is of this split"
            : "split.\(name.rawValue) is 'published', but no source is of this split")
      }
    }
  }
}
