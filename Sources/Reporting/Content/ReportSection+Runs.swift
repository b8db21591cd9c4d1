import Configuration
import Experiments
import Training

extension ReportSection {
  /// Every run with its end.
  static let runs = ReportSection { content in
    let order = content.rows.map(\.label)
    let lines = content.results.lines.enumerated().sorted { a, b in
      func key(_ line: Results.Line) -> (Int, Int, Int, Int) {
        (
          order.firstIndex(of: line.row) ?? 0, line.purpose == .result ? 1 : 0, line.trial,
          line.seed
        )
      }
      let (first, second) = (key(a.element), key(b.element))
      return first == second ? a.offset < b.offset : first < second
    }.map(\.element)
    guard !lines.isEmpty else { return [] }
    var table = ReportTable(
      headings: [
        "run", "model", "purpose", "trial", "seed", "end", "epochs", "best epoch", "s/epoch",
      ], rows: [])
    for line in lines {
      let record = line.outcome.record
      func number(_ value: Double?, digits: Int) -> ReportTable.Cell {
        value.map { .number(fixed($0, digits: digits), .other) } ?? .dash
      }
      table.rows.append([
        .text(String(line.id.prefix(8))), .text(line.row), .text(line.purpose.rawValue),
        .number("\(line.trial)", .other), .number("\(line.seed)", .other),
        .text(end(of: line.outcome)), number(record?.course.epochs, digits: 2),
        number(record?.course.bestEpoch, digits: 2),
        number(record?.timing.secondsPerEpoch, digits: 2),
      ])
    }
    return [.heading(level: 2, "Runs"), .table(table)]
  }

  private static func end(of outcome: RunOutcome) -> String {
    switch outcome {
    case .done(let record): record.course.stoppedEarly ? "done, stopped early" : "done"
    case .failed: "failed"
    case .pruned: "pruned"
    case .excluded: "excluded"
    }
  }
}
