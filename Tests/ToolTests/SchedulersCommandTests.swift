import Configuration
import Foundation
import Testing

@Suite struct SchedulersCommandTests {
  private func schedulers(_ arguments: String) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["schedulers"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "70"])
  }

  @Test func listsAndDescribesTheCatalog() throws {
    let list = try schedulers("").output
    for id in ["none", "successive-halving", "asha", "hyperband", "median-stopping"] {
      #expect(list.contains("\(id)\n"))
    }
    let text = try schedulers("asha").output
    #expect(text.contains("eta = 3") && text.contains("MLSys 2020"))
    #expect(text.contains("order of trials"))
    let value = try ConfigurationValue(json: try schedulers("median-stopping --json").output)
    #expect(value["id"] == .string("median-stopping"))
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let outcome = try schedulers("hyperbnad")
    #expect(outcome.status == 64 && outcome.error.contains("did you mean 'hyperband'?"))
  }
}
