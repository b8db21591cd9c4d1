/// The gradient of one scalar with respect to every parameter that it depends on.
public struct Gradients: Sendable {
  private let byParameter: [ObjectIdentifier: ParameterGradient]

  /// Takes the gradients that a backward pass left in the parameters.
  init(takenFrom parameters: [Parameter]) {
    var byParameter: [ObjectIdentifier: ParameterGradient] = [:]
    for parameter in parameters {
      if case .none = parameter.gradient { continue }
      byParameter[ObjectIdentifier(parameter)] = parameter.gradient
      parameter.clearGradient()
    }
    self.byParameter = byParameter
  }

  /// The gradient with respect to one parameter, ``ParameterGradient/none`` where the scalar does not
  /// depend on it.
  public subscript(parameter: Parameter) -> ParameterGradient {
    byParameter[ObjectIdentifier(parameter)] ?? .none
  }
}

extension Tape {
  /// Returns the gradients of every element of `results`, one backward pass for each, and keeps the
  /// record: the forward pass need not be repeated.
  ///
  /// - Parameter results: Any shape, recorded on this tape.
  /// - Returns: As many as `results` has elements, in row-major order.
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
  /// Returns the inner product of two gradients of one parameter, summed in `Double`.
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
  /// Adds a gradient to that which the parameter has, taking it over.
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

/// Changes the elements `range` of a parameter by their final gradient, which it may overwrite.
///
/// Different ranges are changed by several threads at a time.
package typealias BlockUpdate = (_ range: Range<Int>, _ gradient: UnsafeMutablePointer<Float>) ->
  Void

/// Who changes parameters while the backward pass runs.
///
/// A large gradient that is used where it was computed, block by block, never travels to memory and
/// back, and one thread waits for memory while another multiplies.
package protocol UpdatesDuringBackward: AnyObject {
  /// Returns the update of a parameter, or nil where it has to wait for the end of the pass.
  ///
  /// Whoever asks gives every element its gradient, once.
  func update(of parameter: Parameter) -> BlockUpdate?
}
