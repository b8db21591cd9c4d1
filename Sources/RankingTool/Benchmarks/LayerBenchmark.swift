import Configuration
import TensorCore

/// The speed of one linear layer: `[rows, inputs] · [inputs, outputs]`.
struct LayerBenchmark {
  let rows: Int
  let inputs: Int
  let outputs: Int

  /// Shapes that occur in the models: a first shared layer, an expert, and a large square.
  static let all = [
    LayerBenchmark(rows: 1024, inputs: 335, outputs: 256),
    LayerBenchmark(rows: 1024, inputs: 335, outputs: 64),
    LayerBenchmark(rows: 2048, inputs: 1024, outputs: 1024),
  ]

  /// Returns the shape and the GFLOP/s of the fastest of some repetitions.
  func measure() -> ConfigurationValue {
    let x = Variable(Tensor(repeating: 0.5, shape: [rows, inputs]))
    let weights = Variable(Tensor(repeating: 0.25, shape: [inputs, outputs]))
    let bias = Variable(Tensor(zeros: [outputs]))
    let operations = 2 * Double(rows) * Double(inputs) * Double(outputs)
    let repetitions = max(3, Int(2e9 / operations))
    let clock = ContinuousClock()
    let fastest =
      (0..<repetitions).map { _ in
        clock.measure { _ = x.affine(weight: weights, bias: bias) }
      }.min() ?? .zero
    return .object([
      "gigaflopsPerSecond": .number(rounded(operations / (fastest / .seconds(1)) / 1e9)),
      "inputs": .integer(inputs), "outputs": .integer(outputs), "rows": .integer(rows),
    ])
  }
}

/// Returns a number with three significant decimals, for reading.
func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
