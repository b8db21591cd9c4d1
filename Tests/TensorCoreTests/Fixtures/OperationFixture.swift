import Configuration
import TensorCore
import TestKit

/// One use of an operation with the results of PyTorch, as `operations.py` wrote it.
struct OperationFixture: Decodable {
  struct Numbers: Decodable {
    let shape: [Int]
    let values: [Double]

    var tensor: Tensor { Tensor(values.map { Float($0) }, shape: shape) }
  }

  /// A setting is a list of whole numbers or of words.
  enum Setting: Decodable {
    case numbers([Int])
    case words([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let numbers = try? container.decode([Int].self) {
        self = .numbers(numbers)
      } else {
        self = .words(try container.decode([String].self))
      }
    }
  }

  let name: String
  let settings: [String: Setting]
  let inputs: [Numbers]
  let constants: [Numbers]
  let output: Numbers
  let outputGradient: Numbers
  let gradients: [Numbers]

  func numbers(_ name: String) throws -> [Int] {
    guard case .numbers(let numbers) = settings[name] else { throw MissingSetting(name: name) }
    return numbers
  }

  func indices(_ name: String) throws -> [Int32] { try numbers(name).map(Int32.init) }

  func activation() throws -> Activation {
    guard case .words(let words) = settings["activation"],
      let activation = words.first.flatMap(Activation.init(rawValue:))
    else { throw MissingSetting(name: "activation") }
    return activation
  }

  struct MissingSetting: Error { let name: String }
}
