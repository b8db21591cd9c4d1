import Configuration
import Foundation
import Ranking

// Internal: tensors.
@testable import Training

/// Makes a session on toy rows; every option not named has its default.
func toySession(
  _ overrides: [String: ConfigurationValue] = [:], model: BuiltModel? = nil,
  training: ToyRows = ToyRows(count: 300, seed: 1),
  validation: ToyRows = ToyRows(count: 200, seed: 2),
  seed: UInt64 = 1
) throws -> TrainingSession {
  var options: [String: ConfigurationValue] = [
    "batchSize": .integer(64), "epochs": .integer(3), "learningRate": .number(0.05),
    "patience": .integer(0),
  ]
  options.merge(overrides) { $1 }
  return try TrainingSession(
    model: model ?? ToyModel.built(), options: TrainingOptions(overriding: options),
    training: TrainingSplit(training), validation: ValidationSplit(validation), seed: seed)
}

/// The bits of all weights and buffers of a model.
func bits(of model: BuiltModel) -> [[UInt32]] {
  model.store.tensors.map { $0.value.values.map(\.bitPattern) }
}

extension TrainingResult {
  /// The outcome of a finished training, or nil.
  var outcome: TrainingOutcome? {
    if case .finished(let outcome) = self { outcome } else { nil }
  }
}
