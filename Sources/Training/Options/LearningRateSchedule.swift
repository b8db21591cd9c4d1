import Configuration
import TensorCore

/// The shape of a ``LearningRateSchedule``.
public enum LearningRateShape: String, ConfigurationChoice {
  /// No change.
  case constant
  /// Multiplied by a factor every few epochs.
  case step
  /// Multiplied by a factor every epoch.
  case exponential
  /// Half a cosine wave down to zero at the end of the last epoch.
  case cosine
}

/// A schedule with the learning rate of every step.
///
/// Step `t = 0, 1, …` of epoch `e = t / stepsPerEpoch`, `T = epochs · stepsPerEpoch` in all:
///
///     rate(t) = learningRate · min(1, (t + 1) / warmUpSteps) · shape(t)
///
///     constant      shape = 1
///     step          shape = decayFactor^(e / decayEpochs), whole division
///     exponential   shape = decayFactor^e
///     cosine        shape = (1 + cos(π t / T)) / 2
///
/// The warm-up multiplies the shape but does not shift it.
public struct LearningRateSchedule: Sendable {
  private let options: TrainingOptions
  private let stepsPerEpoch: Int

  /// Creates the schedule that the options describe.
  ///
  /// - Precondition: `stepsPerEpoch > 0`.
  public init(_ options: TrainingOptions, stepsPerEpoch: Int) {
    precondition(stepsPerEpoch > 0, "an epoch has \(stepsPerEpoch) steps")
    self.options = options
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Returns the learning rate of a step, counted from 0.
  public func learningRate(atStep step: Int) -> Double {
    options.updates.learningRate * warmUp(step) * shape(step)
  }

  private func warmUp(_ step: Int) -> Double {
    step + 1 < options.warmUpSteps ? Double(step + 1) / Double(options.warmUpSteps) : 1
  }

  private func shape(_ step: Int) -> Double {
    let epoch = step / stepsPerEpoch
    switch options.schedule {
    case .constant: return 1
    case .step: return decay(times: epoch / options.decayEpochs)
    case .exponential: return decay(times: epoch)
    case .cosine:
      let progress = Double(step) / Double(options.epochs * stepsPerEpoch)
      return (1 + (Double.pi * min(1, progress)).cosine) / 2
    }
  }

  private func decay(times: Int) -> Double {
    (0..<times).reduce(1) { factor, _ in factor * options.decayFactor }
  }
}
