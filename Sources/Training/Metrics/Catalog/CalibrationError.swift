extension Metric {
  /// The expected calibration error over 20 bins of equal size.
  public static let ece = Metric(
    id: "ece", title: "ECE", explanation: "expected calibration error",
    source: "Naeini, Cooper and Hauskrecht, AAAI 2015, with bins of equal size", direction: .lower,
    range: 0...1, basis: .probabilities, needsGroups: false, undefinedWhen: "there are no rows"
  ) { rows in
    var bins = CalibrationBins(rowCount: rows.count)
    rows.forEachPrediction { bins.add($0) }
    return bins.expectedCalibrationError
  }
}

/// Equal-size bins of rows by predicted probability, for the expected calibration error.
///
///     ECE = Σ_b (n_b / n) · |mean of p in b - mean of y in b| = (1 / n) Σ_b |Σ_b p - Σ_b y|
///
/// With the rows in increasing order of p, the row of rank r = 0, 1, … belongs to bin
/// `floor(20 · r / n)`; rows with equal p share the bin of the first of them. Bins have equal size
/// rather than equal width because click rates all fall within the first few bins of equal width.
/// Source: Naeini, Cooper, Hauskrecht, AAAI 2015, with equal-size bins.
struct CalibrationBins {
  static let binCount = 20

  private let rowCount: Int
  private var rank = 0
  private var bin = 0
  private var difference = 0.0
  private var absoluteSum = 0.0

  init(rowCount: Int) { self.rowCount = rowCount }

  /// Adds the rows with the next higher probability.
  mutating func add(_ rows: MeasuredRows.Prediction) {
    let next = Self.binCount * rank / rowCount
    if next != bin {
      absoluteSum += abs(difference)
      difference = 0
      bin = next
    }
    difference += Double(rows.rows) * rows.probability - Double(rows.positives)
    rank += rows.rows
  }

  /// The error over the rows added, or nil if there are none.
  var expectedCalibrationError: Double? {
    rowCount == 0 ? nil : (absoluteSum + abs(difference)) / Double(rowCount)
  }
}
