import AESM2
import Baselines
import Configuration
import Foundation
import Ranking
import Testing

@Suite struct BenchCommandTests {
  private static let small = "--batch-size 16 --vocabulary 160"

  @Test(arguments: [
    (
      "train --model mmoe --steps 0",
      "--steps is 0, but must be a whole number from 1 to 100000 (see 'aesm2 bench train --help')"
    ),
    (
      "train --model mmoe --vocabulary 15",
      "--vocabulary is 15, but must be at least 16: one id per field"
    ),
    (
      "train --model shared-bottom --experts 4",
      "--experts was given, but the model 'shared-bottom' has no experts"
    ),
    (
      "train --model logistic-regression",
      "the model 'logistic-regression' is not trained in steps, which this measures"
    ),
    (
      "train --model mmoe --set expertCount=no",
      "expertCount: must be a whole number from 1 to 256, but is the text 'no'"
    ),
    (
      "train --model aesm2 --experts 1 --set taskSharedCount=2",
      "taskSharedCount is 2, but there are only 1 experts (taskExpertCount)"
    ),
    (
      "trian",
      "unknown command 'trian'; did you mean 'train'? (known: all, train, ranks, score, "
        + "auc, peak, trace, cache)"
    ),
  ])
  func unusableCommandLineHasOneSentence(commandLine: String, sentence: String) throws {
    try Workshop.with { workshop throws in
      #expect(try workshop.failure("bench \(commandLine)") == "64 aesm2: \(sentence)")
    }
  }

  @Test(arguments: ["shared-bottom", "mmoe", "ple", "aesm2"])
  func trainPrintsOneLineWithTheFiguresOfTheModel(model: String) throws {
    try Workshop.with { workshop throws in
      let figures = try Self.figures(
        workshop, "train --model \(model) --steps 2 --warm-up 0 --threads 2 \(Self.small)")
      #expect(figures["model"] == .string(model))
      #expect(figures["threads"] == .integer(2))
      #expect(figures["steps"] == .integer(2))
      for name in ["rows_per_s", "step_s", "rss_mb", "gflops", "peak_gflops"] {
        #expect(try #require(Self.number(figures[name])) > 0, "\(name)")
      }
    }
  }

  /// The tape counts what operations declare, and products count themselves as they are computed.
  @Test(
    arguments: [
      "shared-bottom", "mmoe", "ple", "aesm2", "star", "hmoe", "ppnet", "hamur", "adatt", "dcn-v2",
      "hyper-gate", "m2m", "hierrec", "mlora",
    ])
  func tapeCountsTheProductsThatAreComputed(model: String) throws {
    try Workshop.with { workshop throws in
      let figures = try Self.figures(
        workshop, "train --model \(model) --steps 2 --warm-up 0 --threads 2 \(Self.small)")
      let products = try #require(Self.number(figures["product_flops_per_row"]))
      let computed = try #require(Self.number(figures["gflop_per_step"]))
      #expect(products > 0 && abs(products * 16 / 1e9 - computed) < 1e-3)
      let training = try #require(Self.number(figures["train_flops_per_row"]))
      let scoring = try #require(Self.number(figures["flops_per_row"]))
      #expect(training > products && scoring < training)
    }
  }

  @Test func everyModelThatIsTrainedInStepsIsMeasured() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool("bench all --threads 1 --batch-size 16 --steps 1")
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
      guard case .object(let result) = try ConfigurationValue(json: outcome.output),
        case .list(let models)? = result["trainingSteps"]
      else {
        Issue.record("\(outcome.output)")
        return
      }
      let measured = models.compactMap { model in
        Self.number(model["flopsPerRow"]) == nil
          ? nil : String(configuration: model["model"] ?? .null)
      }
      let expected = Catalog(baselineCatalog + [AESM2.self]).entries
        .filter { !$0.isFittedExactly }.map(\.card.id)
      #expect(measured == expected)
    }
  }

  @Test func tableFitsTheTerminal() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "bench train --model aesm2 --steps 1 --warm-up 0 \(Self.small)",
        environment: ["COLUMNS": "50"])
      #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 50 }, "\(outcome.output)")
      let first = try #require(lines.firstIndex { $0.hasPrefix("settings ") })
      let more = lines[(first + 1)...].prefix { $0.hasPrefix(" ") }
      let settings = ([lines[first]] + more).flatMap { $0.split(separator: " ") }
      #expect(!more.isEmpty)
      #expect(settings.contains("expertSizes=[512,256]") && settings.contains("expertNorm=none"))
    }
  }

  @Test func operationsOfAStepAreThoseOfItsMatrixProducts() throws {
    try Workshop.with { workshop throws in
      let figures = try Self.figures(
        workshop,
        "train --model shared-bottom --steps 1 --warm-up 0 --batch-size 1000 --vocabulary 160")
      let maps = 63 * 128 + 2176 * 512 + 512 * 256 + 2 * (256 * 128 + 128 * 64 + 64)
      let withoutInputGradient = 63 * 128
      let expected = Double(2 * 1000 * (3 * maps - withoutInputGradient)) / 1e9
      let counted = try #require(Self.number(figures["gflop_per_step"]))
      #expect(abs(counted - expected) < 1e-3)
    }
  }

  @Test func scoreAndAreaPrintTheirFigures() throws {
    try Workshop.with { workshop throws in
      let score = try Self.figures(
        workshop, "score --model aesm2 --steps 1 --warm-up 0 \(Self.small)")
      #expect(try #require(Self.number(score["rows_per_s"])) > 0)
      let area = try Self.figures(workshop, "auc --rows 100000 --repetitions 1")
      let value = try #require(Self.number(area["auc"]))
      #expect(value > 0.6 && value < 0.75)
    }
  }

  @Test func traceWritesWeightsBatchesGradientsAndLosses() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "bench trace --model aesm2 --steps 3 --output trace \(Self.small)")
      #expect(outcome.status == 0 && outcome.error.isEmpty)
      for name in ["weights", "batches", "gradients"] {
        #expect(workshop.has("trace/\(name).safetensors"))
      }
      let text = try String(contentsOf: workshop["trace/trace.json"], encoding: .utf8)
      guard case .object(let trace) = try ConfigurationValue(json: text),
        case .list(let losses)? = trace["losses"], case .object(let settings)? = trace["settings"]
      else {
        Issue.record("trace.json is \(text)")
        return
      }
      #expect(losses.count == 3)
      #expect(settings["dropout"] == .number(0) || settings["dropout"] == .integer(0))
    }
  }

  @Test func cacheOfRandomRowsCanBeTrainedOn() throws {
    try Workshop.with { workshop throws in
      #expect(
        try workshop.tool("bench cache --rows 500 --vocabulary 160 --output random").status == 0)
      let figures = try Self.figures(
        workshop, "train --model mmoe --experts 2 --data random --batch-size 100 --steps 3")
      #expect(figures["vocabulary"] == .integer(160))
    }
  }

  private static func figures(
    _ workshop: Workshop, _ commandLine: String
  ) throws -> [String: ConfigurationValue] {
    let outcome = try workshop.tool("bench \(commandLine) --json")
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 1)
    guard case .object(let figures) = try ConfigurationValue(json: outcome.output) else {
      return [:]
    }
    return figures
  }

  private static func number(_ value: ConfigurationValue?) -> Double? {
    switch value {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }
}
