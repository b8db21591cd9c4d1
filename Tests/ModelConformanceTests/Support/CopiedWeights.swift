import Foundation
import Ranking
import TensorCore
import Testing

extension BuiltModel {
  /// Returns the parameter of a name.
  func parameter(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws
    -> Parameter
  {
    try #require(
      store.parameters.first { $0.name == name }, "\(name)", sourceLocation: sourceLocation)
  }

  /// Sets every parameter to that of another model, whose name for it `name` returns; nil leaves it alone.
  func copyWeights(from source: BuiltModel, name: (String) -> String? = { $0 }) {
    let twins = Dictionary(uniqueKeysWithValues: source.store.parameters.map { ($0.name, $0) })
    for parameter in store.parameters {
      guard let other = name(parameter.name) else { continue }
      guard let twin = twins[other], twin.value.shape == parameter.value.shape else {
        Issue.record("\(parameter.name) \(parameter.value.shape) has no twin \(other)")
        continue
      }
      parameter.value.assign(twin.value)
    }
  }

  /// Sets all elements of the parameters whose names contain a text.
  func fill(_ text: String, with value: Float) {
    let found = store.parameters.filter { $0.name.contains(text) }
    #expect(!found.isEmpty, "\(text)")
    for parameter in found {
      parameter.value.assign(Tensor(repeating: value, shape: parameter.value.shape))
    }
  }
}
