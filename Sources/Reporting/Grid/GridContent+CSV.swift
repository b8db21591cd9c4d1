import Experiments
import Training

extension GridContent {
  /// Returns the report as CSV: one line per data set, number and row, at full precision; differences
  /// are the reference minus the row.
  func csv() throws -> String {
    var lines = [
      grid.axes.flatMap(\.names).map(csvPlain) + [
        "row", "model", "metric", "task", "mean", "deviation", "n", "expected", "ceiling",
        "difference", "lower", "upper", "p",
      ]
    ]
    for name in names {
      let advantages = try advantages(name)
      for (index, cell) in cells.enumerated() {
        let place = zip(grid.axes, cell.declared.positions).flatMap { axis, position in
          axis.values[position].map { csvPlain($0.description) }
        }
        for row in cell.content.rows {
          let summary = Summary(try row.values(name))
          let own = advantages.first { $0.cell == index && $0.rival == row.label }
          let interval = own?.comparison?.interval()
          let task = if case .task(let task) = name.scope { task } else { "" }
          lines.append(
            place + [row.label, row.declared.model, name.metric.id, task].map(csvPlain)
              + [text(summary?.mean), text(summary?.deviation), "\(summary?.count ?? 0)"]
              + ["\(specification.seeds.count)", text(cell.content.ceiling(name))]
              + [text(own?.comparison?.difference.mean), text(interval?.lowerBound)]
              + [text(interval?.upperBound), text(own?.probability)])
        }
      }
    }
    return csvText(lines)
  }

  private func text(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}
