import Foundation
import TestKit
import Testing

@Suite struct NewBaselineTests {
  private static let references = "Tests/ModelConformanceTests/References"
  private static let withoutTwin = "Tests/ModelConformanceTests/Twins/ModelsWithoutTwin.swift"

  /// A folder with what the command reads of a checkout.
  private struct Checkout {
    let folder: URL

    static func with(_ body: (Checkout) throws -> Void) throws {
      try withTemporaryFolder { folder in
        for name in ["baselines", "docs", "Sources", references, withoutTwin] {
          let target = folder.appendingPathComponent(name)
          try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
          try FileManager.default.copyItem(
            at: DataFolder.packageRoot.appendingPathComponent(name), to: target)
        }
        try body(Checkout(folder: folder))
      }
    }

    func new(_ arguments: String...) throws -> ToolBinary.Outcome {
      try ToolBinary.run(["new", "baseline"] + arguments, in: folder)
    }

    func text(_ path: String) throws -> String {
      try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
    }
  }

  @Test func modelReferenceAndListsAreWritten() throws {
    try Checkout.with { checkout in
      let outcome = try checkout.new("orbit-net", "--title", "ORBIT")
      #expect(
        outcome.output == """
          wrote baselines/OrbitNet.swift
          wrote \(Self.references)/NaiveOrbitNet.swift
          changed baselines/Catalog.swift
          changed baselines/README.md
          changed docs/weights.md
          changed \(Self.references)/References.swift
          changed \(Self.withoutTwin)
          next: make check-model NAME=orbit-net

          """)
      #expect(outcome.status == 0 && outcome.error.isEmpty)
      #expect(try checkout.text("baselines/Catalog.swift").hasSuffix("  OrbitNet.self,\n]\n"))
      let references = try checkout.text("\(Self.references)/References.swift")
      #expect(references.contains("  NaiveOrbitNet.self,\n]\n\n"))
      let withoutTwin = try checkout.text(Self.withoutTwin)
      #expect(withoutTwin.hasSuffix("  \"orbit-net\": \"It is new.\",\n]\n"))
      let readme = try checkout.text("baselines/README.md")
      #expect(readme.contains(" |\n| `orbit-net` | `OrbitNet.swift` | Caruana, "))
      let weights = try checkout.text("docs/weights.md")
      let sections = weights.split(separator: "### ")
      let own = sections.first { $0.hasPrefix("orbit-net\n") }
      let original = sections.first { $0.hasPrefix("shared-bottom\n") }
      #expect(own?.dropFirst(10) == original?.dropFirst(14))
    }
  }

  /// What is written compiles as the shared bottom does, from which it differs in names and card alone.
  @Test func modelIsTheSharedBottomWithACardThatSaysSo() throws {
    try Checkout.with { checkout in
      _ = try checkout.new("orbit", "--title", "ORBIT")
      let model = try checkout.text("baselines/Orbit.swift")
      let card = """
            id: "orbit", title: "ORBIT", group: "Shared and gated",
            paper: "Caruana, Multitask learning, Machine Learning 28, 1997",
            deviations: ["This is the shared bottom, as `aesm2 new baseline` copies it."])

        """
      #expect(model.contains(card))
      let original = """
            id: "shared-bottom", title: "Shared-Bottom", group: "Shared and gated",
            paper: "Caruana, Multitask learning, Machine Learning 28, 1997")

        """
      let back = model.replacing(card, with: original).replacing(
        #/\bOrbit\b/#, with: "SharedBottom")
      #expect(try back == checkout.text("baselines/SharedBottom.swift"))
    }
  }

  @Test(
    arguments: [
      (
        "CrossNet",
        "64 aesm2: 'CrossNet' cannot be the id of a model, which is in kebab case, such as "
          + "cross-stitch; did you mean 'cross-net'?"
      ),
      (
        "9",
        "64 aesm2: '9' cannot be the id of a model, which is in kebab case, such as cross-stitch"
      ),
      ("mmoe", "64 aesm2: there is a model 'mmoe' with the title 'MMoE' already"),
      (
        "batch",
        "1 aesm2: the type of 'batch' would be Batch, which Sources/Ranking/Problem/Batch.swift "
          + "declares already"
      ),
      ("string", "1 aesm2: the type of 'string' would be String, which Swift has already"),
      (
        "training",
        "1 aesm2: the type of 'training' would be Training, which is the name of the module "
          + "Sources/Training"
      ),
    ])
  func badNameIsRefusedAndNothingIsWritten(name: String, message: String) throws {
    try Checkout.with { checkout in
      let before = try checkout.text("baselines/Catalog.swift")
      let outcome = try checkout.new(name)
      #expect("\(outcome.status) \(outcome.error)" == message + "\n")
      #expect(try checkout.text("baselines/Catalog.swift") == before)
    }
  }

  @Test func nameThatIsTakenInTheCheckoutIsRefused() throws {
    try Checkout.with { checkout in
      _ = try checkout.new("orbit")
      let outcome = try checkout.new("orbit")
      #expect(outcome.status == 1)
      #expect(outcome.error == "aesm2: there is a file baselines/Orbit.swift already\n")
      #expect(
        try checkout.text("baselines/Catalog.swift").split(separator: "Orbit.self").count == 2)
    }
  }

  @Test func titleThatWouldBreakTablesOrCodeIsRefused() throws {
    try Checkout.with { checkout in
      for title in ["a|b", "a\"b", " ", "a\nb"] {
        let outcome = try checkout.new("orbit", "--title", title)
        #expect(outcome.status == 64)
        #expect(outcome.error.contains("but must be text without quotation marks"))
      }
      #expect(try checkout.new("orbit", "--title", "PLE").error.contains("the title 'PLE' already"))
    }
  }

  @Test func folderThatIsNoCheckoutIsRefused() throws {
    try withTemporaryFolder { folder in
      let outcome = try ToolBinary.run(["new", "baseline", "orbit"], in: folder)
      #expect(outcome.status == 1)
      #expect(
        outcome.error.hasPrefix("aesm2: there is no baselines/SharedBottom.swift in '")
          && outcome.error.hasSuffix("': run this in the root of a checkout\n"))
    }
  }
}
