import Configuration
import Experiments
import TensorCore
import Training

extension ReportContent {
  /// Returns the number of the note that cites a source of published numbers.
  func sourceNote(_ index: Int) -> Int { generalNotes().count + index + 1 }

  /// Returns all notes, in numbered order.
  func notes() throws -> [String] {
    generalNotes() + specification.published.map { "Published numbers: \($0.source)" }
      + budgetNotes() + constraintNotes() + warmStartNotes() + (try undefinedNotes()) + runNotes()
      + trainingNotes() + precisionNotes()
      + modelNotes() + (hasLaterSemantics ? try cautions() : [])
  }

  private func generalNotes() -> [String] {
    var notes = [
      "Settings were chosen by \(specification.selection.description). Selection sees no test "
        + "metric. Where a row has one proposal only, nothing was chosen.",
      "Test split; mean ± sample standard deviation (divisor n - 1) over the seeds "
        + specification.seeds.map(String.init).joined(separator: ", ")
        + "; n is the number of runs. macro: mean over scenarios; pooled: rows of all scenarios "
        + "together. The summary shows \(hasLaterSemantics ? "both" : "macro").",
      "Best value of a column bold, second underlined, by the digits shown: equal digits share "
        + "the rank. Ceilings and published numbers are not ranked.",
      costNote(),
      searchNote(),
    ]
    if let note = specification.budgetNote { notes.append("Unequal search budgets: \(note)") }
    if let reference = specification.reference {
      notes.append(
        "Paired differences: macro value of the row minus that of \(reference) on the same seed, "
          + "mean ± sample standard deviation; p: two-sided paired t-test with n - 1 degrees of "
          + "freedom, Holm-corrected over the rows of a column; no p where it is undefined (fewer "
          + "than two pairs, or all differences equal).")
    }
    if ceilings != nil {
      notes.append(
        "best reachable: the AUC that the probabilities from which the labels were drawn have in "
          + "expectation over such draws, on the rows of the test split. On the one draw that the "
          + "split holds it differs by chance, most where positive rows are few."
          + (ceilings?.realized == nil
            ? ""
            : " true probabilities: the AUC that they have on that draw, from which a model differs by "
              + "less chance: it can pass the one in expectation without being better."))
    }
    return notes
  }

  private func searchNote() -> String {
    let rows = rows.filter { !$0.isExternal }
    let words = rows.map { row -> String in
      let search = row.declared.search
      let words = row.declared.strategy.words
      return search.strategy.id == NoSearch.id
        ? words : words + seedWords(search) + schedulerWords(search)
    }
    guard Set(words).count > 1 else { return "Search: \(words.first ?? "no search")." }
    return "Search: " + zip(rows, words).map { "\($0.label): \($1)" }.joined(separator: "; ") + "."
  }

  private func seedWords(_ search: SearchSpecification) -> String {
    ", each trained on "
      + (search.runSeeds.count == 1 ? "seed " : "seeds ")
      + search.runSeeds.map(String.init).joined(separator: ", ")
  }

  private func schedulerWords(_ search: SearchSpecification) -> String {
    search.scheduler.trainsAll ? "" : ", scheduler \(search.scheduler.words)"
  }

  /// Describes what the searches with a scheduler have cost.
  private func budgetNotes() -> [String] {
    rows.compactMap { row in
      guard row.declared.budget > 0, !row.declared.search.scheduler.trainsAll,
        row.missingTrials < row.declared.budget
      else { return nil }
      let pruned = row.trials.compactMap(\.outcome.pause)
      let done = row.trials.compactMap(\.outcome.record)
      let spent =
        Double(pruned.reduce(0) { $0 + $1.epochs }) + done.reduce(0) { $0 + $1.course.epochs }
      return "\(row.label): \(counted(pruned.count + done.count, "run")) of the search took "
        + "\(fixed(spent, digits: 1)) epochs; \(pruned.count) of them were pruned by the scheduler, "
        + "and only runs trained to their end were compared for the choice."
    }
  }

