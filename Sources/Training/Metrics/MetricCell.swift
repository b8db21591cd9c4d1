/// The measures of the predictions of one task on some rows: one scenario, or all.
///
/// A measure that is not defined on the rows is nil, never a stand-in value. With n rows, labels
/// y_i, log-odds z_i and probabilities p_i = sigmoid(z_i):
public struct MetricCell: Sendable, Equatable {
  /// The number of rows that the task is defined on: n.
  public var rows: Int

  /// How many of them are positive: Σ y.
  public var positives: Int

  /// The area under the ROC curve; nil without both classes.
  public var auc: Double?

  /// The group-wise AUC of the rows; nil where the data has no groups, or none with both classes.
  ///
  /// A group is what it has of these rows. See ``groupedAreaUnderCurve(scores:labels:groups:)``.
  public var gauc: Double?

  /// The mean of `log(1 + exp(z)) - y z` over the rows, in nats; nil without rows.
  ///
  /// Computed from log-odds, it is finite for every finite prediction, so nothing is clipped.
  public var logLoss: Double?

  /// Clicks over predicted clicks, `Σ y / Σ p`: above 1 where predictions are too low.
  ///
  /// Nil where Σ p is 0: without rows, or where every p is below what a `Double` can hold.
  public var copc: Double?

  /// The expected calibration error over 20 bins of equal size; nil without rows.
  ///
  ///     ECE = (1 / n) Σ_bins |Σ p - Σ y|
  ///
  /// With the rows in increasing order of p, the row of rank r = 0, 1, … belongs to bin
  /// `floor(20 · r / n)`; rows of equal p share the bin of the first of them.
  public var ece: Double?

  /// Creates a cell.
  public init(
    rows: Int, positives: Int, auc: Double? = nil, gauc: Double? = nil, logLoss: Double? = nil,
    copc: Double? = nil, ece: Double? = nil
  ) {
    self.rows = rows
    self.positives = positives
    self.auc = auc
    self.gauc = gauc
    self.logLoss = logLoss
    self.copc = copc
    self.ece = ece
  }

  /// The value of a measure, or nil where it is not defined.
  public subscript(_ metric: Metric) -> Double? {
    switch metric {
    case .auc: auc
    case .gauc: gauc
    case .logLoss: logLoss
    case .copc: copc
    case .ece: ece
    }
  }
}
