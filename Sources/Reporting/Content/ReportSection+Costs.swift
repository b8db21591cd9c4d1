import Configuration
import Experiments

extension ReportSection {
  /// The trials of every row that no other trial dominates in quality and cost; empty unless
  /// selection names a cost.
  static let costs = ReportSection { content in
    let selection = content.specification.selection
    guard let cost = selection.cost else { return [] }
    var table = ReportTable(
      headings: ["model", "trial", "\(selection.metric) (validation)", cost.heading, "chosen"],
      rows: [])
    for row in content.rows where row.declared.budget > 0 && row.missingTrials == 0 {
      for (trial, score) in selection.undominated(row.scores) {
        table.rows.append([
          .text(row.label), .text("\(trial)"),
          .number(fixed(score.value, digits: 4), .other),
          .number(fixed(score.cost ?? 0, digits: cost.digits), .other),
          .text(trial == row.choice?.trial ? "yes" : ""),
        ])
      }
    }
    guard !table.rows.isEmpty else { return [] }
    return [
      .heading(level: 2, "Quality and cost of trials"),
      .paragraph(
        "The trials, trained to their end, of which no other has at least the same "
          + "\(selection.metric) on validation with at most the same \(cost.rawValue), and is better "
          + "in one of them. Means over the search seeds."),
      .table(table),
    ]
  }
}

extension TrialCost {
  fileprivate var heading: String {
    switch self {
    case .parameters: "parameters"
    case .seconds: "seconds of training"
    }
  }

  fileprivate var digits: Int { self == .parameters ? 0 : 1 }
}
