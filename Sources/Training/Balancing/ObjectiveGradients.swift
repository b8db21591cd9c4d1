import TensorCore

/// The gradients of every objective's part of the plain sum, a_o L_o, with respect to the parameters
/// that at least two objectives reach in a batch: whose gradient is not zero for two or more.
public struct ObjectiveGradients {
  /// Their inner products: `[objectives][objectives]`, summed over all shared parameters in `Double`.
  ///
  /// All that most methods need: with weights c, ‖Σ_o c_o g_o‖² = cᵀ · products · c.
  public let products: [[Double]]

  private let parts: [Gradients]
  private let shared: Set<ObjectIdentifier>

  /// - Parameters:
  ///   - parts: The gradients of every objective.
  ///   - parameters: Those of the model.
  init(_ parts: [Gradients], of parameters: [Parameter]) {
    self.parts = parts
    var shared: Set<ObjectIdentifier> = []
    var products = parts.map { _ in [Double](repeating: 0, count: parts.count) }
    for parameter in parameters {
      let gradients = parts.map { $0[parameter] }
      let squares = gradients.map { $0.dot($0) }
      let reaching = parts.indices.filter { squares[$0] != 0 }
      guard reaching.count > 1 else { continue }
      shared.insert(ObjectIdentifier(parameter))
      for i in reaching {
        products[i][i] += squares[i]
        for j in reaching where j < i { products[i][j] += gradients[i].dot(gradients[j]) }
      }
    }
    for i in parts.indices {
      for j in 0..<i { products[j][i] = products[i][j] }
    }
    self.products = products
    self.shared = shared
  }

  /// Adds to every parameter Σ_o weights_o g_o where it is shared, and the gradient of its only
  /// objective elsewhere.
  func accumulate(weights: [Double], into parameters: [Parameter]) {
    for parameter in parameters {
      let isShared = shared.contains(ObjectIdentifier(parameter))
      for (part, weight) in zip(parts, weights) {
        let gradient = part[parameter]
        parameter.accumulate(isShared ? gradient.scaled(by: Float(weight)) : gradient)
      }
    }
  }
}
