import Foundation

/// Returns a number with a fixed number of decimals and a point as the decimal separator, in any
/// locale.
///
/// A number that rounds to zero has no sign.
package func fixed(_ value: Double, digits: Int) -> String {
  let text = String(format: "%.\(digits)f", value)
  return text.hasPrefix("-") && !text.contains(where: { "123456789".contains($0) })
    ? String(text.dropFirst()) : text
}
