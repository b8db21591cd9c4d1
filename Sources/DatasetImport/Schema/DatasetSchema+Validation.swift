import Configuration
import Datasets
import Ranking

extension DatasetSchema {
  /// Checks the constraints between keys.
  ///
  /// - Throws: ``Diagnostic`` with the file, the line and the key.
  func validate() throws {
    for (what, count) in [
      ("sources", sources.count), ("scenarios", scenarios.count), ("tasks", tasks.count),
    ] where count == 0 {
      throw places[what].error("must have one or more elements")
    }
    let features = features.named
    try checkUnique(
      "feature", features + (targetEncoding?.features.map { ($0.name, $0.place) } ?? []))
    try checkUnique("task", tasks.map { ($0.name, $0.place) })
    try checkUnique("derived column", derived.map { ($0.name, $0.place) })
    try checkUnique("scenario level", scenarios.map { ($0.column, $0.place) })
    try places["features"].locating { try checkNamesDiffer("feature", features.map { $0.name }) }
    try places["tasks"].locating {
      try checkNamesDiffer("task", tasks.map(\.name))
      _ = try TaskChains(tasks.map(\.task))
    }
    try places["scenarios"].locating {
      try checkNamesDiffer("scenario level", scenarios.map(\.column))
    }
    try checkOrder()
    try checkNeverFeatures()
    try checkPublishedSplits()
    try checkLeftOutValues()
    try checkMissingIn()
    for feature in targetEncoding?.features ?? [] {
      if let task = feature.task, !tasks.contains(where: { $0.name == task }) {
        throw feature.place.locating(.unknown("task", task, accepted: tasks.map(\.name)))
      }
    }
  }

  private func checkUnique(_ what: String, _ names: [(name: String, place: SchemaPlace)]) throws {
    var seen: Set<String> = []
    if let twice = names.first(where: { !seen.insert($0.name).inserted }) {
      throw twice.place.error("the \(what) '\(excerpt(twice.name))' occurs twice")
    }
  }

  /// Checks that a derived column uses only those above it.
  private func checkOrder() throws {
    for (index, column) in derived.enumerated() {
      let later = Set(derived[index...].map(\.name))
      if let input = column.derivation.columns.first(where: later.contains) {
        throw column.place.error(
          "'\(column.name)' uses '\(input)', which is not derived above it")
      }
    }
  }

  /// Checks that no feature is read or derived from a never-feature or a label, unless a derived
  /// column in between is declared safe.
  private func checkNeverFeatures() throws {
    let labels = Set(tasks.map(\.label))
    let never = Set(neverFeatures.map(\.text))
    func check(
      _ column: String, of what: String, at place: SchemaPlace, through path: [String] = []
    ) throws {
      let way = path.isEmpty ? "" : ", through \(path.joined(separator: ", "))"
      if never.contains(column) {
        throw place.error("\(what) uses '\(column)'\(way), which neverFeatures forbids")
      }
      if labels.contains(column) {
        throw place.error("\(what) uses '\(column)'\(way), which is the label of a task")
      }
      guard let source = derived.first(where: { $0.name == column }), !source.isSafe else { return }
      for input in source.derivation.columns {
        try check(input, of: what, at: place, through: path + [column])
      }
    }
    for (feature, column) in zip(features.named, features.columns) {
      try check(column, of: "feature '\(feature.name)'", at: feature.place)
    }
    for feature in targetEncoding?.features ?? [] {
      for key in feature.keys {
        try check(key, of: "statistic '\(feature.name)'", at: feature.place)
      }
    }
    for level in scenarios { try check(level.column, of: "the level", at: level.place) }
    if let weight, tasks.contains(where: { $0.label == weight }) {
      throw places["weight"].error("'\(weight)' is the label of a task")
    }
  }

  /// Checks that texts for missing cells are given only for file columns that are read.
  private func checkMissingIn() throws {
    let made = Set(derived.map(\.name))
    let used = closure(of: StagedColumns(self).all.union(filter?.columns ?? []))
      .union((sources + leftOutSources).flatMap(\.joins).map(\.key))
    for column in missingIn.keys.sorted() {
      let place = places["missingIn.\(column)"]
      if made.contains(column) {
        throw place.error(
          "'\(column)' is a derived column; name the columns that it is derived from, or derive it "
            + "with 'map'")
      }
      guard used.contains(column) else {
        throw place.locating(
          .unknown("column", column, accepted: used.subtracting(made).sorted()))
      }
    }
  }

  /// Checks that no values of a scenario column are left out: a scenario without train rows has no
  /// weights.
  private func checkLeftOutValues() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      guard case .leaveOut(_, let column) = rule,
        scenarios.contains(where: { $0.column == column })
      else { continue }
      throw places["split.\(name.rawValue)"].error(
        "leaves out values of '\(column)', which is a level of scenarios: a scenario without train "
          + "rows has no weights")
    }
  }

  private func checkPublishedSplits() throws {
    for (name, rule) in [(SplitName.test, split.test), (.validation, split.validation)] {
      let isPublished = sources.contains { $0.split == name }
      guard isPublished == (rule == .published) else {
        throw places["split.\(name.rawValue)"].error(
          isPublished
            ? "must be 'published', because a source is of this split"
            : "is 'published', but no source is of this split")
      }
    }
  }
}
