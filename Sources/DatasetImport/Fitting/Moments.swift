import CNumerics

/// The mean, variance and bounds of weighted numbers, updated incrementally (West 1979).
struct Moments {
  private(set) var weight = 0.0
  private(set) var mean = 0.0
  private(set) var minimum = Double.infinity
  private(set) var maximum = -Double.infinity
  private var squares = 0.0

  /// The moments of no numbers.
  init() {}

  /// The population standard deviation, with the total weight as divisor.
  var standardDeviation: Double { weight > 0 ? (squares / weight).squareRoot() : 0 }

  mutating func add(_ value: Double, weight added: Double = 1) {
    weight += added
    let difference = value - mean
    mean += difference * added / weight
    squares += added * difference * (value - mean)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
  }

  /// The function (value - mean) / standard deviation; 0 for NaN, and for all values of a constant.
  var standardization: (Double) -> Float {
    let (mean, standardDeviation) = (mean, standardDeviation)
    let isConstant = !(standardDeviation > 1e-12 * max(1, abs(mean)))
    return { isConstant || $0.isNaN ? 0 : Float(($0 - mean) / standardDeviation) }
  }

  /// Adds one column of numbers of weight 1 to each of some moments, skipping NaN; equivalent to
  /// adding them one by one.
  static func add(_ columns: [[Double]], to moments: inout [Moments]) {
    guard let rowCount = columns.first?.count, rowCount > 0 else { return }
    for first in stride(from: 0, to: columns.count, by: 8) {
      let lanes = (0..<8).map { min(first + $0, columns.count - 1) }
      var packed = ck_moments8()
      withUnsafeMutableBytes(of: &packed) { bytes in
        let values = bytes.bindMemory(to: Double.self)
        for (lane, column) in lanes.enumerated() {
          for (part, value) in moments[column].parts.enumerated() {
            values[part * 8 + lane] = value
          }
        }
      }
      withPointers(to: lanes.map { columns[$0] }) { pointers in
        ck_moments_add(pointers, rowCount, &packed)
      }
      withUnsafeBytes(of: &packed) { bytes in
        let values = bytes.bindMemory(to: Double.self)
        for (lane, column) in lanes.enumerated() {
          moments[column].parts = (0..<5).map { values[$0 * 8 + lane] }
        }
      }
    }
  }

  /// The numbers in the order of `ck_moments8`.
  private var parts: [Double] {
    get { [weight, mean, squares, minimum, maximum] }
    set {
      (weight, mean, squares, minimum, maximum) = (
        newValue[0], newValue[1], newValue[2], newValue[3], newValue[4]
      )
    }
  }

  /// Calls `body` with pointers to the numbers of arrays.
  private static func withPointers(
    to arrays: [[Double]], _ pointers: [UnsafePointer<Double>?] = [],
    _ body: ([UnsafePointer<Double>?]) -> Void
  ) {
    guard pointers.count < arrays.count else { return body(pointers) }
    arrays[pointers.count].withUnsafeBufferPointer {
      withPointers(to: arrays, pointers + [$0.baseAddress], body)
    }
  }
}