  /// Describes what searches knew before their first trial.
  private func warmStartNotes() -> [String] {
    rows.filter { $0.declared.search.isWarmStarted && $0.declared.budget > 0 }.map { row in
      "\(row.label): the search was warm-started by \(counted(row.warmStartCount, "finished run")) of "
        + "the store that are not of this experiment."
    }
  }

  /// Describes how many trials the constraints of a search have excluded.
  private func constraintNotes() -> [String] {
    rows.compactMap { row in
      let constraints = row.declared.search.constraints
      guard row.declared.budget > 0, !constraints.words.isEmpty, !row.trials.isEmpty else {
        return nil
      }
      let excluded = Set(row.trials.filter { $0.outcome.exclusion != nil }.map(\.trial)).count
      return "\(row.label): trials were to have \(constraints.words); \(excluded) of "
        + "\(row.declared.trialCount) were excluded for it and not run."
    }
  }

  /// Explains why numbers that every run should have are missing: one class only, or no groups.
  private func undefinedNotes() throws -> [String] {
    guard let grid = rows.lazy.compactMap(\.records.first).first?.test else { return [] }
    var notes: [String] = []
    for metric in specification.metrics {
      guard grid.has(metric) else {
        notes.append(
          "\(metric.title) is not in the records: the runs were made before it was measured.")
        continue
      }
      for (task, name) in tasks.enumerated() {
        let undefined = zip(scenarios, grid.cells[task]).filter { $1[metric] == nil }
        if hasLaterSemantics, !undefined.isEmpty {
          let shown = undefined.prefix(5).map {
            "\($0): \($1.rows) rows, \($1.positives) positive"
          }
          let more = undefined.count - shown.count
          notes.append(
            "\(metric.title) of \(name) is undefined in \(undefined.count) of \(scenarios.count) "
              + "scenarios, which macro leaves out (\(shown.joined(separator: "; "))"
              + (more > 0 ? "; and \(more) more)." : ")."))
          continue
        }
        for (scenario, cell) in undefined {
          notes.append(
            "\(metric.title) of \(name) in \(scenario) is undefined: \(cell.rows) rows, "
              + "\(cell.positives) positive. macro leaves it out.")
        }
      }
    }
    return notes
  }

  private func runNotes() -> [String] {
    rows.flatMap { row -> [String] in
      var notes: [String] = []
      if row.missingTrials > 0 {
        notes.append("\(row.label): \(row.missingTrials) of \(row.declared.budget) trials missing.")
      }
      if row.choice == nil && row.missingTrials == 0 {
        notes.append("\(row.label): no trial has a score, so nothing could be chosen.")
      } else if row.missingRepetitions > 0 && row.choice != nil {
        notes.append(
          "\(row.label): \(row.missingRepetitions) of \(specification.seeds.count) "
            + "repetitions missing.")
      }
      return notes
        + row.failures.map { line in
          let place = line.purpose == .search ? "trial \(line.trial), " : ""
          return "\(row.label), \(place)seed \(line.seed): failed: "
            + (line.outcome.failure?.message ?? "")
        }
    }
  }

  /// Describes how losses were reduced and which weights were kept, for runs of semantics 2 or
  /// later.
  private func trainingNotes() -> [String] {
    let trained = rows.compactMap { row in
      row.records.first.flatMap { $0.configuration.semantics > 1 ? (row.label, $0) : nil }
    }
    let reductions = trained.compactMap { label, record in
      record.configuration.training["lossReduction"].flatMap(LossReduction.init(configuration:))
        .map { (label, $0) }
    }
    let kinds = LossReduction.allCases.filter { kind in reductions.contains { $0.1 == kind } }
    let losses = kinds.map { kind in
      let labels = reductions.filter { $0.1 == kind }.map(\.0)
      return "\(kinds.count == 1 ? "Loss" : labels.joined(separator: ", ")): reduced by "
        + "\(kind.rawValue): \(kind.words)."
    }
    let last = trained.filter {
      $0.1.configuration.training["keptWeights"] == .string(KeptWeights.last.rawValue)
    }
    return losses
      + last.map { "\($0.0): trained for all epochs; the last weights were kept, not the best." }
  }

