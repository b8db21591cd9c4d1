import TensorCore

/// The distribution of a numerical feature: a map from a bell-shaped number into [0, 1].
enum NumericalShape: Sendable {
  /// Symmetric around one half.
  case symmetric
  /// Most values small, few large.
  case skewed
  /// About half of the values exactly 0.
  case zeroInflated
  /// Counts of tenths.
  case stepped

  /// Draws a shape; skewed ones are the most frequent.
  init(from stream: inout RandomStream) {
    switch stream.integer(below: 8) {
    case 0, 1: self = .symmetric
    case 2, 3, 4: self = .skewed
    case 5, 6: self = .zeroInflated
    default: self = .stepped
    }
  }

  /// Returns the value of the feature at `z`.
  func callAsFunction(_ z: Float) -> Float {
    let position = 0.5 + 0.5 * (z / (0.6 + z.magnitude))
    switch self {
    case .symmetric: return position
    case .skewed: return position * position * position
    case .zeroInflated: return max(0, 2 * position - 1)
    case .stepped: return Float(Int(10 * position)) * 0.1
    }
  }
}
