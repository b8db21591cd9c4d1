import Foundation
import TestKit
import Testing

/// What people see in a narrow window, and what programs read.
@Suite struct TerminalTests {
  @Test func descriptionsAndFindingsFitTheWindow() throws {
    try Workshop.with { workshop throws in
      for command in ["data describe data", "data lint data"] {
        let narrow = try workshop.tool(command, environment: ["COLUMNS": "44"]).output
        for line in narrow.split(separator: "\n") where !line.contains("  ") {
          let isOneWord = !line.dropFirst().contains(" ")
          #expect(line.count <= 44 || isOneWord, "\(line)")
        }
        // Lines that programs read are not broken.
        let piped = try workshop.tool(command).output
        func words(_ text: String) -> [Substring] { text.split(whereSeparator: \.isWhitespace) }
        #expect(words(piped) == words(narrow))
        #expect(piped.split(separator: "\n").count <= narrow.split(separator: "\n").count)
      }
    }
  }

  @Test func tablesAreSplitInAWindowAndWholeInAPipe() throws {
    try Workshop.with { workshop throws in
      let quickstart = DataFolder.packageRoot.appending(path: "results/quickstart").path
      for command in [
        "evaluate run --data data --split test", "train --data data --run-dir run --resume",
        "runs show \(try id(in: workshop)) --from run", "data describe data",
        "runs compare model=mmoe model=ple --from \(quickstart)",
        "compare MMoE PLE --from \(quickstart)", "habits \(quickstart)",
      ] {
        let piped = try workshop.tool(command)
        #expect(piped.status == 0, "\(piped.error)")
        // A width in a variable is for sentences.
        let tables = piped.output.split(separator: "\n").filter { $0.contains("  ") }
        let others = try workshop.tool(command, environment: ["COLUMNS": "60"]).output
          .split(separator: "\n")
        #expect(tables.allSatisfy(others.contains), "\(command)")
        for width in [40, 60] {
          let shown = try workshop.terminal(command, width: width)
          #expect(shown.status == 0, "\(shown.error)")
          for line in shown.output.split(separator: "\n") where line.count > width {
            // Only a path or digest may be longer.
            #expect(!line.drop { $0 == " " }.contains(" "), "\(command): \(line)")
          }
        }
        let numbers = /-?[0-9]+\.[0-9]+/
        let wide = try workshop.terminal(command, width: 60).output
        #expect(
          Set(piped.output.matches(of: numbers).map(\.output))
            == Set(wide.matches(of: numbers).map(\.output)), "\(command)")
      }
      let shown = try workshop.terminal("evaluate run --data data --split test", width: 60).output
      let headings = shown.split(separator: "\n").filter { $0.hasPrefix("task / scenario  ") }
      #expect(headings.count > 1 && shown.contains("\n\ntask / scenario  "), "\(shown)")
    }
  }

  private func id(in workshop: Workshop) throws -> String {
    let lines = try workshop.tool("runs list --from run --columns id").output
    return String(try #require(lines.split(separator: "\n").last))
  }

  @Test(arguments: ["", "abc", "0", "-5", "99999999999999999999"])
  func aWidthThatIsNoNumberIsIgnored(columns: String) throws {
    try Workshop.with { workshop throws in
      for command in ["models mmoe", "train --help", "data describe data"] {
        let outcome = try workshop.tool(command, environment: ["COLUMNS": columns])
        #expect(outcome.output == (try workshop.tool(command).output), "\(command)")
      }
      let command = "data describe data"
      let shown = try workshop.terminal(command, width: 30, environment: ["COLUMNS": columns])
      #expect(shown.output == (try workshop.terminal(command, width: 30).output))
    }
  }

  @Test func aTinyWidthIsRaised() throws {
    try Workshop.with { workshop throws in
      for command in ["models mmoe", "train --help", "data describe data"] {
        let tiny = try workshop.tool(command, environment: ["COLUMNS": "1"])
        #expect(tiny.output == (try workshop.tool(command, environment: ["COLUMNS": "20"]).output))
      }
    }
  }

  @Test func statusOfAFinishedExperimentFitsSixtyColumns() throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.tool("sweep experiment.yaml --jobs 2").status == 0)
      let status = try workshop.tool("status experiment.yaml").output
      #expect(status.split(separator: "\n").allSatisfy { $0.count <= 60 }, "\(status)")
    }
  }

  @Test func namesDoNotSteerTheTerminal() throws {
    try Workshop.with { workshop throws in
      let csv = try String(contentsOf: workshop["files/log.csv"], encoding: .utf8)
      try workshop.write(
        csv.replacing(",A,", with: ",A\u{1b}[31m\u{7},").replacing(",B,", with: ",pooled,"),
        to: "files/log.csv")
      let imported = try workshop.tool("data import schema.yaml --files files --output hostile")
      guard imported.status == 0 else {
        #expect(!imported.error.contains("\u{1b}"))
        return
      }
      try workshop.replace("{cache: data}", with: "{cache: hostile}", in: "experiment.yaml")
      for command in [
        "data describe hostile", "data lint hostile",
        "train --data hostile --model mmoe --set epochs=1 --set monitor=auc/nowhere --run-dir x",
        "train --data hostile --model mmoe --set epochs=1 --run-dir y", "sweep experiment.yaml",
        "status experiment.yaml", "report experiment.yaml", "report experiment.yaml --format csv",
        "report experiment.yaml --format latex",
      ] {
        let outcome = try workshop.tool(command)
        let text = outcome.output + outcome.error
        #expect(!text.unicodeScalars.contains("\u{1b}") && !text.contains("\u{7}"), "\(command)")
      }
      let report = try workshop.tool("report experiment.yaml").output
      #expect(report.contains(#" | A\\u{1b}[31m\\u{7} | "#))
      #expect(report.contains(#" | "pooled" | "#) && report.contains(" | macro | pooled | n |"))
    }
  }
}