  /// Lists the rows that were computed with less than 32 bits.
  private func precisionNotes() -> [String] {
    rows.compactMap { row in
      guard let training = row.records.first?.configuration.training,
        let precision = training["precision"].flatMap(MatrixPrecision.init(configuration:)),
        precision != .fp32
      else { return nil }
      return "\(row.label): precision \(precision.rawValue): operands of the matrix products of "
        + "affine maps were rounded to \(precision.rawValue), summed in 32 bits; all else is in 32 "
        + "bits."
    }
  }

  private func modelNotes() -> [String] {
    var shown: Set<String> = []
    var notes: [String] = []
    for row in rows {
      guard let record = row.records.first else { continue }
      let own =
        record.deviations.map { "\(row.declared.model): \($0)" }
        + distinct(row.records.flatMap(\.notes)).map { "\(row.label): \($0)" }
      notes += own.filter { shown.insert($0).inserted }
    }
    return notes
  }

  private func distinct(_ sentences: [String]) -> [String] {
    var seen: Set<String> = []
    return sentences.filter { seen.insert($0).inserted }
  }

  // MARK: - Settings

  /// Returns one line per row with all its settings, the searched ones first, or, without a search, with
  /// what differs from an earlier row of the same model; and one line with the trainer settings that all
  /// rows have in common.
  func settingsLines() -> [String] {
    let used = rows.compactMap { row in row.records.first.map { (row, $0.configuration) } }
    guard !used.isEmpty else { return ["No run is done."] }
    let trained = used.filter { !$0.0.isExternal }.map(\.1.training)
    let common = (trained.first ?? [:]).filter { name, value in
      trained.allSatisfy { $0[name] == value }
    }
    let lines = used.enumerated().map { place, entry in
      let (row, configuration) = entry
      let base = used[..<place].first {
        $0.1.model == configuration.model && $0.0.tuned.isEmpty && row.tuned.isEmpty
      }
      if let base, !row.isExternal {
        let changes = changes(from: base.1, to: configuration)
        return "\(row.label), model \(configuration.model): as \(base.0.label)"
          + (changes.isEmpty ? "" : ", but \(changes.joined(separator: ", "))")
      }
      let own = configuration.training.filter { common[$0.key] == nil }
      let draw = row.declared.budget > 0 ? " (draw \(row.choice?.trial ?? 0))" : ""
      let parts = [
        ("searched", pairs(configuration, own: own, row: row, tuned: true)),
        ("not searched", pairs(configuration, own: own, row: row, tuned: false)),
      ]
      return "\(row.label), model \(configuration.model)\(draw): "
        + parts.filter { !$0.1.isEmpty }
        .map { "\($0): \($1.joined(separator: ", "))" }.joined(separator: "; ")
    }
    let shared = common.sorted { $0.key < $1.key }.map { "\($0) = \($1.description)" }
    return lines + (trained.isEmpty ? [] : ["All rows: \(shared.joined(separator: ", "))"])
  }

  private func changes(
    from base: RunConfiguration, to configuration: RunConfiguration
  ) -> [String] {
    [(base.settings, configuration.settings), (base.training, configuration.training)]
      .flatMap { old, new in
        Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }
          .map { "\($0) = \(new[$0]?.description ?? "its default")" }
      }
  }

  private func pairs(
    _ configuration: RunConfiguration, own: [String: ConfigurationValue], row: ReportRow,
    tuned: Bool
  ) -> [String] {
    func chosen(_ prefix: String, _ values: [String: ConfigurationValue]) -> [String] {
      values.filter { row.tuned.contains("\(prefix)/\($0.key)") == tuned }
        .sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.description)" }
    }
    return chosen("model", configuration.settings) + chosen("training", own)
  }
}
