import TensorCore

/// When to stop, and which weights to keep: the state of watching one validation metric.
struct EarlyStopping: Sendable, Equatable {
  /// The best value so far, by the metric's direction; nil where it is not defined.
  private(set) var bestValue: Double?
  /// The number of steps done when it was measured.
  private(set) var bestStep = 0
  /// The evaluations since then.
  private(set) var badCount = 0

  init() {}

  init(bestValue: Double?, bestStep: Int, badCount: Int) {
    self.bestValue = bestValue
    self.bestStep = bestStep
    self.badCount = badCount
  }

  /// Takes a new value, and returns whether it is strictly better than all before it.
  mutating func record(_ value: Double, step: Int, higherIsBetter: Bool) -> Bool {
    if let bestValue, higherIsBetter ? value <= bestValue : value >= bestValue {
      badCount += 1
      return false
    }
    (bestValue, bestStep, badCount) = (value, step, 0)
    return true
  }

  /// Takes the weights of now as those to keep, whatever their value.
  mutating func keep(_ value: Double?, step: Int) { (bestValue, bestStep) = (value, step) }

  /// Whether there were `patience` evaluations in a row without improvement; never for 0.
  func isExhausted(patience: Int) -> Bool { patience > 0 && badCount >= patience }
}
