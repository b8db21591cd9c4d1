import Configuration
import Foundation
import Testing

@Suite struct BalancersCommandTests {
  private func balancers(_ arguments: String) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["balancers"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "70"])
  }

  @Test func listsTheCatalogByGroup() throws {
    let outcome = try balancers("")
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    #expect(
      lines.filter { !$0.hasPrefix(" ") }.dropLast() == [
        "Weights of losses", "Gradients of objectives",
      ])
    let ids = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.map { $0.dropFirst(2) }
    #expect(ids.starts(with: ["fixed", "uncertainty", "dwa"]) && ids.count >= 16)
  }

  @Test func describesSettingsPaperAndDeviations() throws {
    let text = try balancers("uncertainty").output
    #expect(text.contains("initialLogVariance = 0") && text.contains("CVPR 2018"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 70 })
    let value = try ConfigurationValue(json: try balancers("pcgrad --json").output)
    #expect(value["id"] == .string("pcgrad") && value["settings"] == .list([]))
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let outcome = try balancers("pcgrid")
    #expect(outcome.status == 64 && outcome.error.contains("did you mean 'pcgrad'?"))
  }
}
