import Foundation
import Testing

/// The examples of `--help`, as it prints them on a terminal of 80 columns.
@Suite struct HelpExampleTests {
  /// What is changed, so that a test need not take minutes.
  static let replacements = [
    ("experiments/quickstart.yaml", "experiments/smoke.yaml"),
    ("results/quickstart", "results/smoke"),
    (
      "aliexpress --rows 300000 --set ctcvrMultiplier=10",
      "aliexpress --rows 60000 --set ctrMultiplier=4 --set ctcvrMultiplier=40"
    ),
    (
      "aesm2 site --results results",
      "mkdir few && cp -r results/quickstart few && aesm2 site --results few"
    ),
    ("bench cache --rows 20000000", "bench cache --rows 2000"),
    ("bench auc --rows 10000000", "bench auc --rows 10000"),
    ("--vocabulary 1600000", "--vocabulary 16000"),
    (
      "bench train --model mmoe --data",
      "bench train --batch-size 64 --warm-up 0 --model mmoe --data"
    ),
    ("--steps 500", "--steps 1"),
    ("--precision bf16", "--precision fp32"),  // Where oneDNN is not installed.
    // BenchCommandTests measures all models.
    (
      "bench all --threads 1 --batch-size 1024",
      "bench train --model mmoe --threads 1 --batch-size 64 --steps 1"
    ),
    ("bench train --model", "bench train --batch-size 64 --warm-up 0 --steps 1 --model"),
    (
      "bench ranks --model mmoe --threads 1 --batch-size 4096",
      "bench ranks --model mmoe --threads 1 --batch-size 64 --warm-up 0 --steps 1"
    ),
    ("bench score --model", "bench score --batch-size 64 --warm-up 0 --steps 1 --model"),
    ("bench trace --model aesm2 --steps 10", "bench trace --batch-size 64 --model aesm2 --steps 1"),
    ("--run-dir runs/cards", "--set epochs=1 --run-dir runs/cards"),
    ("--set learningRate=1e-3 --run-dir", "--set learningRate=1e-3 --set epochs=1 --run-dir"),
  ]

  @Test func examplesOfHelpWork() throws {
    let paths = try ToolCommand.tool.get().paths
    #expect(paths.contains("data import") && paths.contains("bench train"))
    var unused = Set(Self.replacements.map(\.0))
    try PageFolder.with { folder in
      for path in paths {
        var examples = try Self.examples(of: path)
        #expect(!examples.isEmpty, "no example in aesm2 \(path) --help")
        for (old, new) in Self.replacements where examples.contains(old) {
          examples = examples.replacing(old, with: new)
          unused.remove(old)
        }
        let outcome = try folder.run(examples)
        #expect(outcome.status == 0, "aesm2 \(path) --help: \(outcome.output.suffix(1000))")
      }
    }
    #expect(unused.isEmpty)
  }

  /// Returns the lines below `Example:` in the help of a command.
  private static func examples(of path: String) throws -> String {
    let help = try ToolBinary.run(
      path.split(separator: " ").map(String.init) + ["--help"],
      in: FileManager.default.temporaryDirectory, environment: ["COLUMNS": "80"])
    let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: "Example:") else { return "" }
    return lines[(start + 1)...].prefix { $0.hasPrefix("  ") }.joined(separator: "\n")
  }
}
