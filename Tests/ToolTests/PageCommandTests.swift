import Foundation
import Testing

/// Pages of reports, sites, and figures in other formats.
@Suite struct PageCommandTests {
  private static let hasConverter = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").contains { access("\($0)/rsvg-convert", X_OK) == 0 }

  private func text(_ name: String, in workshop: Workshop) throws -> String {
    try String(contentsOf: workshop[name], encoding: .utf8)
  }

  @Test func aReportIsWrittenAsAPageAndFollowsASweep() throws {
    try Workshop.with { workshop throws in
      try FileManager.default.createDirectory(
        at: workshop["runs"], withIntermediateDirectories: false)
      let empty = try workshop.tool("report experiment.yaml --html page.html")
      #expect(empty.status == 0 && empty.output.isEmpty && empty.error.isEmpty)
      #expect(try text("page.html", in: workshop).contains("Preliminary: 0 of 4 runs have ended."))
      // Stopped by a signal before the sweep, it leaves a page; begun before it, it ends with it.
      let outcome = try workshop.shell(
        """
        "$A" report experiment.yaml --html early.html --watch & early=$!
        while [ ! -e early.html ]; do sleep 0.05; done
        kill -INT $early; wait $early; echo $?
        "$A" report experiment.yaml --html page.html --figures --output table --watch & late=$!
        "$A" sweep experiment.yaml --jobs 2 > sweep.txt 2>&1
        wait $late; echo $?
        """)
      #expect(outcome.output == "130\n0\n", "\(outcome.error)")
      #expect(outcome.error.hasPrefix("aesm2: 0 of 4 runs done\n"))
      #expect(outcome.error.hasSuffix("aesm2: 4 of 4 runs done\n"))
      let page = try text("page.html", in: workshop)
      #expect(!page.contains("Preliminary") && page.contains("<h2>Answer</h2>"))
      #expect(page.contains("aesm2 sweep experiment.yaml\n"))
      #expect(workshop.has("table/auc-click.svg") && workshop.has("table/auc-click.csv"))
      #expect(
        try workshop.tool(
          "report experiment.yaml --records table/runs.jsonl --figures --check table"
        ).status == 0)
      try convertFigures(in: workshop)
      try workshop.tool("report experiment.yaml --records table/runs.jsonl --html again.html")
      #expect(try workshop.bytes("again.html") == workshop.bytes("page.html"))
    }
  }

  /// Converts figures, if the program for it is installed.
  private func convertFigures(in workshop: Workshop) throws {
    guard Self.hasConverter else { return }
    let outcome = try workshop.tool(
      "report experiment.yaml --figures --output table --figure-format pdf --figure-format png")
    #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
    #expect(try workshop.bytes("table/auc-click.pdf").starts(with: Data("%PDF".utf8)))
    #expect(try workshop.bytes("table/auc-click.png").starts(with: [0x89, 0x50, 0x4e, 0x47]))
  }

  @Test func aSiteIsMadeOfResultsAndSpecifications() throws {
    try Workshop.with { workshop throws in
      try workshop.tool("sweep experiment.yaml --jobs 2")
      try workshop.tool("report experiment.yaml --output results/tiny")
      try workshop.write(Workshop.experiment, to: "experiments/tiny.yaml")
      let outcome = try workshop.tool("site --output site")
      #expect(outcome.status == 0 && outcome.output.hasSuffix("files on 1 experiment in site\n"))
      #expect(try text("site/index.html", in: workshop).contains("href=\"tiny/index.html\""))
      #expect(try text("site/models/aesm2.html", in: workshop).contains("<h2>Results</h2>"))
      #expect(try text("site/balancers/pcgrad.html", in: workshop).contains("<h1>"))
      for name in ["tiny/runs.jsonl", "tiny/table.csv"] {
        #expect(try workshop.bytes("site/\(name)") == workshop.bytes("results/\(name)"))
      }
      #expect(
        try workshop.failure("site --output files")
          == "1 aesm2: files: holds 'log.csv' and no site (it has no site.json); choose another "
          + "folder")
      try workshop.write("{}\n", to: "results/tiny/runs.jsonl")
      #expect(
        try workshop.failure("site --output other").hasPrefix(
          "1 aesm2: results/tiny/runs.jsonl:1: lacks the key"))
      #expect(!workshop.has("other"))
    }
  }

  @Test func anIdThatIsNotTheNameOfItsFolderIsRefused() throws {
    try Workshop.with { workshop throws in
      try workshop.tool("sweep experiment.yaml --jobs 2")
      for (folder, id, sentence) in [
        ("tiny", "other", "has the id 'other', but its folder of results is 'tiny'"),
        (
          "models", "models",
          "has the id 'models', which is the name of a folder of pages of the site"
        ),
      ] {
        try workshop.tool("report experiment.yaml --output results/\(folder)")
        try workshop.write(
          Workshop.experiment.replacing("id: tiny", with: "id: \(id)"),
          to: "experiments/\(folder).yaml")
        #expect(
          try workshop.failure("site --output site")
            == "1 aesm2: experiments/\(folder).yaml: \(sentence)")
        #expect(!workshop.has("site"))
      }
    }
  }

  @Test func withoutTheProgramTheSentenceSaysWhatToInstall() throws {
    try Workshop.with { workshop throws in
      let outcome = try workshop.tool(
        "report experiment.yaml --figures --output t --figure-format pdf",
        environment: ["PATH": workshop.folder.path])
      #expect(outcome.status == 1 && !workshop.has("t"))
      #expect(outcome.error.contains("'rsvg-convert', which is not on PATH: install librsvg"))
    }
  }
}
