import CKernelDispatch
import Testing

/// An instruction set that the kernels can be told to use.
enum KernelLevel: Int32, CaseIterable, CustomTestStringConvertible {
  case portable = 0
  case avx2 = 1
  case avx512 = 2

  /// The levels that this processor has.
  static let available = allCases.filter { level in
    level.run { ck_level() == level.rawValue }
  }

  var testDescription: String { "\(self)" }

  /// Calls `body` with this level in force on the calling thread.
  func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    ck_set_thread_level(rawValue)
    defer { ck_set_thread_level(-1) }
    return try body()
  }
}
