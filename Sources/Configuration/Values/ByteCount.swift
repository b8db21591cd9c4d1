/// Returns the bytes of a size such as `4GB`, `512 MB` or `1.5GiB`; nil if it is not a positive size.
///
/// Units are decimal (kB, MB, GB, TB) or binary (KiB, MiB, GiB, TiB), in any case. A number alone is
/// in bytes.
package func byteCount(_ text: String) -> Int? {
  let compact = text.filter { !$0.isWhitespace }
  let digits = compact.prefix { !$0.isLetter || $0 == "e" || $0 == "E" }
  let factors: [String: Double] = [
    "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12,
    "tb": 1e12, "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
  ]
  guard let factor = factors[compact.dropFirst(digits.count).lowercased()],
    let number = Double(decimal: String(digits)),
    let count = Int(exactly: (number * factor).rounded()), count > 0
  else { return nil }
  return count
}

/// Returns a number of bytes in words: `2 GB`, `1.5 MB`.
///
/// Records and notes of tables contain this form, so it does not change.
package func byteText(_ count: Int) -> String {
  guard let (value, unit) = scaled(count, ["kB", "MB", "GB"]) else { return "\(count) B" }
  let text = "\((value * 100).rounded() / 100)"
  return "\(text.hasSuffix(".0") ? String(text.dropLast(2)) : text) \(unit)"
}

/// Returns a number of bytes with a fixed number of decimals: `2.0 GB`, `1.5 MB`, `12 bytes`.
package func byteText(_ count: Int, digits: Int) -> String {
  guard let (value, unit) = scaled(count, ["kB", "MB", "GB", "TB"]) else {
    return counted(count, "byte")
  }
  return "\(fixed(value, digits: digits)) \(unit)"
}

/// Returns a number of bytes in the largest unit of which there is at least one; nil if there is
/// none.
private func scaled(_ count: Int, _ units: [String]) -> (value: Double, unit: String)? {
  var found: (Double, String)?
  var size = 1.0
  for unit in units {
    size *= 1000
    if Double(count) >= size { found = (Double(count) / size, unit) }
  }
  return found
}
