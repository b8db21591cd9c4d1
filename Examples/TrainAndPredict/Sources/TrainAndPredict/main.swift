import Foundation
import RankingFramework

// Usage: TrainAndPredict SCHEMA.yaml FOLDER-OF-CSV-FILES OUTPUT-FOLDER
guard CommandLine.arguments.count == 4 else {
  print("usage: TrainAndPredict SCHEMA.yaml FOLDER OUTPUT")
  exit(64)
}
let (schema, files, output) = (
  URL(fileURLWithPath: CommandLine.arguments[1]), URL(fileURLWithPath: CommandLine.arguments[2]),
  URL(fileURLWithPath: CommandLine.arguments[3])
)

do {
  // CSV files become a columnar cache; vocabularies and scales are fitted on training rows only.
  let importer = DatasetImporter(schema: try DatasetSchema.load(yaml: schema), root: files)
  let dataset = try importer.run(into: output.appending(path: "cache"))
  print("\(dataset.training.rows.rowCount) training rows, \(dataset.problem.tasks.count) tasks")

  // A model of the catalog with two settings of its own; `MMoE` could be any type that conforms to RankingModel.
  let model = try Catalog([MMoE.self]).entry("mmoe").build(
    ["expertCount": .integer(4), "expertSizes": .list([.integer(32)])], for: dataset.problem,
    seed: 1)
  let options = try TrainingOptions(overriding: ["epochs": .integer(5), "batchSize": .integer(64)])
  let session = try TrainingSession(
    model: model, options: options, training: dataset.training, validation: dataset.validation,
    seed: 1)
  guard case .finished(let outcome) = try session.run() else { exit(1) }
  print("best after \(outcome.bestStep) of \(outcome.stepCount) steps, by \(options.monitor)")

  // The weights are now the best by validation. The test split is looked at once.
  let evaluation = try model.evaluate(on: dataset.test)
  for (task, cell) in zip(dataset.problem.tasks, evaluation.grid.pooled) {
    print(
      "test AUC of \(task.name): \(cell[.auc].map { String(format: "%.4f", $0) } ?? "undefined")")
  }
  try PredictionFile.npy.write(
    evaluation, as: .probability, type: .float32, to: output.appending(path: "test.npy").path)
  try WeightFile.save(model, to: output.appending(path: "weights.safetensors").path)
} catch {
  print("\(error)")
  exit(1)
}
