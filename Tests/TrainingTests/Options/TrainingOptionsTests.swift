import Configuration
import TestKit
import Testing
import Training

@Suite struct TrainingOptionsTests {
  @Test func defaultsSurviveARoundTrip() throws {
    let options = TrainingOptions()
    #expect(try TrainingOptions(overriding: options.configuration) == options)
    #expect(
      options.configuration.merging(TrainingOptions.unstatedDefaults) { $1 }.count
        == TrainingOptions.settings.count)
  }

  @Test(arguments: [
    ("learnRate", ConfigurationValue.number(1), "did you mean 'learningRate'?"),
    ("learningRate", .number(0), "learningRate: must be a number from 1e-08 to 100, but is 0"),
    ("learningRate", .string("fast"), "learningRate: must be a number from"),
    ("optimizer", .string("adamax"), "optimizer: unknown value 'adamax'; did you mean 'adam'?"),
    ("batchSize", .integer(0), "batchSize: must be a whole number from 1 to"),
    ("embeddingUpdates", .string("sparse"), "embeddingUpdates: unknown value 'sparse'"),
    ("schedule", .string("linear"), "schedule: unknown value 'linear'"),
    ("lossReduction", .string("sum"), "lossReduction: unknown value 'sum'"),
    ("taskWeights", .list([.number(0), .number(0)]), "taskWeights are all 0"),
    ("taskWeights", .list([.number(-1)]), "taskWeights: must be a list"),
    (
      "monitor", .string("auk/macro"),
      "monitor: unknown metric 'auk/macro'; did you mean 'auc/macro'?"
    ),
    ("monitor", .string("auc"), "monitor: unknown metric 'auc'"),
    ("monitor", .string("copc/macro"), "monitor: copc/macro cannot be watched"),
    ("trainingShare", .number(0), "trainingShare: must be a number from 1e-06 to 1, but is 0"),
    ("trainingShare", .number(1.5), "trainingShare: must be a number from 1e-06 to 1, but is 1.5"),
    (
      "scenarioShares", .object(["US": .number(2)]),
      "scenarioShares: US: must be a number from 1e-06 to 1, but is 2"
    ),
  ])
  func badValuesAreRefused(name: String, value: ConfigurationValue, expected: String) throws {
    let text = try #require(sentence { _ = try TrainingOptions(overriding: [name: value]) })
    #expect(text.contains(expected), "\(text)")
  }

  @Test(arguments: [
    (
      "monitor", ConfigurationValue.string("auc/clik"),
      "unknown metric 'auc/clik'; did you mean 'auc/click'?"
    ),
    (
      "monitor", .string("auc/click/d"), "unknown metric 'auc/click/d'; did you mean 'auc/click/a'?"
    ),
    (
      "taskWeights", .list([.number(1)]),
      "taskWeights has 1 numbers, but the problem has 2 tasks (click, buy)"
    ),
    (
      "scenarioShares", .object(["d": .number(0.5)]),
      "scenarioShares: unknown scenario 'd'; did you mean 'a'? (known: a, b, c)"
    ),
  ])
  func whatDoesNotSuitTheProblemIsRefused(
    name: String, value: ConfigurationValue, expected: String
  ) throws {
    let text = try #require(sentence { _ = try toySession([name: value]) })
    #expect(text.contains(expected), "\(text)")
  }
}
