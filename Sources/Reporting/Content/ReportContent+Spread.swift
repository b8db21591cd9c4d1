import Configuration
import Experiments
import Training

extension ReportContent {
  /// The confidence level of intervals.
  private static let level = 0.95

  /// How much rows spread over seeds, with the share of every source of chance if some rows fix the
  /// others.
  func spreadBlocks(_ scores: [SeedScores]) -> [ReportDocument.Block] {
    guard specification.seeds.count > 1 else { return [] }
    let fixesSeeds = rows.contains { !$0.varyingSources.isEverySource }
    var blocks: [ReportDocument.Block] = []
    for score in scores {
      let table = ReportTable(
        headings: ["model"] + (fixesSeeds ? ["varies"] : [])
          + ["standard deviation", "95 % interval"] + (fixesSeeds ? ["share of variance"] : []),
        rows: score.entries.map { entry in
          [.text(entry.row.label)]
            + (fixesSeeds ? [.text(entry.row.varyingSources.words)] : [])
            + Self.spreadCells(entry.values)
            + (fixesSeeds ? [score.varianceShare(of: entry).map(Self.percent) ?? .dash] : [])
        })
      blocks += [.heading(level: 3, "\(score.name): spread over seeds"), .table(table)]
    }
    return blocks + [
      .paragraph(
        "Sample standard deviation over \(counted(specification.seeds.count, "seed")), with its interval by the chi-squared distribution, which takes scores to be normal."
          + (fixesSeeds
            ? " share of variance: of the variance of the row with the same settings in which everything varies. Sources interact, so the shares of single sources need not add up to 100 %."
            : ""))
    ]
  }

  /// Returns the cells with the standard deviation of values and its interval.
  static func spreadCells(_ values: [Double]) -> [ReportTable.Cell] {
    func text(_ number: Double) -> String { fixed(number, digits: 5) }
    guard let summary = Summary(values), let deviation = summary.deviation,
      let interval = summary.deviationInterval(level)
    else { return [.dash, .dash] }
    return [
      .text(text(deviation)),
      .text("\(text(interval.lowerBound)) to \(text(interval.upperBound))"),
    ]
  }

  private static func percent(_ share: Double) -> ReportTable.Cell {
    .text("\(fixed(100 * share, digits: 1)) %")
  }
}

extension SeedScores {
  /// Returns the variance of an entry as a share of that of the entry with the same settings and no
  /// fixed seed; nil if there is none, or it has no variance.
  fileprivate func varianceShare(of entry: Entry) -> Double? {
    let whole = entries.first { other in
      other.row.varyingSources.isEverySource && other.row.hasSettings(of: entry.row)
    }
    guard let whole, let all = Summary(whole.values)?.deviation, all > 0,
      let own = Summary(entry.values)?.deviation
    else { return nil }
    return own * own / (all * all)
  }
}

extension ReportRow {
  /// The sources of chance that follow the seeds of the row's runs.
  fileprivate var varyingSources: [FixedSeeds.Source] {
    (declared.training["fixedSeeds"].flatMap(FixedSeeds.init(configuration:)) ?? FixedSeeds())
      .varying
  }

  /// Returns whether a row is the same but for the seeds that it fixes.
  fileprivate func hasSettings(of other: ReportRow) -> Bool {
    func settings(_ row: ReportRow) -> [ConfigurationValue] {
      var training = row.declared.training
      training["fixedSeeds"] = nil
      return [
        .string(row.declared.model), .string(row.declared.predictions ?? ""),
        .object(row.declared.settings), .object(training),
      ]
    }
    return settings(self) == settings(other)
  }
}

extension [FixedSeeds.Source] {
  fileprivate var isEverySource: Bool { count == FixedSeeds.Source.allCases.count }

  fileprivate var words: String {
    isEverySource
      ? "everything" : isEmpty ? "nothing" : map(\.rawValue).joined(separator: ", ")
  }
}
