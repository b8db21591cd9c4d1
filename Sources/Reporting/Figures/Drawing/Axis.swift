import Configuration
import Foundation

/// An axis of a chart: its range, and the labeled values on it.
package struct Axis: Equatable, Sendable {
  /// A labeled value.
  package struct Tick: Equatable, Sendable {
    package var value: Double
    package var label: String
  }

  package let low: Double
  package let high: Double
  package let ticks: [Tick]
  private let isLogarithmic: Bool

  private init(low: Double, high: Double, ticks: [Tick], isLogarithmic: Bool) {
    self.low = low
    self.high = high
    self.ticks = ticks
    self.isLogarithmic = isLogarithmic
  }

  /// Creates a linear axis that holds a range, with ticks at multiples of 1, 2 or 5 times a power of
  /// ten.
  ///
  /// - Parameters:
  ///   - count: The number of intervals that is aimed at.
  ///   - isTight: Whether the axis ends a little beyond the range, and not at ticks. Where this leaves fewer than two,
  ///     two multiples of a smaller step are its ticks.
  package static func linear(
    from low: Double, to high: Double, count: Double = 5, isTight: Bool = false
  ) -> Axis {
    let (low, high) = (finiteValue(low), finiteValue(high))
    let span = min(max(high - low, 1e-9 * max(1, abs(high))), .greatestFiniteMagnitude)
    let rough = span / count
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
    // The quotients are below 1e10 unless the step is subnormal.
    func multiples(of step: Double) -> (first: Int, last: Int) {
      let first = wholeNumber((low / step).rounded(.down))
      return (first, max(first + 1, wholeNumber((high / step).rounded(.up))))
    }
    let (first, last) = multiples(of: step)
    let ends =
      isTight
      ? (low - 0.04 * span, high + 0.04 * span) : (Double(first) * step, Double(last) * step)
    let (begin, end) = (finiteValue(ends.0), finiteValue(ends.1))
    func ticks(of step: Double) -> [Tick] {
      let (first, last) = multiples(of: step)
      let digits = -wholeNumber(floor(log10(step) + 1e-9))
      return (first...last).map { Double($0) * step }
        .filter { $0.isFinite && (begin...end).contains($0) }
        .map { Tick(value: $0, label: digits < 12 ? compact($0, digits: digits) : "\($0)") }
    }
    func axis(_ ticks: [Tick]) -> Axis {
      Axis(low: begin, high: end, ticks: ticks, isLogarithmic: false)
    }
    var found = ticks(of: step)
    if isTight, found.count < 2 {
      // Away from the ends and each other, so that no label is on another, or on one of a neighbor's.
      let share = axis([]).share
      for factor in [5.0, 2, 1, 0.5, 0.2] {
        let inner = ticks(of: factor * power).filter { (0.15...0.85).contains(share($0.value)) }
        guard let first = inner.first, let last = inner.last,
          share(last.value) - share(first.value) >= 0.9 / count
        else { continue }
        found = [first, last]
        break
      }
    }
    return axis(found)
  }

  /// Creates a logarithmic axis that holds a range, with ticks at 1, 2 and 5 times powers of ten, or
  /// at powers of ten alone if there are many.
  ///
  /// - Precondition: `low` is positive.
  package static func logarithmic(from low: Double, to high: Double) -> Axis {
    let high = max(high, low * 1.0001)
    let decades = wholeNumber(floor(log10(low)))...wholeNumber(floor(log10(high)) + 1)
    let all = decades.flatMap { decade in [1.0, 2, 5].map { $0 * pow(10, Double(decade)) } }
      .filter { $0 > 0 && $0.isFinite }
    let begin = all.lastIndex { $0 <= low * 1.0000001 } ?? 0
    let end = all.firstIndex { $0 >= high * 0.9999999 } ?? all.count - 1
    let held = begin <= end ? Array(all[begin...end]) : all
    let wholeDecades = held.filter { abs(log10($0) - log10($0).rounded()) < 1e-6 }
    let step = wholeDecades.count / 8 + 1
    let shown =
      held.count <= 8
      ? held : wholeDecades.enumerated().filter { $0.offset.isMultiple(of: step) }.map(\.element)
    return Axis(
      low: held.first ?? low, high: held.last ?? high,
      ticks: shown.map {
        Tick(value: $0, label: compact($0, digits: -wholeNumber(floor(log10($0) + 1e-9))))
      },
      isLogarithmic: true)
  }

  /// Creates an axis of names: the value of a name is its place.
  package static func categories(_ names: [String]) -> Axis {
    Axis(
      low: -0.3, high: Double(max(1, names.count)) - 0.7,
      ticks: names.enumerated().map { Tick(value: Double($0), label: $1) }, isLogarithmic: false)
  }

  /// Returns the position of a value between the low end, 0, and the high end, 1.
  package func share(_ value: Double) -> Double {
    if isLogarithmic {
      return (log(max(value, low)) - log(low)) / (log(high) - log(low))
    }
    // Halving avoids overflow.
    return (value / 2 - low / 2) / (high / 2 - low / 2)
  }
}

/// Returns a number in few characters: from ten thousand in thousands (k) or millions (M).
///
/// - Parameter digits: The decimals of the number itself, fewer than none for multiples of a power of
///   ten: numbers that differ in their last digit have different texts.
private func compact(_ value: Double, digits: Int) -> String {
  func short(_ power: Int, _ unit: String) -> String {
    let text = fixed(value / pow(10, Double(power)), digits: max(0, digits + power))
    guard text.contains(".") else { return text + unit }
    let short = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return String(short.reversed()) + unit
  }
  switch abs(value) {
  case _ where value != 0 && abs(value) < 1e-4 && digits > 4: return String(format: "%g", value)
  case 1e15...: return "\(value)"
  case 1e6..<1e12: return short(6, "M")
  case 1e4..<1e6: return short(3, "k")
  default: return fixed(value, digits: max(0, digits))
  }
}

/// Returns a number for the tip of a mark and for sentences: with up to four decimals.
func tipNumber(_ value: Double) -> String {
  guard abs(value) < 1e15 else { return "\(value)" }
  let text = fixed(value, digits: 4)
  let short = text.reversed().drop { $0 == "0" }
  return String(short.drop { $0 == "." }.reversed())
}

/// Returns a value, or the finite one that is nearest; zero for what is no number.
private func finiteValue(_ value: Double) -> Double {
  value.isNaN ? 0 : max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, value))
}

/// Returns a value as a whole number, clamped to what an `Int` holds.
private func wholeNumber(_ value: Double) -> Int { Int(max(-1e15, min(1e15, value))) }
