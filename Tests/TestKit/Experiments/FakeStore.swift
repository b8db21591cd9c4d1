import Configuration
import Experiments
import Foundation
import TensorCore
import TestKit
import Training

/// A store of fake runs, removed with its last user.
package struct FakeStore: Sendable {
  /// The folder that holds the store as `runs`.
  package let folder: TemporaryFolder
  /// The store.
  package let store: RunStore

  /// Creates a store and executes runs in it.
  package init(
    _ configurations: [RunConfiguration] = [],
    fails: @escaping @Sendable (RunConfiguration) -> String? = { _ in nil }
  ) throws {
    folder = try TemporaryFolder()
    store = RunStore(at: folder.path + "/runs")
    let executor = FakeExecutor(fails: fails)
    for configuration in configurations {
      let directory = try store.prepare(configuration)
      _ = try RunAttempt(in: directory, executor: executor, control: RunControl()).perform()
    }
  }

  /// Returns the configuration of a fake run.
  package static func configuration(
    model: String = "alpha", width: Int = 8, seed: Int = 1, dataset: String = "data",
    semantics: Int = RunConfiguration.currentSemantics
  ) -> RunConfiguration {
    RunConfiguration(
      model: model, settings: ["width": .integer(width), "sizes": .list([.integer(width)])],
      training: ["monitor": .string("auc/macro"), "learningRate": .number(0.001)],
      dataset: dataset, seed: seed, semantics: semantics)
  }

  /// Adds a curve and weights to a run, as training writes them.
  package func addFiles(to configuration: RunConfiguration) throws {
    let directory = store.directory(configuration.id)
    let points = [(50, 0.5, 0.7), (100, 0.25, 0.75)].map { step, loss, auc in
      ConfigurationValue.object([
        "step": .integer(step), "epoch": .number(Double(step) / 50), "learningRate": .number(0.001),
        "loss": .object([
          "total": .number(loss), "crossEntropy": .number(loss),
          "auxiliary": .list([.object(["name": .string("load"), "value": .number(0.125)])]),
        ]),
        "validation": .object(["auc/macro": .number(auc), "gauc/macro": .null]),
      ])
    }
    try CurveFile.write(
      try points.map { try CurvePoint(configuration: $0) }, to: directory.curvesPath)
    try Safetensors(
      metadata: ["configuration": configuration.value.canonicalJSON],
      tensors: [
        NamedTensor(name: "layer/weight", value: Tensor([-1, 0.5, 0.25, 2], shape: [2, 2]))
      ]
    ).write(to: directory.weightsPath)
  }
}
