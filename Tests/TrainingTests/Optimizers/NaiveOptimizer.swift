@testable import Training

/// The update rules once more, element by element in `Double`, without sharing code.
struct NaiveOptimizer {
  let options: TrainingOptions
  var weights: [Double]
  private var first: [Double]
  private var second: [Double]
  private var step = 0.0

  /// The first moments, then the second.
  var moments: [Double] { first + second }

  init(_ options: TrainingOptions, weights: [Float]) {
    self.options = options
    self.weights = weights.map(Double.init)
    first = Array(repeating: 0, count: weights.count)
    second = first
  }

  mutating func apply(_ gradient: [Float]) {
    step += 1
    for i in weights.indices {
      let decay = options.updates.weightDecay
      var g = Double(gradient[i])
      if options.updates.optimizer != .adamw { g += decay * weights[i] }
      switch options.updates.optimizer {
      case .sgd:
        first[i] = options.updates.momentum * first[i] + g
        weights[i] -= options.updates.learningRate * first[i]
      case .adam, .adamw:
        if options.updates.optimizer == .adamw {
          weights[i] *= 1 - options.updates.learningRate * decay
        }
        first[i] = options.updates.beta1 * first[i] + (1 - options.updates.beta1) * g
        second[i] = options.updates.beta2 * second[i] + (1 - options.updates.beta2) * g * g
        var (power1, power2) = (1.0, 1.0)
        for _ in 0..<Int(step) {
          (power1, power2) = (power1 * options.updates.beta1, power2 * options.updates.beta2)
        }
        let (m, v) = (first[i] / (1 - power1), second[i] / (1 - power2))
        weights[i] -= options.updates.learningRate * m / (v.squareRoot() + options.updates.epsilon)
      case .adagrad:
        second[i] += g * g
        weights[i] -=
          options.updates.learningRate * g / (second[i].squareRoot() + options.updates.epsilon)
      }
    }
  }
}
