import Foundation
import Testing

/// Models that are trained in several phases, in a tool of their own.
@Suite(.serialized) struct PhaseKillTests {
  private let tool = ToolBinary.built("PhasedTool")

  /// A model with the phase of a step: 168 rows for weights, 21 steps an epoch, then 20 steps of gates; or
  /// a search over two fifths of all steps.
  struct Model: CustomTestStringConvertible, Sendable {
    var name: String
    var settings: String
    var phase: @Sendable (Int) -> Int
    var testDescription: String { name }
  }

  private static let models = [
    Model(name: "alternating-gates", settings: "--set gateSteps=20") { $0 % 41 < 21 ? 0 : 1 },
    Model(name: "searched-gates", settings: "") { $0 < 600 ? 0 : 1 },
  ]

  @Test(arguments: models) func aRunResumesFromAKillInEitherPhase(of model: Model) throws {
    try Workshop.with { workshop throws in
      let training =
        "train --data data --model \(model.name) \(model.settings) --set epochs=50 --set batchSize=8 "
        + "--set patience=0 --checkpoint-seconds 0.001"
      #expect(try workshop.tool("\(training) --run-dir whole", tool: tool).status == 0)
      var phases: Set<Int> = []
      for attempt in 0..<20 where phases.count < 2 {
        let run = "run-\(attempt)"
        let wanted = phases.contains(0) ? 1 : 0
        let killed = try KilledRun.start("\(training) --run-dir \(run)", in: workshop, tool: tool)
        while killed.process.isRunning,
          try checkpointStep(of: run, in: workshop).map(model.phase) != wanted
        { usleep(500) }
        guard killed.kill(SIGKILL), let step = try checkpointStep(of: run, in: workshop) else {
          continue
        }
        phases.insert(model.phase(step))
        let outcome = try workshop.tool("\(training) --run-dir \(run) --resume", tool: tool)
        #expect(outcome.status == 0, "\(outcome.error)")
        for file in ["weights.safetensors", "curves.jsonl"] {
          #expect(
            try workshop.bytes("\(run)/\(file)") == workshop.bytes("whole/\(file)"), "\(step)")
        }
      }
      #expect(phases == [0, 1])
    }
  }

  @Test func tablesSayThePhasesOfEveryModel() throws {
    try Workshop.with { workshop throws in
      try workshop.write(
        """
        id: phases
        dataset: {cache: data}
        models:
          - id: alternating-gates
          - id: searched-gates
            search: {strategy: grid, model: {searchShare: [0.25, 0.5]}}
        training: {epochs: 3, batchSize: 16}
        seeds: 2
        metrics: [auc]
        budgetNote: One of the models has nothing to search.

        """, to: "phases.yaml")
      let sweep = try workshop.tool("sweep phases.yaml --store store", tool: tool)
      #expect(sweep.status == 0, "\(sweep.error)")
      let table = try workshop.tool("report phases.yaml --store store", tool: tool).output
      #expect(
        table.contains(
          "Alternating gates: trained in 2 alternating phases: weights (trains main, rows from 0 % to 70 %, "
            + "1 epoch); gates (trains gates, rows from 70 % to 100 %, 2 steps)"))
      #expect(table.contains("Searched gates: trained in 2 phases one after the other: search ("))
      #expect(table.contains("retrain (trains main, the remaining steps, first rewinds main to"))
    }
  }

  /// The step of the checkpoint that a run has written, from the header of the safetensors file.
  private func checkpointStep(of run: String, in workshop: Workshop) throws -> Int? {
    guard let data = try? workshop.bytes("\(run)/checkpoint.safetensors"), data.count > 8 else {
      return nil
    }
    let size = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: data[8..<(8 + size)]) as? [String: Any]
    let metadata = header?["__metadata__"] as? [String: String]
    let progress = try JSONSerialization.jsonObject(
      with: Data((metadata?["progress"] ?? "{}").utf8))
    return (progress as? [String: Any])?["step"] as? Int
  }
}
