import Configuration
import Foundation
import Testing

@Suite struct MetricsCommandTests {
  private func metrics(_ arguments: String) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["metrics"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "70"])
  }

  @Test func listsTheCatalogInItsOrder() throws {
    let outcome = try metrics("")
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let ids = outcome.output.split(separator: "\n").filter {
      !$0.hasPrefix(" ") && !$0.contains(" ")
    }
    #expect(ids.starts(with: ["auc", "gauc", "logLoss", "copc", "ece"]))
    #expect(ids.contains("ndcg@10"))
  }

  @Test func describesValueSourceAndUndefinedCases() throws {
    let text = try metrics("ndcg@10").output
    #expect(text.contains("higher is better") && text.contains("ECIR 2008"))
    #expect(text.contains("no group has both classes"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 70 })
    let value = try ConfigurationValue(json: try metrics("rig --json").output)
    #expect(value["id"] == .string("rig") && value["direction"] == .string("higher"))
    #expect(value["range"] == .list([.null, .integer(1)]))
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let outcome = try metrics("ndgc@10")
    #expect(outcome.status == 64 && outcome.error.contains("did you mean 'ndcg@10'?"))
  }
}
