import CKernels
import TensorCore

extension ParameterGradient {
  /// The sum of the squares of all elements.
  var squaredNorm: Double {
    switch self {
    case .none: 0
    case .dense(let values): ck_dot(values.pointer, values.pointer, values.count)
    case .rows(let rows): ck_dot(rows.values.pointer, rows.values.pointer, rows.values.count)
    }
  }
}
