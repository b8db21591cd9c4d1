import Configuration
import Experiments
import Training

extension Site.Method {
  /// Returns the page of a method: paper, deviations, settings, and its results.
  ///
  /// - Parameters:
  ///   - experiments: The experiments.
  ///   - isOwn: Whether a row is one of the method.
  func document(
    experiments: [Site.Experiment], isOwn: (ReportRow) -> Bool
  ) throws -> ReportDocument {
    var document = ReportDocument(title: card.title)
    let group = card.group.isEmpty ? "" : " (\(card.group.lowercased()))"
    document.blocks = [.paragraph("\(card.id)\(group): \(card.paper)")]
    document.blocks += try results(in: experiments, isOwn: isOwn)
    document.blocks += [
      .heading(level: 2, "Deviations from the paper"),
      card.deviations.isEmpty ? .paragraph("None.") : .notes(card.deviations),
      .heading(level: 2, "Settings"),
    ]
    guard !settings.isEmpty else {
      document.blocks.append(.paragraph("None."))
      return document
    }
    document.blocks.append(
      .table(
        ReportTable(
          headings: ["setting", "default", "meaning", "accepted", "search"],
          rows: settings.map { setting in
            [
              .text(setting.name), .text(setting.defaultValue.description), .text(setting.summary),
              .text(setting.domain.description), .text(setting.search?.words ?? ""),
            ]
          })))
    return document
  }

  private func results(
    in experiments: [Site.Experiment], isOwn: (ReportRow) -> Bool
  ) throws -> [ReportDocument.Block] {
    var table = ReportTable(
      headings: ["experiment", "row", "metric", "mean ± half of the 95 % interval", "runs"],
      rows: [])
    for experiment in experiments {
      guard let content = experiment.table, let name = try content.headline()?.name else {
        continue
      }
      for row in content.rows where isOwn(row) {
        guard let summary = Summary(try row.values(name)) else { continue }
        table.rows.append([
          .link(
            experiment.specification.title, address: "../\(experiment.specification.id)/index.html"),
          .text(row.label), .text("\(name)"),
          .number(summary.meanAndHalfWidth, .other), .text("\(summary.count)"),
        ])
      }
    }
    return table.rows.isEmpty ? [] : [.heading(level: 2, "Results"), .table(table)]
  }
}
