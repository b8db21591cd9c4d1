import Configuration
import Experiments
import Training

/// What the tool says of a metric.
struct MetricDescription {
  let metric: Metric

  /// The description as lines of at most `width` columns.
  func text(width: Int) -> String {
    func section(_ heading: String, _ sentence: String) -> String {
      "\(heading)\n" + wrapped(sentence, width: width, indent: 2)
    }
    return [
      "\(metric.title) (\(metric.id))",
      section("Value", words),
      section("Source", metric.source),
      section("Undefined", "Where \(metric.undefinedWhen)."),
      section(
        "Decided by",
        (metric.basis == .order ? "the order of predictions alone" : "the predicted probabilities")
          + (metric.needsGroups ? ", within groups of rows" : "")),
    ].joined(separator: "\n\n")
  }

  /// The id and words alone, as lines of at most `width` columns.
  func summary(width: Int) -> String {
    metric.id + "\n" + wrapped("\(metric.title): \(words)", width: width, indent: 4)
  }

  private var words: String { "\(metric.explanation); \(metric.direction)" }

  /// The description for programs; a range without a bound has null there.
  var value: ConfigurationValue {
    func bound(_ value: Double) -> ConfigurationValue { value.isFinite ? .number(value) : .null }
    var members: [String: ConfigurationValue] = [
      "basis": .string(metric.basis.rawValue), "explanation": .string(metric.explanation),
      "id": .string(metric.id), "needsGroups": .bool(metric.needsGroups),
      "range": .list([bound(metric.range.lowerBound), bound(metric.range.upperBound)]),
      "source": .string(metric.source), "title": .string(metric.title),
      "undefinedWhen": .string(metric.undefinedWhen),
    ]
    switch metric.direction {
    case .higher: members["direction"] = .string("higher")
    case .lower: members["direction"] = .string("lower")
    case .target(let target): members["direction"] = .object(["target": .number(target)])
    }
    return .object(members)
  }
}

extension [MetricDescription] {
  /// All of them in short, or the one that is named, as JSON or lines for the terminal.
  ///
  /// - Throws: ``Diagnostic`` for an unknown name, with the nearest.
  func listing(name: String?, json: Bool) throws -> String {
    let width = terminalWidth()
    guard let name else {
      return json
        ? ConfigurationValue.list(map(\.value)).canonicalJSON
        : map { $0.summary(width: width) }.joined(separator: "\n")
          + "\n\nMore of one metric: aesm2 metrics NAME"
    }
    let found = MetricDescription(metric: try Metric(id: name))
    return json ? found.value.canonicalJSON : found.text(width: width)
  }
}
