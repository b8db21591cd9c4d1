import TensorCore

extension ParameterStore {
  /// The first parameter or buffer with an element that is NaN or infinite, in words.
  var firstNonFiniteName: String? {
    if let parameter = parameters.first(where: { !$0.value.isFinite }) {
      return "parameter '\(parameter.name)'"
    }
    return buffers.first { !$0.value.isFinite }.map { "buffer '\($0.name)'" }
  }
}
