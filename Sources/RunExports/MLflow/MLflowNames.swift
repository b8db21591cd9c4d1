/// Names that MLflow accepts: letters, digits, `_`, `-`, `.`, spaces and `/`, the latter between
/// parts that are neither empty nor `.` nor `..`.
///
/// Every other character becomes `_`. If two names become the same, the later one gets a number, so
/// that no value is lost.
struct MLflowNames {
  private var accepted: [String: String] = [:]
  private var taken: Set<String> = []

  /// The accepted form of a name, the same whenever it is asked for.
  subscript(_ name: String) -> String {
    mutating get {
      if let known = accepted[name] { return known }
      let base = Self.replacing(name)
      var form = base
      var number = 2
      while !taken.insert(form).inserted {
        form = "\(base)_\(number)"
        number += 1
      }
      accepted[name] = form
      return form
    }
  }

  private static func replacing(_ name: String) -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { part in
      let text = String(
        String.UnicodeScalarView(
          part.unicodeScalars.map { scalar in
            let isPlain =
              scalar.isASCII
              ? scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "_-. ".unicodeScalars.contains(scalar)
              : scalar.properties.isAlphabetic
            return isPlain ? scalar : "_"
          }))
      return ["", ".", ".."].contains(text) ? "_" : text
    }
    // The server refuses longer names.
    return String(parts.joined(separator: "/").prefix(240))
  }
}
