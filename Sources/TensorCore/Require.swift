/// Stops the process with a sentence where a condition does not hold.
///
/// For what the author of a model, layer or operation gets wrong, such as shapes that do not go together; what
/// input can reach throws an error instead. Unlike that of `precondition`, the sentence is printed in release
/// builds too, and is computed only where the condition is false. The backtrace that Swift prints below it
/// on Linux (`SWIFT_BACKTRACE=enable=yes` elsewhere) has the file and line of every caller, the model among
/// them.
///
/// - Parameters:
///   - condition: What has to hold.
///   - message: What was found and what is wanted, with shapes, and names of parameters where they are known.
///   - file: The file that states the condition.
///   - line: Its line.
@inlinable
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  guard condition() else { fatalError(message(), file: file, line: line) }
}
