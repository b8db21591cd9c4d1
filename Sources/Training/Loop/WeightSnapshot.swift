import TensorCore

/// A tensor under its name in files.
package struct NamedTensor {
  package var name: String
  package var value: Tensor
  /// The division of the rows among ranks, if `value` holds only those of this rank.
  package var shards: RowShards?

  package init(name: String, value: Tensor, shards: RowShards? = nil) {
    self.name = name
    self.value = value
    self.shards = shards
  }

  /// The shape in files, where the rows of all ranks are together.
  var shapeInFiles: [Int] { shards.map { [$0.rowCount] + value.shape.dropFirst() } ?? value.shape }
}

extension ParameterStore {
  /// All tensors of a trained model: the parameters, then the buffers, in creation order.
  var tensors: [NamedTensor] { tensors(of: nil) }

  /// Returns the tensors of some groups only; nil for all.
  func tensors(of groups: [String]?) -> [NamedTensor] {
    func isWanted(_ group: String) -> Bool { groups?.contains(group) ?? true }
    return parameters.filter { isWanted($0.group) }.map {
      NamedTensor(name: $0.name, value: $0.value, shards: $0.shards)
    }
      + buffers.filter { isWanted($0.group) }.map { NamedTensor(name: $0.name, value: $0.value) }
  }
}

/// A copy of the weights and buffers of a model, or of some of its groups.
struct WeightSnapshot {
  let tensors: [NamedTensor]
  private let groups: [String]?

  /// Creates a copy of the current state of a model, or of some of its groups.
  init(of store: ParameterStore, groups: [String]? = nil) {
    self.groups = groups
    tensors = store.tensors(of: groups).map {
      NamedTensor(name: $0.name, value: $0.value.copy(), shards: $0.shards)
    }
  }

  /// Replaces the copy with the current state of the model.
  func update(from store: ParameterStore) {
    for (saved, tensor) in zip(tensors, store.tensors(of: groups)) {
      saved.value.assign(tensor.value)
    }
  }

  /// Restores the state of the model, or of some of its groups.
  func restore(to store: ParameterStore, groups wanted: [String]? = nil) {
    let wantedNames = wanted.map { Set(store.tensors(of: $0).map(\.name)) }
    for (tensor, saved) in zip(store.tensors(of: groups), tensors)
    where wantedNames?.contains(tensor.name) ?? true {
      tensor.value.assign(saved.value)
    }
  }
}

extension ParameterStore {
  /// Returns the division of the rows of the tensor of a file, such as `weights/<table>` or
  /// `optimizer/adam/m/<table>`, among ranks; nil if every rank has all rows.
  func shards(ofTensor name: String, shape: [Int]) -> RowShards? {
    let owners = parameters.filter { parameter in
      parameter.shards?.rowCount == shape.first
        && (name == parameter.name || name.hasSuffix("/" + parameter.name))
    }
    return owners.max { $0.name.utf8.count < $1.name.utf8.count }?.shards
  }

  /// A description of the first parameter or buffer with a NaN or infinite element.
  var firstNonFiniteName: String? {
    if let parameter = parameters.first(where: { !$0.value.isFinite }) {
      return "parameter '\(parameter.name)'"
    }
    return buffers.first { !$0.value.isFinite }.map { "buffer '\($0.name)'" }
  }
}
