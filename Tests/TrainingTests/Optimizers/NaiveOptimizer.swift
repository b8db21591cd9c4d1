import Configuration
import Testing

// Internal: updateRule.
@testable import Training

/// The step of every optimizer once more, for one weight in `Double`, sharing no code with it: an
/// optimizer that is added brings its own.
let naiveSteps: [String: NaiveStep] = [
  "adam": { weight, state, gradient, options in
    adaptive(&weight, &state, gradient + options.weightDecay * weight, options)
  },
  "adamw": { weight, state, gradient, options in
    weight *= 1 - options.learningRate * options.weightDecay
    adaptive(&weight, &state, gradient, options)
  },
  "sgd": { weight, state, gradient, options in
    state[0] = options.momentum * state[0] + gradient + options.weightDecay * weight
    weight -= options.learningRate * state[0]
  },
  "adagrad": { weight, state, gradient, options in
    let g = gradient + options.weightDecay * weight
    state[0] += g * g
    weight -= options.learningRate * g / (state[0].squareRoot() + options.epsilon)
  },
  "lion": { weight, state, gradient, options in
    let (beta1, beta2) = (options.own("beta1"), options.own("beta2"))
    let direction = beta1 * state[0] + (1 - beta1) * gradient
    let step = (direction > 0 ? 1 : direction < 0 ? -1 : 0) + options.weightDecay * weight
    weight -= options.learningRate * step
    state[0] = beta2 * state[0] + (1 - beta2) * gradient
  },
]

/// Changes a weight and its state, in the order of the rule's names and followed by the number of the
/// step, counted from 1.
typealias NaiveStep =
  @Sendable (
    _ weight: inout Double, _ state: inout [Double], _ gradient: Double, _ options: UpdateOptions
  ) -> Void

private func adaptive(
  _ weight: inout Double, _ state: inout [Double], _ g: Double, _ options: UpdateOptions
) {
  state[0] = options.beta1 * state[0] + (1 - options.beta1) * g
  state[1] = options.beta2 * state[1] + (1 - options.beta2) * g * g
  var (power1, power2) = (1.0, 1.0)
  for _ in 0..<Int(state[2]) { (power1, power2) = (power1 * options.beta1, power2 * options.beta2) }
  let (m, v) = (state[0] / (1 - power1), state[1] / (1 - power2))
  weight -= options.learningRate * m / (v.squareRoot() + options.epsilon)
}

extension UpdateOptions {
  /// A setting of the optimizer's own.
  func own(_ name: String) -> Double {
    let value =
      optimizer.settings[name]
      ?? optimizerCatalog.first { $0.card.id == optimizer.id }?.settings
      .first { $0.name == name }?.defaultValue
    return value.flatMap { Double(configuration: $0) } ?? .nan
  }
}

/// Weights under ``naiveSteps``.
struct NaiveOptimizer {
  private(set) var weights: [Double]
  private var states: [[Double]]
  private var step = 0
  private let options: UpdateOptions
  private let naive: NaiveStep
  private let stateCount: Int

  /// The state, tensor after tensor.
  var state: [Double] { (0..<stateCount).flatMap { index in states.map { $0[index] } } }

  init(_ options: TrainingOptions, weights: [Float]) throws {
    self.options = options.updates
    self.weights = weights.map(Double.init)
    naive = try #require(
      naiveSteps[options.updates.optimizer.id], "an optimizer needs a naive twin")
    stateCount = try options.updates.updateRule().stateNames.count
    states = weights.map { [stateCount] _ in Array(repeating: 0, count: stateCount) }
  }

  mutating func apply(_ gradient: [Float]) {
    step += 1
    for i in weights.indices {
      var state = states[i] + [Double(step)]
      naive(&weights[i], &state, Double(gradient[i]), options)
      states[i] = Array(state.prefix(stateCount))
    }
  }
}
