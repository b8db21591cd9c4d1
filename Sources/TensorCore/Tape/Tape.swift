/// A record of the operations of one forward pass, for reverse-mode differentiation.
///
/// ``backward(from:)`` plays the record backward once and empties it; before that,
/// ``gradients(ofEach:)`` can play it any number of times. A tape that keeps its naive twins can
/// also be replayed in `Double` (`NaiveReplay`), by which tests differentiate whole models with
/// finite differences.
public final class Tape {
  struct Entry {
    let output: Variable
    let inputs: [Variable]
    let naive: NaiveOperation?
    let cost: OperationCount
    let backward: (Tensor) -> Void
  }

  /// The operations of all forward passes that read parameters on this tape, whether or not these
  /// need a gradient.
  public private(set) var forwardOperations = OperationCount()

  /// The operations of all backward passes played from this tape.
  public private(set) var backwardOperations = OperationCount()

  private(set) var entries: [Entry] = []
  let keepsNaiveTwins: Bool
  private var readerCounts: [ObjectIdentifier: Int] = [:]
  private var updates: (any UpdatesDuringBackward)?

  /// Creates an empty tape.
  ///
  /// - Parameter keepsNaiveTwins: Whether to keep the naive twins that a replay in `Double` needs.
  public init(keepsNaiveTwins: Bool = false) { self.keepsNaiveTwins = keepsNaiveTwins }

  func append(_ entry: Entry) {
    entries.append(entry)
    countReaders(of: entry, by: 1)
  }

  func countForward(_ operations: OperationCount) { forwardOperations += operations }

  private func propagate(_ gradient: Tensor, through entry: Entry) {
    backwardOperations += entry.cost
    entry.backward(gradient)
  }

  private func countReaders(of entry: Entry, by change: Int) {
    for case let parameter? in entry.inputs.lazy.map(\.parameter) {
      readerCounts[ObjectIdentifier(parameter), default: 0] += change
    }
  }

  /// Adds the gradient of `loss` to every parameter that it depends on and empties the tape.
  ///
  /// - Precondition: `loss` is a scalar recorded on this tape, or depends on no parameter.
  public func backward(from loss: Variable) { backward(from: loss, updating: nil) }

  /// Does the same as ``backward(from:)``, but updates parameters along the way if `updates`
  /// provides for it.
  ///
  /// A parameter that was updated keeps no gradient.
  package func backward(from loss: Variable, updating updates: (any UpdatesDuringBackward)?) {
    require(loss.value.count == 1, "the loss has shape \(loss.shape)")
    self.updates = updates
    defer { reset() }
    loss.accumulate(Tensor(repeating: 1, shape: loss.shape))
    while let entry = entries.popLast() {
      if let gradient = entry.output.takeGradient() { propagate(gradient, through: entry) }
      countReaders(of: entry, by: -1)
      reportFinalGradients(of: entry)
    }
  }

  private func reportFinalGradients(of entry: Entry) {
    guard let updates else { return }
    for case let parameter? in entry.inputs.lazy.map(\.parameter)
    where readerCounts[ObjectIdentifier(parameter)] == 0 {
      readerCounts[ObjectIdentifier(parameter)] = nil
      updates.gradientIsFinal(of: parameter)
    }
  }

  /// Plays the record backward from a result with a given gradient and keeps the record.
  ///
  /// In its backward pass, an operation changes only the gradient that it is given, and nothing
  /// that another pass reads.
  func replayBackward(from result: Variable, seed: Tensor) {
    result.accumulate(seed)
    for entry in entries.reversed() {
      if let gradient = entry.output.takeGradient() { propagate(gradient, through: entry) }
    }
  }

  /// The number of elements of the results that the tape holds, and of the largest one.
  package var recordedElements: (total: Int, largest: Int) {
    var seen: Set<ObjectIdentifier> = []
    let counts = entries.map(\.output.value)
      .filter { seen.insert(ObjectIdentifier($0.storage)).inserted }.map(\.count)
    return (counts.reduce(0, +), counts.max() ?? 0)
  }

  /// The parameters that operations on this tape have read, in order of first use.
  var recordedParameters: [Parameter] {
    var seen: Set<ObjectIdentifier> = []
    return entries.lazy.flatMap(\.inputs).compactMap(\.parameter).filter {
      seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// Returns the update of a parameter in the current backward pass, if it is to be updated and was
  /// not read by an operation whose gradient is still to come.
  func update(of parameter: Parameter) -> BlockUpdate? {
    guard readerCounts[ObjectIdentifier(parameter)] == 1 else { return nil }
    return updates?.update(of: parameter)
  }

  /// Clears the record, but not the counts of operations.
  public func reset() {
    entries.removeAll()
    readerCounts.removeAll()
    updates = nil
  }
}

/// Wraps the result of an operation and records it on the tape of its inputs, if there is one.
///
/// All operations are built on this function; `docs/operations.md` shows how to write one.
///
/// - Parameters:
///   - value: The result.
///   - inputs: All inputs that a gradient can flow to.
///   - cost: The operations that the tape counts; nil for one per element of the result, and as many
///     in the backward pass for each input that needs a gradient.
///   - naive: Recomputes the result from the inputs in `Double`, without sharing code with the fast
///     form.
///   - backward: Takes the gradient of the result, which it may change or pass on to one input, and
///     calls ``Variable/accumulate(_:)-(Tensor)`` on inputs. It must not change anything else,
///     since a record may be played several times.
public func record(
  _ value: Tensor, from inputs: [Variable], cost: OperationCost? = nil,
  naive: @escaping NaiveOperation, backward: @escaping (Tensor) -> Void
) -> Variable {
  guard let tape = inputs.lazy.filter(\.needsGradient).compactMap(\.tape).first else {
    guard let tape = inputs.lazy.compactMap(\.tape).first else { return Variable(value) }
    tape.countForward((cost ?? .others(value.count, of: inputs)).forward)
    return Variable(constant: value, on: tape)
  }
  let cost = cost ?? .others(value.count, of: inputs)
  tape.countForward(cost.forward)
  let output = Variable(result: value, tape: tape)
  tape.append(
    Tape.Entry(
      output: output, inputs: inputs, naive: tape.keepsNaiveTwins ? naive : nil,
      cost: cost.backward, backward: backward))
  return output
}
