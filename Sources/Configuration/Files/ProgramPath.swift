import Foundation

/// Returns the path of a program that can be executed, in the first folder of PATH that has it; nil if
/// none has.
package func programPath(_ name: String) -> String? {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}
