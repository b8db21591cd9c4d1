/// Stops the process with a message if a condition does not hold.
///
/// Use this for mistakes by the author of a model, layer or operation, such as incompatible shapes;
/// problems that input can cause throw an error instead. Unlike with `precondition`, the message is
/// also printed in release builds, and it is computed only if the condition is false. The backtrace
/// that Swift prints below it on Linux (`SWIFT_BACKTRACE=enable=yes` elsewhere) has the file and
/// line of every caller, including the model.
///
/// - Parameters:
///   - condition: The condition that must hold.
///   - message: What was found and what is required, with shapes, and with names of parameters if
///     known.
///   - file: The file that contains the condition.
///   - line: The line of the condition.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  guard condition() else { fatalError(message(), file: file, line: line) }
}

/// Returns a value, or stops the process with a message if there is none; see ``require(_:_:file:line:)``.
func required<Value>(
  _ value: Value?, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) -> Value {
  guard let value else { fatalError(message(), file: file, line: line) }
  return value
}
