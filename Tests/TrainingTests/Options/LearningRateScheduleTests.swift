import Configuration
import Foundation
import Testing
import Training

@Suite struct LearningRateScheduleTests {
  private func rates(_ overrides: [String: ConfigurationValue], steps: [Int]) throws -> [Double] {
    var options = overrides
    options["learningRate"] = .number(1)
    options["epochs"] = .integer(10)
    let schedule = LearningRateSchedule(try TrainingOptions(overriding: options), stepsPerEpoch: 4)
    return steps.map(schedule.learningRate(atStep:))
  }

  @Test func constantDoesNotChange() throws {
    #expect(try rates([:], steps: [0, 7, 39]) == [1, 1, 1])
  }

  @Test func warmUpRisesLinearlyToTheRate() throws {
    #expect(
      try rates(["warmUpSteps": .integer(4)], steps: [0, 1, 2, 3, 4]) == [0.25, 0.5, 0.75, 1, 1])
  }

  @Test func stepDecaysEveryFewEpochs() throws {
    let options: [String: ConfigurationValue] = [
      "schedule": .string("step"), "decayFactor": .number(0.1), "decayEpochs": .integer(2),
    ]
    let found = try rates(options, steps: [0, 7, 8, 16])
    for (a, b) in zip(found, [1, 1, 0.1, 0.01]) { #expect(abs(a - b) < 1e-15) }
  }

  @Test func exponentialDecaysEveryEpoch() throws {
    let options: [String: ConfigurationValue] = ["schedule": .string("exponential")]
    #expect(try rates(options, steps: [0, 3, 4, 8, 12]) == [1, 1, 0.5, 0.25, 0.125])
  }

  @Test func cosineFallsToZeroAtTheEnd() throws {
    let found = try rates(["schedule": .string("cosine")], steps: [0, 20, 40])
    for (a, b) in zip(found, [1, 0.5, 0]) { #expect(abs(a - b) < 1e-15) }
  }
}
