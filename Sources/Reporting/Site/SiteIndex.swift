import Configuration
import Experiments
import Ranking
import Training

/// The first page of a site.
struct SiteIndex {
  let experiments: [Site.Experiment]
  let models: [Site.Method]
  let balancers: [Site.Method]

  func document() throws -> ReportDocument {
    var document = ReportDocument(title: "Results")
    document.blocks = [
      .paragraph(
        "Every number is rebuilt from the committed records of its runs. The report of an experiment "
          + "has its question, tables, figures, settings, data and the commands to repeat it.")
    ]
    document.blocks += try leaderboard()
    for experiment in experiments { document.blocks += try blocks(of: experiment) }
    document.blocks += methods("Models", folder: "models", models)
    document.blocks += methods("Balancers", folder: "balancers", balancers)
    document.distinguishFigures()
    return document
  }

  // MARK: - Leaderboard

  /// Returns the table of models by experiments.
  private func leaderboard() throws -> [ReportDocument.Block] {
    var table = ReportTable(headings: ["model"], rows: [])
    let columns = try experiments.compactMap { experiment in
      try experiment.table?.headline().map { (experiment.specification.id, $0) }
    }
    let known = models.map {
      (
        key: $0.card.id,
        cell: ReportTable.Cell.link($0.card.title, address: "models/\($0.card.id).html")
      )
    }
    let external = Set(
      experiments.compactMap(\.table).flatMap(\.rows).filter(\.isExternal).map(\.label))
    let present = (known + external.sorted().map { ($0, .text($0)) }).filter { row in
      columns.contains { $0.1[row.key] != nil }
    }
    table.rows = present.map { [$0.cell] }
    for (id, headline) in columns {
      table.headings.append(id)
      let found = present.map { headline[$0.key] }
      let ranks = ReportTable.ranks(
        found.map { summary in
          summary.flatMap { headline.isWhole($0) ? Double(fixed($0.mean, digits: 4)) : nil }
        }, higherIsBetter: headline.higherIsBetter)
      for (row, (summary, rank)) in zip(found, ranks).enumerated() {
        let text = summary.map { summary in
          summary.meanAndHalfWidth + (headline.isWhole(summary) ? "" : " (n = \(summary.count))")
        }
        table.rows[row].append(text.map { .number($0, rank) } ?? .dash)
      }
    }
    guard !columns.isEmpty, !present.isEmpty else { return [] }
    return [
      .heading(level: 2, "Leaderboard"),
      .paragraph(
        "The first metric of each experiment on its test split, mean over tasks and scenarios, and "
          + "over the seeds ± half of the 95 % interval, if there are several; best of a column bold, second underlined. "
          + "A number of fewer seeds than others of its column has their number n and is not ranked. "
          + "A model stands for its first row in an experiment. Columns differ in data, search and "
          + "training, so that they are compared within a column alone; many differences there are "
          + "within chance, which the reports say."),
      .table(table),
    ]
  }

  // MARK: - Experiments and methods

  private func blocks(of experiment: Site.Experiment) throws -> [ReportDocument.Block] {
    let id = experiment.specification.id
    var blocks: [ReportDocument.Block] = [.heading(level: 2, experiment.specification.title)]
    if !experiment.specification.caption.isEmpty {
      blocks.append(.paragraph(experiment.specification.caption))
    }
    let answer: [String]
    let figure: ReportFigure?
    switch experiment.content {
    case .table(let content):
      blocks += try ReportSection.progress.blocks(content)
      answer = try content.verdictSentences(of: content.rankedMetrics.prefix(1))
      figure = try content.headlineFigure()
    case .grid(let content):
      (answer, figure) = (try content.answerSentences(), try content.headlineFigure())
    }
    if !answer.isEmpty { blocks.append(.list(answer)) }
    blocks.append(.link("Report of \(id)", address: "\(id)/index.html"))
    if let figure { blocks.append(.figure(figure)) }
    return blocks
  }

  private func methods(
    _ heading: String, folder: String, _ methods: [Site.Method]
  ) -> [ReportDocument.Block] {
    guard !methods.isEmpty else { return [] }
    return [
      .heading(level: 2, heading),
      .table(
        ReportTable(
          headings: ["name", "id", "group", "paper"],
          rows: methods.map { method in
            [
              .link(method.card.title, address: "\(folder)/\(method.card.id).html"),
              .text(method.card.id), .text(method.card.group), .text(method.card.paper),
            ]
          })),
    ]
  }
}
