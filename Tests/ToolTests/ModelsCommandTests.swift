import Configuration
import Foundation
import Testing

@Suite struct ModelsCommandTests {
  private func models(_ arguments: String, columns: Int = 80) throws -> ToolBinary.Outcome {
    try ToolBinary.run(
      ["models"] + arguments.split(separator: " ").map(String.init),
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "\(columns)"])
  }

  @Test func listsTheCatalogByGroupInTheOrderOfTables() throws {
    let outcome = try models("")
    #expect(outcome.status == 0 && outcome.error.isEmpty)
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(
      lines.filter { !$0.hasPrefix(" ") }.dropLast() == [
        "Floors", "Shared and gated", "Tasks in sequence", "Scenarios", "Scenarios and tasks",
      ])
    let ids = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.map { $0.dropFirst(2) }
    #expect(ids.starts(with: ["logistic-regression", "fm", "deepfm", "dcn-v2"]))
    #expect(ids.count >= 30 && ids.last == "aesm2")
    let value = try ConfigurationValue(json: try models("star --json").output)
    #expect(value["group"] == .string("Scenarios"))
  }

  @Test(arguments: ["shared-bottom", "mmoe", "ple", "aesm2"])
  func describesEverySettingWithinSixtyColumns(model: String) throws {
    let text = try models(model, columns: 60).output
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 60 })
    let value = try ConfigurationValue(json: try models("\(model) --json").output)
    guard case .list(let settings)? = value["settings"] else {
      Issue.record("no settings in \(value)")
      return
    }
    #expect(settings.count > 5)
    for setting in settings {
      guard case .string(let name)? = setting["name"], let value = setting["default"] else {
        Issue.record("a setting without name or default")
        continue
      }
      #expect(text.contains("\n  \(name) = \(value.description)\n"))
    }
  }

  @Test func describesTheTrainer() throws {
    let text = try models("--training").output
    #expect(text.contains("  learningRate = 0.001\n"))
    #expect(text.contains("Search: log-uniform from 0.0003 to 0.03."))
  }
}
