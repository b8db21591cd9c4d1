import Configuration

extension SweepStatus {
  /// The status as lines of less than `width` columns: the whole sweep, a bar for every active run,
  /// and the best trial of every row so far.
  ///
  /// Narrow lines leave out the speed first, then the bars, then the ends of labels. If there is
  /// room for only some of the lines, the list of best trials is left out first.
  ///
  /// - Parameters:
  ///   - height: The maximum number of lines.
  ///   - style: The colors.
  package func lines(width: Int, height: Int, style: TerminalStyle) -> [String] {
    let runs = activeLines(width: width, style: style)
    let best = bestLines(width: width, style: style)
    var lines = [summary(width: width, style: style)]
    lines += shortened(runs, to: max(0, height - lines.count), "more runs", width: width)
    let room = height - lines.count
    if room > 1 { lines += shortened(best, to: room, "more rows", width: width) }
    return lines
  }

  /// Returns the first lines, the last of which tells how many are left out.
  private func shortened(_ lines: [String], to count: Int, _ what: String, width: Int) -> [String] {
    if lines.count <= count { return lines }
    guard count > 0 else { return [] }
    return lines.prefix(count - 1)
      + [cut("  … and \(lines.count - count + 1) \(what)", to: width - 1)]
  }

  private func summary(width: Int, style: TerminalStyle) -> String {
    var counts = "\(done)/\(total) done, \(active.count) running"
    if failed > 0 { counts += ", \(failed) failed" }
    let left = secondsLeft.map { ", \(durationText(seconds: $0)) left" } ?? ""
    let speed = rowsPerSecond > 0 ? ", \(shortCount(rowsPerSecond)) rows/s" : ""
    let line = progressBar(
      done: done + failed, of: total, texts: [counts + speed + left, counts + left, counts],
      width: width)
    return style.painted(line, failure: failed > 0 ? "\(failed) failed" : nil)
  }

  /// One line per active run, with aligned bars.
  private func activeLines(width: Int, style: TerminalStyle) -> [String] {
    let labels = active.map { visibleText($0.description) }
    let speeds = active.map { run in
      (run.progress?.rowsPerSecond).map { $0 > 0 ? "\(shortCount($0)) rows/s" : "" } ?? ""
    }
    let speedWidth = width >= 70 ? speeds.map(\.count).max() ?? 0 : 0
    let barWidth = width >= 48 ? min(20, width / 4) : 0
    let fixedWidth =
      2 + 1 + (barWidth > 0 ? barWidth + 3 : 0) + 5 + (speedWidth > 0 ? 2 + speedWidth : 0) + 1
    let labelWidth = min(labels.map(\.count).max() ?? 0, max(8, width - fixedWidth))
    return zip(zip(active, labels), speeds).map { run, speed in
      let (run, label) = run
      let share = run.progress.flatMap { progress in
        progress.plannedSteps.map { $0 > 0 ? min(1, Double(progress.step) / Double($0)) : 1 }
      }
      var line = "  " + padded(cut(label, to: labelWidth), to: labelWidth) + " "
      if barWidth > 0 { line += bar(share ?? 0, size: barWidth) + " " }
      let percent = share.map { "\(Int($0 * 100)) %" } ?? "-"
      line += String(repeating: " ", count: max(0, 5 - percent.count)) + percent
      if speedWidth > 0 { line += "  " + speed }
      return style.painted(cut(line, to: width - 1), failure: nil)
    }
  }

  private func bestLines(width: Int, style: TerminalStyle) -> [String] {
    if best.isEmpty { return [] }
    let labels = best.map { visibleText($0.row) }
    let values = best.map { best in
      fixed(best.mean, digits: 4) + (best.halfWidth.map { " ± \(fixed($0, digits: 4))" } ?? "")
    }
    let notes = best.map { "trial \($0.trial), \(counted($0.runCount, "run"))" }
    let valueWidth = values.map(\.count).max() ?? 0
    let noteWidth = notes.map(\.count).max() ?? 0
    let hasNotes = width >= 2 + 8 + 2 + valueWidth + 2 + noteWidth + 1
    let room = width - 1 - 2 - 2 - valueWidth - (hasNotes ? 2 + noteWidth : 0)
    let labelWidth = min(labels.map(\.count).max() ?? 0, max(8, room))
    let heading = cut("best so far by validation \(metric), 95 % interval", to: width - 1)
    return [style.dimmed(heading)]
      + zip(labels, zip(values, notes)).map { label, texts in
        let (value, note) = texts
        let line =
          "  " + padded(cut(label, to: labelWidth), to: labelWidth) + "  "
          + (hasNotes ? padded(value, to: valueWidth) + "  " + note : value)
        return cut(line, to: width - 1)
      }
  }
}

private func padded(_ text: String, to width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Returns a text of at most `width` columns.
private func cut(_ text: String, to width: Int) -> String {
  text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
}
