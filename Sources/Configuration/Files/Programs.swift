import Foundation

/// Returns the path of a program that can be executed, in the first folder of PATH that has it; nil if
/// none has.
package func programPath(_ name: String) -> String? {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}

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
