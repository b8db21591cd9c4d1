import Foundation

/// The trials of a search: a line per trial over one axis per setting, with the score on the last.
///
/// The line of a trial that lacks a setting is broken at its axis.
package struct ParallelCoordinates: Figure {
  /// An axis.
  package enum Scale: Equatable, Sendable {
    case linear
    /// All values are positive.
    case logarithmic
    /// A value is the place of a category.
    case categories([String])
  }

  /// A setting with its scale.
  package struct Dimension: Equatable, Sendable {
    package var label: String
    package var scale: Scale

    package init(label: String, scale: Scale) {
      self.label = label
      self.scale = scale
    }
  }

  /// A trial.
  package struct Trial: Equatable, Sendable {
    package var label: String
    /// A value for each dimension; nil for a setting that the trial does not have.
    package var values: [Double?]
    package var score: Double
    /// Whether the trial was chosen.
    package var isChosen: Bool

    package init(label: String, values: [Double?], score: Double, isChosen: Bool) {
      self.label = label
      self.values = values
      self.score = score
      self.isChosen = isChosen
    }
  }

  package var title: String
  package var dimensions: [Dimension]
  package var scoreLabel: String
  package var higherIsBetter: Bool
  package var trials: [Trial]

  package init(
    title: String, dimensions: [Dimension], scoreLabel: String, higherIsBetter: Bool,
    trials: [Trial]
  ) {
    self.title = title
    self.dimensions = dimensions
    self.scoreLabel = scoreLabel
    self.higherIsBetter = higherIsBetter
    self.trials = trials
  }

  package var alternative: String {
    "Parallel coordinates of \(trials.count) trials over "
      + (dimensions.map(\.label) + [scoreLabel]).joined(separator: ", ") + "."
      + (trials.first(where: \.isChosen).map { " Chosen: \($0.label)." } ?? "")
  }

  package var data: [[String]] {
    [["trial"] + dimensions.map(\.label) + [scoreLabel, "chosen"]]
      + trials.map { trial in
        [trial.label] + zip(dimensions, trial.values).map { text($1, of: $0) }
          + ["\(trial.score)", trial.isChosen ? "yes" : "no"]
      }
  }

  private func text(_ value: Double?, of dimension: Dimension) -> String {
    guard let value else { return "" }
    if case .categories(let names) = dimension.scale, let place = Int(exactly: value),
      names.indices.contains(place)
    {
      return names[place]
    }
    return "\(value)"
  }

  package func drawing() -> Drawing? {
    guard !trials.isEmpty, !dimensions.isEmpty else { return nil }
    let axes =
      dimensions.enumerated().map { index, dimension in
        axis(dimension.scale, trials.compactMap { $0.values[index] })
      } + [axis(.linear, trials.map(\.score))]
    let labels = dimensions.map(\.label) + [scoreLabel]
    // Scores need room to the right, the first axis to the left.
    let (left, top, height) = (24.0, 134.0, 240.0)
    let margin = max(76, textWidth(scoreLabel, size: 11) * 0.85 + 12)
    let gap = max(84, (PlotFrame.imageWidth - left - margin) / Double(axes.count - 1))
    let width = left + gap * Double(axes.count - 1) + margin
    func place(_ axis: Int, _ value: Double) -> Point {
      Point(left + gap * Double(axis), top + height * (1 - axes[axis].share(value)))
    }
    var drawing = canvas(width: width, height: top + height + 44)
    // The best last, so that they lie on top.
    let order = trials.indices.sorted { a, b in
      let (first, second) = (trials[a], trials[b])
      if first.isChosen != second.isChosen { return second.isChosen }
      return first.score == second.score
        ? a > b : (first.score < second.score) == higherIsBetter
    }
    for (position, index) in order.enumerated() {
      let trial = trials[index]
      let places = (trial.values + [trial.score]).enumerated().map { axis, value in
        value.map { place(axis, $0) }
      }
      let share = Double(position + 1) / Double(order.count)
      for piece in places.split(whereSeparator: { $0 == nil }) {
        let points = piece.compactMap { $0 }
        drawing.line(
          through: points.count > 1 ? points : points.flatMap(dash),
          ink: trial.isChosen ? .series(1) : .series(0),
          width: trial.isChosen ? 3 : 1.5, opacity: trial.isChosen ? 1 : 0.3 + 0.5 * share * share,
          tip: "\(trial.label): \(scoreLabel) \(tipNumber(trial.score))"
            + (trial.isChosen ? ", chosen" : ""))
      }
    }
    for (index, axis) in axes.enumerated() {
      let x = left + gap * Double(index)
      drawing.line(through: [Point(x, top), Point(x, top + height)], ink: .text)
      drawing.text(
        fitted(labels[index], to: 150, size: 11), at: Point(x, top - 12), size: 11, rotation: -35)
      let room = index == axes.count - 1 ? 66 : gap - 10
      for tick in axis.ticks {
        drawing.line(
          through: [place(index, tick.value), Point(x + 4, place(index, tick.value).y)], ink: .text)
        drawing.text(
          fitted(tick.label, to: room, size: 10),
          at: Point(x + 6, place(index, tick.value).y + 3.5),
          size: 10, hasHalo: true)
      }
    }
    drawing.line(
      through: [Point(24, top + height + 26), Point(50, top + height + 26)], ink: .series(1),
      width: 3)
    drawing.text(
      "chosen; other trials are the stronger, the better their \(scoreLabel)",
      at: Point(58, top + height + 30), size: 11, ink: .faint)
    return drawing
  }

  /// Returns the ends of a dash over an axis, for a value whose neighbors are missing.
  private func dash(_ point: Point) -> [Point] {
    [Point(point.x - 4, point.y), Point(point.x + 4, point.y)]
  }

  private func axis(_ scale: Scale, _ values: [Double]) -> Axis {
    switch scale {
    case .categories(let names): return .categories(names)
    case .logarithmic:
      if let low = values.min(), let high = values.max(), low > 0 {
        return .logarithmic(from: low, to: high)
      }
      return .linear(from: values.min() ?? 0, to: values.max() ?? 1, count: 4)
    case .linear: return .linear(from: values.min() ?? 0, to: values.max() ?? 1, count: 4)
    }
  }
}
