import Ranking
import TensorCore
import Testing

/// Weights of one model from another, or set by name.
extension BuiltModel {
  /// Gives every parameter the value of one of another model.
  ///
  /// - Parameter source: The name there of a parameter here.
  func takeWeights(from other: BuiltModel, named source: (String) -> String = { $0 }) throws {
    let values = Dictionary(
      uniqueKeysWithValues: other.store.parameters.map { ($0.name, $0.value) })
    for parameter in store.parameters {
      let name = source(parameter.name)
      let value = try #require(values[name], "\(parameter.name) has no twin \(name)")
      try #require(value.count == parameter.value.count, "\(parameter.name) and \(name)")
      parameter.value.assign(value.reshaped(to: parameter.value.shape))
    }
  }

  /// Gives all elements of the parameters with some names a value.
  func setWeights(to value: Float, where isChosen: (String) -> Bool) throws {
    let chosen = store.parameters.filter { isChosen($0.name) }
    try #require(!chosen.isEmpty)
    for parameter in chosen {
      parameter.value.assign(Tensor(repeating: value, shape: parameter.value.shape))
    }
  }

  /// Returns the value of a parameter.
  func weights(_ name: String) throws -> Tensor {
    try #require(store.parameters.first { $0.name == name }, "there is no \(name)").value
  }
}

extension String {
  /// The string with another prefix, if it has the given one.
  func replacingPrefix(_ prefix: String, by other: String) -> String {
    hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
  }
}
