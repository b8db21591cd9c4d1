/// Returns a command argument quoted for the shell: in single quotes, unless it consists only of
/// letters, digits and `_-./=:,+@%`.
package func shellQuoted(_ argument: String) -> String {
  let isPlain = argument.unicodeScalars.allSatisfy {
    switch $0 {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", "=", ":", ",", "+", "@", "%": true
    default: false
    }
  }
  if isPlain && !argument.isEmpty { return argument }
  return "'" + argument.replacing("'", with: "'\\''") + "'"
}

/// Returns a count with its noun, such as `1 run` or `2 runs`.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
