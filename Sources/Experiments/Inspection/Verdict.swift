import Configuration
import Training

/// One sentence on which of two rows is better, or, if the seeds do not tell, which is cheaper.
package struct Verdict: Sendable {
  /// What a comparison says.
  package enum Outcome: String, Sendable {
    /// The first row is better.
    case first
    /// The second row is better.
    case second
    /// The difference may be chance.
    case tie
    /// There is no test: one seed only, equal differences, or a metric without a direction.
    case undecided
  }

  /// The level of the test.
  package static let level = 0.05

  /// What a row costs.
  package struct Cost: Sendable, Equatable {
    /// The number of trained parameters.
    package let parameters: Int
    /// Processor seconds per epoch, if measured.
    package let processorSeconds: Double?

    /// Creates a cost.
    package init(parameters: Int, processorSeconds: Double?) {
      (self.parameters, self.processorSeconds) = (parameters, processorSeconds)
    }
  }

  /// Returns what a paired comparison says by its corrected p-value.
  package static func outcome(
    _ comparison: PairedComparison, probability: Double?, metric: Metric
  ) -> Outcome {
    guard let higherIsBetter = metric.higherIsBetter, let probability else { return .undecided }
    guard probability < level else { return .tie }
    return (comparison.difference.mean > 0) == higherIsBetter ? .first : .second
  }

  /// The sentence.
  package let sentence: String

  /// Says what a comparison has shown.
  ///
  /// The tie rule: a difference that is not significant is a tie, and a tie goes to the row with fewer
  /// parameters.
  ///
  /// - Parameters:
  ///   - labels: The names of the two rows.
  ///   - subject: The number that was compared, such as `auc/click`.
  ///   - comparison: The differences, first minus second.
  ///   - probability: The corrected p-value of the t-test.
  ///   - family: The number of comparisons with a p-value, over which it was corrected.
  ///   - metric: The metric.
  ///   - costs: What the rows cost; nil if this is not known.
  package init(
    _ labels: (first: String, second: String), subject: String, _ comparison: PairedComparison,
    probability: Double?, family: Int, metric: Metric, costs: (first: Cost, second: Cost)?
  ) {
    let difference = comparison.difference
    let seeds = counted(difference.count, "seed")
    let amount = "\(labels.first) - \(labels.second) = \(Self.signed(difference.mean))"
    let interval =
      comparison.probability == nil
      ? nil : comparison.interval().map { "95 % interval \(Self.text($0))" }
    let outcome = Self.outcome(comparison, probability: probability, metric: metric)
    let details =
      [interval, probability.map { "p \(Self.text(probability: $0, sign: "= "))" }].compactMap {
        $0
      }
      + (family > 1 && probability != nil ? ["Holm-corrected over \(family) rows"] : []) + [seeds]
    let found = "\(amount) (\(details.joined(separator: ", ")))"
    switch outcome {
    case .first, .second:
      let (better, worse) =
        outcome == .first ? (labels.first, labels.second) : (labels.second, labels.first)
      sentence = "\(subject): \(better) is better than \(worse): \(found)."
    case .tie:
      let cheaper = costs.map { " " + Self.cheaper(labels, $0) } ?? ""
      sentence = "\(subject): tie: \(found).\(cheaper)"
    case .undecided:
      let reason =
        metric.higherIsBetter == nil
        ? "\(metric.title) has no direction"
        : difference.count < 2
          ? "one seed does not tell how much seeds differ" : "all differences are equal"
      sentence = "\(subject): no verdict: \(reason); \(found)."
    }
  }

  /// Returns the sentence on which row is cheaper.
  static func cheaper(
    _ labels: (first: String, second: String), _ costs: (first: Cost, second: Cost)
  )
    -> String
  {
    let isFirst = costs.first.parameters <= costs.second.parameters
    let (own, other) = isFirst ? (costs.first, costs.second) : (costs.second, costs.first)
    var parts: [String] = []
    if own.parameters != other.parameters {
      parts.append("\(own.parameters) parameters against \(other.parameters)")
    }
    if let seconds = own.processorSeconds, let others = other.processorSeconds {
      parts.append(
        "\(fixed(seconds, digits: 1)) s of processor time per epoch against "
          + fixed(others, digits: 1))
    }
    let details = parts.joined(separator: ", ")
    guard own.parameters != other.parameters else {
      return "Both have \(own.parameters) parameters" + (parts.isEmpty ? "." : " (\(details)).")
    }
    return "The cheaper is \(isFirst ? labels.first : labels.second): \(details)."
  }

  /// Returns a difference with its sign.
  package static func signed(_ value: Double) -> String {
    let text = fixed(value, digits: 4)
    return text.hasPrefix("-") ? text : "+" + text
  }

  /// Returns an interval of differences.
  package static func text(_ interval: ClosedRange<Double>) -> String {
    "\(signed(interval.lowerBound)) to \(signed(interval.upperBound))"
  }

  /// Returns a p-value, such as `0.012`, after a sign if it is not a bound.
  package static func text(probability: Double, sign: String = "") -> String {
    probability < 0.001 ? "< 0.001" : sign + fixed(probability, digits: 3)
  }
}
