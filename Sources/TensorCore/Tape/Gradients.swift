/// The gradients of one scalar with respect to all parameters that it depends on.
public struct Gradients: Sendable {
  private let byParameter: [ObjectIdentifier: ParameterGradient]

  /// Takes over the gradients that a backward pass stored in the parameters.
  init(takenFrom parameters: [Parameter]) {
    var byParameter: [ObjectIdentifier: ParameterGradient] = [:]
    for parameter in parameters {
      if case .none = parameter.gradient { continue }
      byParameter[ObjectIdentifier(parameter)] = parameter.gradient
      parameter.clearGradient()
    }
    self.byParameter = byParameter
  }

  /// The gradient with respect to one parameter; ``ParameterGradient/none`` if the scalar does not
  /// depend on it.
  public subscript(parameter: Parameter) -> ParameterGradient {
    byParameter[ObjectIdentifier(parameter)] ?? .none
  }
}

extension Tape {
  /// Returns the gradients of every element of `results`, with one backward pass each, and keeps
  /// the record, so the forward pass need not be repeated.
  ///
  /// - Parameter results: Any shape, recorded on this tape.
  /// - Returns: One set of gradients per element of `results`, in row-major order.
  /// - Precondition: no parameter on the tape has a gradient.
  public func gradients(ofEach results: Variable) -> [Gradients] {
    let parameters = recordedParameters
    precondition(
      parameters.allSatisfy { if case .none = $0.gradient { true } else { false } },
      "a parameter has a gradient already")
    return (0..<results.value.count).map { element in
      let seed = Tensor(zeros: results.shape)
      seed.pointer[element] = 1
      replayBackward(from: results, seed: seed)
      return Gradients(takenFrom: parameters)
    }
  }
}

extension ParameterGradient {
  /// Returns the inner product of two gradients of the same parameter, summed in `Double`.
  package func dot(_ other: ParameterGradient) -> Double {
    switch (self, other) {
    case (.none, _), (_, .none): 0
    case (.dense(let a), .dense(let b)): a.dot(b)
    case (.rows(let a), .rows(let b)): a.dot(b)
    case (.dense(let dense), .rows(let rows)), (.rows(let rows), .dense(let dense)):
      dense.dot(rows.densified(rowCount: dense.shape[0]))
    }
  }

  /// Returns the gradient times a number.
  package func scaled(by factor: Float) -> ParameterGradient {
    switch self {
    case .none: .none
    case .dense(let values): .dense(values.scaled(by: factor))
    case .rows(let rows):
      .rows(RowGradient(indices: rows.indices, values: rows.values.scaled(by: factor)))
    }
  }
}

extension Parameter {
  /// Adds a gradient to the existing one and takes ownership of it.
  package func accumulate(_ addend: ParameterGradient) {
    switch addend {
    case .none: break
    case .dense(let values): accumulate(values)
    case .rows(let rows): accumulate(rows)
    }
  }
}

extension RowGradient {
  fileprivate func dot(_ other: RowGradient) -> Double {
    let columns = values.shape[1]
    var (sum, i, j) = (0.0, 0, 0)
    while i < indices.count, j < other.indices.count {
      if indices[i] == other.indices[j] {
        for column in 0..<columns {
          sum +=
            Double(values.pointer[i * columns + column])
            * Double(other.values.pointer[j * columns + column])
        }
      }
      let (left, right) = (indices[i], other.indices[j])
      if left <= right { i += 1 }
      if right <= left { j += 1 }
    }
    return sum
  }
}

/// A function that updates the elements `range` of a parameter by their final gradient, which it
/// may overwrite.
///
/// Several threads update different ranges concurrently.
package typealias BlockUpdate = (_ range: Range<Int>, _ gradient: UnsafeMutablePointer<Float>) ->
  Void

/// An updater of parameters during the backward pass.
///
/// A large gradient that is used where it is computed, block by block, avoids a round trip to
/// memory, and one thread can wait for memory while another multiplies.
package protocol UpdatesDuringBackward: AnyObject {
  /// Returns the update of a parameter, or nil if it has to wait for the end of the pass.
  ///
  /// The caller must apply it to every element exactly once.
  func update(of parameter: Parameter) -> BlockUpdate?

  /// Called once for every parameter that the pass reaches, when all terms of its gradient have been
  /// added, in an order that depends only on the recorded operations.
  func gradientIsFinal(of parameter: Parameter)
}
