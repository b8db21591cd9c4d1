/// A record of the operations of one forward pass, for reverse-mode differentiation.
///
/// The record is played backwards once by ``backward(from:)`` and is empty afterwards, or any number of
/// times before that by ``gradients(ofEach:)``. A tape that keeps its naive twins can also be replayed in
/// `Double` (`NaiveReplay`): tests differentiate whole models by finite differences in this way.
public final class Tape {
  struct Entry {
    let output: Variable
    let inputs: [Variable]
    let naive: NaiveOperation?
    let backward: (Tensor) -> Void
  }

  private(set) var entries: [Entry] = []
  let keepsNaiveTwins: Bool
  private var readerCounts: [ObjectIdentifier: Int] = [:]
  private var updates: (any UpdatesDuringBackward)?

  /// Creates an empty tape.
  ///
  /// - Parameter keepsNaiveTwins: Whether to keep what a replay in `Double` needs.
  public init(keepsNaiveTwins: Bool = false) { self.keepsNaiveTwins = keepsNaiveTwins }

  func append(_ entry: Entry) {
    entries.append(entry)
    countReaders(of: entry, by: 1)
  }

  private func countReaders(of entry: Entry, by change: Int) {
    for case let parameter? in entry.inputs.lazy.map(\.parameter) {
      readerCounts[ObjectIdentifier(parameter), default: 0] += change
    }
  }

  /// Adds the gradient of `loss` to every parameter that it depends on, and empties the tape.
  ///
  /// - Precondition: `loss` is a scalar recorded on this tape, or depends on no parameter.
  public func backward(from loss: Variable) { backward(from: loss, updating: nil) }

  /// The same, changing parameters on the way where `updates` says how.
  ///
  /// A parameter that was changed keeps no gradient.
  package func backward(from loss: Variable, updating updates: (any UpdatesDuringBackward)?) {
    require(loss.value.count == 1, "the loss has shape \(loss.shape)")
    self.updates = updates
    defer { reset() }
    loss.accumulate(Tensor(repeating: 1, shape: loss.shape))
    while let entry = entries.popLast() {
      if let gradient = entry.output.takeGradient() { entry.backward(gradient) }
      countReaders(of: entry, by: -1)
    }
  }

  /// Plays the record backwards from a result with a given gradient, and keeps it.
  ///
  /// No operation changes in its backward pass what another pass reads: only the gradient it is given.
  func replayBackward(from result: Variable, seed: Tensor) {
    result.accumulate(seed)
    for entry in entries.reversed() {
      if let gradient = entry.output.takeGradient() { entry.backward(gradient) }
    }
  }

  /// The parameters that operations on this tape have read, in the order of their first use.
  var recordedParameters: [Parameter] {
    var seen: Set<ObjectIdentifier> = []
    return entries.lazy.flatMap(\.inputs).compactMap(\.parameter).filter {
      seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// Returns what changes a parameter in the backward pass that runs now, if it is to be changed
  /// and no operation whose gradient is still to come has read it.
  func update(of parameter: Parameter) -> BlockUpdate? {
    guard readerCounts[ObjectIdentifier(parameter)] == 1 else { return nil }
    return updates?.update(of: parameter)
  }

  /// Forgets everything recorded.
  public func reset() {
    entries.removeAll()
    readerCounts.removeAll()
    updates = nil
  }
}

/// Wraps the result of an operation and records it on the tape of its inputs, if there is one.
///
/// All operations are made of this; `docs/operations.md` shows how to write one.
///
/// - Parameters:
///   - value: The result.
///   - inputs: All inputs that a gradient can flow to.
///   - naive: Computes the result again from the inputs in `Double`, without sharing code with the
///     fast form.
///   - backward: Takes the result's gradient, which it may change or hand on to one input, and calls
///     ``Variable/accumulate(_:)-(Tensor)`` on inputs. It changes nothing else: a record may be played several
///     times.
public func record(
  _ value: Tensor, from inputs: [Variable], naive: @escaping NaiveOperation,
  backward: @escaping (Tensor) -> Void
) -> Variable {
  guard let tape = inputs.lazy.filter(\.needsGradient).compactMap(\.tape).first else {
    return Variable(value)
  }
  let output = Variable(result: value, tape: tape)
  tape.append(
    Tape.Entry(
      output: output, inputs: inputs, naive: tape.keepsNaiveTwins ? naive : nil,
      backward: backward))
  return output
}
