import Configuration
import Experiments
import Training

extension GridContent {
  /// Returns the first heat map, for an index of experiments; nil if there is none.
  func headlineFigure() throws -> ReportFigure? {
    guard let name = names.first else { return nil }
    return try maps(name, advantages(name)).first
  }

  /// Returns the advantages as heat maps with their intervals.
  ///
  /// Columns are the values of the last axis. With one axis, rows are the other rows of the table; with
  /// more, every other row has a map of its own, whose rows are the values of the first axes.
  func maps(_ name: MetricName, _ advantages: [Advantage]) -> [ReportFigure] {
    guard let reference = specification.reference, let last = grid.axes.last,
      name.metric.higherIsBetter != nil
    else { return [] }
    let rivals = labels.filter { $0 != reference }
    let bound = advantages.compactMap { $0.comparison.map { abs($0.difference.mean) } }.max() ?? 0
    func map(_ title: String, rowLabel: String, rows: [(label: String, cells: [Advantage?])])
      -> HeatMap
    {
      var map = HeatMap(
        title: title, rowLabel: rowLabel, columnLabel: last.title, rows: rows.map(\.label),
        columns: last.values.indices.map(last.valueText),
        values: rows.map { $0.cells.map { $0?.comparison?.difference.mean } },
        scale: .diverging(bound: bound, higherIsBetter: name.metric.higherIsBetter != false),
        digits: 4)
      map.details = rows.map { $0.cells.map { Self.interval($0) } }
      return map
    }
    func found(_ positions: [Int], _ rival: String) -> Advantage? {
      cells.firstIndex { $0.declared.positions == positions }.flatMap { cell in
        advantages.first { $0.cell == cell && $0.rival == rival }
      }
    }
    let columns = Array(last.values.indices)
    let lead = "\(name.metric.title) of \(name.taskLabel): \(reference) minus"
    func caption(_ rival: String) -> String {
      "\(lead) \(rival): the mean difference over seeds, positive where \(reference) has the larger "
        + "value, with its 95 % interval by t."
    }
    guard grid.axes.count > 1 else {
      let map = map(
        "\(lead) others", rowLabel: "model",
        rows: rivals.map { rival in (rival, columns.map { found([$0], rival) }) })
      return [ReportFigure(map, name: "advantage-\(name)", caption: caption("others"))].compactMap {
        $0
      }
    }
    let heads = cells.map { Array($0.declared.positions.dropLast()) }.uniqued()
    return rivals.compactMap { rival in
      let map = map(
        "\(lead) \(rival)", rowLabel: grid.axes.dropLast().map(\.title).joined(separator: ", "),
        rows: heads.map { head in
          (
            zip(grid.axes, head).map { $0.valueText($1) }.joined(separator: ", "),
            columns.map { found(head + [$0], rival) }
          )
        })
      return ReportFigure(map, name: "advantage-\(name)-\(rival)", caption: caption(rival))
    }
  }

  private static func interval(_ advantage: Advantage?) -> String? {
    advantage?.comparison?.interval().map {
      "\(fixed($0.lowerBound, digits: 4)) … \(fixed($0.upperBound, digits: 4))"
    }
  }
}

extension MetricName {
  fileprivate var taskLabel: String {
    if case .task(let task) = scope { task } else { "\(self)" }
  }
}

extension Array where Element: Hashable {
  fileprivate func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
