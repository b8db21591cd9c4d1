import TensorCore

/// The updates of one step that are done while its backward pass runs.
final class UpdatesInPassing: UpdatesDuringBackward {
  private let makeUpdate: (Parameter) -> ParameterUpdate?
  private var updated: Set<ObjectIdentifier> = []

  init(_ makeUpdate: @escaping (Parameter) -> ParameterUpdate?) { self.makeUpdate = makeUpdate }

  func update(of parameter: Parameter) -> BlockUpdate? {
    guard !parameter.isTable, let update = makeUpdate(parameter) else { return nil }
    updated.insert(ObjectIdentifier(parameter))
    return { range, gradient in update.apply(gradient, to: range) }
  }

  /// Whether the pass changed the parameter.
  func hasUpdated(_ parameter: Parameter) -> Bool {
    updated.contains(ObjectIdentifier(parameter))
  }
}
