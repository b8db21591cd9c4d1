import Configuration
import Foundation
import Testing

@Suite struct BalancersCommandTests {
  private func balancers(_ arguments: String) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["balancers"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "70"])
  }

  @Test func listsTheCatalogInItsOrder() throws {
    let outcome = try balancers("")
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let ids = outcome.output.split(separator: "\n").filter {
      !$0.hasPrefix(" ") && !$0.contains(" ")
    }
    #expect(ids.starts(with: ["fixed", "uncertainty", "pcgrad"]))
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
