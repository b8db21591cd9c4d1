import TensorCore

/// A tensor under its name in files.
package struct NamedTensor {
  package var name: String
  package var value: Tensor

  package init(name: String, value: Tensor) {
    self.name = name
    self.value = value
  }
}

extension ParameterStore {
  /// All parameters, then all buffers, in the order of creation: what makes up a trained model.
  var tensors: [NamedTensor] {
    parameters.map { NamedTensor(name: $0.name, value: $0.value) }
      + buffers.map { NamedTensor(name: $0.name, value: $0.value) }
  }
}

/// A copy of the weights and buffers of a model.
struct WeightSnapshot {
  let tensors: [NamedTensor]

  /// Copies the present state of a model.
  init(of store: ParameterStore) {
    tensors = store.tensors.map { NamedTensor(name: $0.name, value: $0.value.copy()) }
  }

  /// Takes the present state of the model in place of the one it has.
  func retake(of store: ParameterStore) {
    for (saved, tensor) in zip(tensors, store.tensors) { saved.value.assign(tensor.value) }
  }

  /// Gives the model its state back.
  func restore(to store: ParameterStore) {
    for (tensor, saved) in zip(store.tensors, tensors) { tensor.value.assign(saved.value) }
  }
}
