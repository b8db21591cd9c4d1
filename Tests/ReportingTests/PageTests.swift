import Configuration
import Experiments
import ExperimentsTestKit
import Foundation
import Ranking
import Reporting
import TestKit
import Testing
import Training

@Suite struct PageTests {
  private static let yaml = """
    id: toy
    title: A <b> & "c"
    caption: Which of <two> is better?
    dataset: {cache: nowhere}
    models:
      - {id: alpha, label: "A </td><script>alert(1)</script>"}
      - {id: beta}
    seeds: 2
    metrics: [auc, logLoss]
    reference: Beta²
    """

  private func results(of spec: ExperimentSpecification, count: Int = .max) throws -> Results {
    Results(
      lines: try plan(spec).runs { _ in nil }.prefix(count).map { run in
        Results.Line(of: run, outcome: .done(fakeRecord(run.configuration)))
      })
  }

  private func page(
    _ yaml: String = yaml, count: Int = .max, path: String = "experiments/toy.yaml"
  ) throws -> String {
    let spec = try specification(yaml)
    return try Report.page(
      specification: spec, results: try results(of: spec, count: count), catalog: toyCatalog,
      path: path)
  }

  /// A searched experiment with a failed, a missing and many finished runs.
  private func golden() throws -> String {
    let folder = FixtureFolder.path("experiments/golden")
    return try Report.page(
      specification: try ExperimentSpecification(
        contentsOf: folder + "/spec.yaml", catalog: toyCatalog, training: toyTraining),
      results: try Results(contentsOf: folder + "/runs.jsonl"), catalog: toyCatalog,
      path: "spec.yaml")
  }

  @Test func aPageAnswersAndShowsFiguresTablesSettingsDataRunsAndCommands() throws {
    let page = try page()
    for heading in [
      "Answer", "Summary", "Scores by scenario", "Differences from Beta² by scenario",
      "Quality and cost", "Paired differences from Beta²", "Statistics", "Settings", "Data",
      "Notes", "Runs",
      "Machine and commit", "Run it again",
    ] {
      #expect(page.contains("<h2>\(heading)</h2>"), "\(heading)")
    }
    #expect(page.contains("<p>Which of &lt;two&gt; is better?</p>"))
    #expect(page.contains("<li>auc/click: "))
    #expect(page.contains("git checkout 0123abc\naesm2 sweep experiments/toy.yaml\n"))
    #expect(page.contains("<td>A processor</td>"))
    #expect(page.contains("<td class=\"n\">20.00 %</td>"))
    #expect(!page.contains("Preliminary"))
  }

  @Test func aPageNeedsNothingElse() throws {
    for page in [try page(), try golden()] {
      for reference in ["src=", "href=", "url(", "@import", "<link", "http:", "https:", "fetch("] {
        #expect(!page.contains(reference), "\(reference)")
      }
    }
  }

  @Test func tagsAreBalancedAndNamesAreText() throws {
    for page in [try page(), try golden()] {
      #expect(problems(ofTags: page) == [])
      #expect(page.components(separatedBy: "<script>").count == 2)
    }
    #expect(try page().contains("A &lt;/td&gt;&lt;script&gt;alert(1)"))
  }

  @Test func headersTablesAndFiguresAreNamedForThoseWhoDoNotSee() throws {
    for page in [try page(), try golden()] {
      let headers = page.components(separatedBy: "<th ").dropFirst()
      #expect(headers.count > 20 && headers.allSatisfy { $0.hasPrefix("scope=\"") })
      #expect(!page.contains("<th>"))
      let count = { (text: String) in page.components(separatedBy: text).count - 1 }
      #expect(count("<table>") == count("<caption>"))
      #expect(count("<svg ") == count("<figcaption>") && count("<svg ") >= 4)
      #expect(count("<svg ") == count("role=\"img\" aria-labelledby=\""))
      let ids = page.components(separatedBy: " id=\"").dropFirst().map {
        $0.prefix { $0 != "\"" }
      }
      #expect(Set(ids).count == ids.count)
    }
  }

  @Test func partsAreMarkedWithWhatAReaderSelects() throws {
    let page = try page()
    #expect(page.contains("data-metrics=\"[&quot;AUC&quot;,&quot;Log loss&quot;]\""))
    #expect(page.contains("data-scenarios=\"[&quot;NL&quot;,&quot;FR_2&quot;]\""))
    #expect(page.contains("<section data-metric=\"Log loss\">"))
    #expect(page.contains("<g data-row=\"Beta²\">") && page.contains("<g data-scenario=\"NL\">"))
  }

  /// The names that the script reads are those that it finds in headings and figures, whatever is in them.
  @Test func choicesAreJSONOfTheNamesAsShown() throws {
    let yaml = Self.yaml.replacing(
      "\"A </td><script>alert(1)</script>\"", with: "\"A\\u00A0B\u{200d} \\\"C\\\"\"")
    let spec = try specification(yaml)
    #expect(spec.rows[0].label == "A\u{a0}B\u{200d} \"C\"")
    var results = try results(of: spec)
    for index in results.lines.indices {
      guard case .done(var record) = results.lines[index].outcome else { continue }
      let cell = MetricCell(rows: 100, positives: 60, values: [.auc: 0.7, .logLoss: 0.6])
      let grid = MetricGrid(
        tasks: ["t"], scenarios: ["macro", "2"], cells: [[cell, cell]], pooled: [cell])
      (record.test, record.validation, record.ceilings) = (grid, grid, nil)
      results.lines[index].outcome = .done(record)
    }
    let page = try Report.page(
      specification: spec, results: results, catalog: toyCatalog, path: "s.yaml")
    func choices(_ kind: String) throws -> [String] {
      let start = try #require(page.range(of: " data-\(kind)=\"")).upperBound
      let json = page[start...].prefix { $0 != "\"" }
        .replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
      return try JSONDecoder().decode([String].self, from: Data(json.utf8))
    }
    func attribute(_ text: String) -> String { text.replacing("\"", with: "&quot;") }
    let rows = try choices("rows")
    #expect(rows == ["A\\u{a0}B\\u{200d} \"C\"", "Beta²"])
    #expect(page.contains("<g data-row=\"\(attribute(rows[0]))\">"))
    // A scenario that is named like a summary is in quotes everywhere.
    let scenarios = try choices("scenarios")
    #expect(scenarios == ["\"macro\"", "2"])
    for name in scenarios {
      #expect(page.contains("<g data-scenario=\"\(attribute(name))\">"))
      #expect(page.contains("<th scope=\"col\" class=\"n\">\(attribute(name))</th>"))
      #expect(page.contains("<th scope=\"row\">\(attribute(name))</th>"))
    }
  }

  @Test func anUnfinishedExperimentSaysSo() throws {
    #expect(try page(count: 1).contains("<p>Preliminary: 1 of 4 runs have ended.</p>"))
    let empty = try page(count: 0)
    #expect(empty.contains("<p>Preliminary: 0 of 4 runs have ended.</p>"))
    #expect(!empty.contains("<h2>Answer</h2>") && problems(ofTags: empty) == [])
  }

  @Test func significantDifferencesAreInTheAnswer() throws {
    let spec = try specification(Self.yaml.replacing("seeds: 2", with: "seeds: 5"))
    var results = try results(of: spec)
    for index in results.lines.indices {
      guard case .done(var record) = results.lines[index].outcome else { continue }
      let lead = results.lines[index].row == "Beta²" ? 0 : 0.01
      let auc = 0.7 + lead + 0.0001 * Double(record.configuration.seed * (lead > 0 ? 1 : 2))
      let cell = MetricCell(rows: 100, positives: 60, values: [.auc: auc, .logLoss: 0.3])
      record.test = MetricGrid(
        tasks: ["click", "buy"], scenarios: ["NL", "FR_2"], cells: [[cell, cell], [cell, cell]],
        pooled: [cell, cell])
      results.lines[index].outcome = .done(record)
    }
    let page = try Report.page(
      specification: spec, results: results, catalog: toyCatalog, path: "s.yaml")
    // Differences 0.01 - 0.0001 s over the seeds 1 … 5 have the mean 0.0097.
    #expect(page.contains("<li>AUC of click, against Beta²: better: "))
    #expect(page.contains(" by 0.0097 (p &lt; 0.001).</li>"))
    #expect(page.contains("Differences from Beta² that are not listed are not significant"))
    #expect(page.contains("Holm over 1 row of each metric and task; level 0.05"))
    #expect(page.contains("<li>logLoss/click: "))
  }

  @Test func oneSeedTestsNoDifference() throws {
    let page = try page(Self.yaml.replacing("seeds: 2", with: "seeds: 1"))
    #expect(
      page.contains(
        "Differences from Beta² cannot be tested: fewer than two common seeds, or the same difference "
          + "on all of them."))
  }

  @Test func pathsInCommandsAreQuoted() throws {
    #expect(try page(path: "my specs/toy.yaml").contains("aesm2 sweep 'my specs/toy.yaml'"))
  }

  @Test func pagesAreTheSameBytesEveryTime() throws {
    #expect(try page() == page() && golden() == golden())
  }

  // MARK: - Site

  private func site(change: (inout RunRecord) -> Void = { _ in }) throws -> Site {
    let spec = try specification(Self.yaml)
    var results = try results(of: spec)
    for index in results.lines.indices {
      guard case .done(var record) = results.lines[index].outcome else { continue }
      change(&record)
      results.lines[index].outcome = .done(record)
    }
    let balancer = MethodCard(
      id: "halves", title: "Halves", paper: "B. Author, Halves, 2020", deviations: ["None of it."])
    return try Site(
      experiments: [
        Site.Experiment(
          specification: spec, results: results, catalog: toyCatalog, path: "experiments/toy.yaml")
      ],
      models: toyCatalog.entries.map { Site.Method(card: $0.card, settings: $0.settings) },
      balancers: [Site.Method(card: balancer, settings: [])])
  }

  @Test func pagesOfMethodsHaveTheirResults() throws {
    func page(_ name: String, of site: Site) throws -> String {
      try #require(site.files.first { $0.name == name }?.text)
    }
    #expect(try page("models/beta.html", of: site()).contains("<h2>Results</h2>"))
    let unused = try page("balancers/halves.html", of: site())
    #expect(!unused.contains("<h2>Results</h2>") && unused.contains("<li>None of it.</li>"))
    for value in [ConfigurationValue.string("halves"), .object(["id": .string("halves")])] {
      let site = try site { record in
        guard record.configuration.model == "beta" else { return }
        record.configuration.training["balancing"] = value
      }
      let used = try page("balancers/halves.html", of: site)
      #expect(used.components(separatedBy: "<td>Beta²</td>").count == 2)
      #expect(used.contains("href=\"../toy/index.html\""))
    }
  }

  @Test func aModelWithFewerSeedsIsNotRanked() throws {
    let spec = try specification(Self.yaml)
    var results = try results(of: spec)
    let first = try #require(results.lines.lastIndex { $0.row == "Beta²" })
    results.lines.remove(at: first)
    let site = try Site(
      experiments: [
        Site.Experiment(specification: spec, results: results, catalog: toyCatalog, path: "s.yaml")
      ],
      models: toyCatalog.entries.map { Site.Method(card: $0.card, settings: $0.settings) },
      balancers: [])
    let index = try #require(site.files.first { $0.name == "index.html" }?.text)
    let table = try #require(index.components(separatedBy: "<tbody>").dropFirst().first)
    let lines = table.split(separator: "\n")
    let short = try #require(lines.first { $0.contains("models/beta.html") })
    #expect(short.contains("(n = 1)") && !short.contains("<strong>") && !short.contains("<u>"))
    let whole = try #require(lines.first { $0.contains("models/alpha.html") })
    #expect(!whole.contains("(n = ") && !whole.contains("<strong>"), "there is nothing to rank")
    #expect(index.contains("has their number n and is not ranked"))
  }

  @Test func intervalsAreSpokenOfOnlyWithSeveralSeeds() throws {
    #expect(try page().contains("95 % interval by Student"))
    let single = try page(Self.yaml.replacing("seeds: 2", with: "seeds: 1"))
    #expect(single.contains("higher is better: value of the one seed.</figcaption>"))
    let captions = single.components(separatedBy: "<figcaption>").dropFirst()
    #expect(captions.count > 2)
    for caption in captions {
      #expect(!caption.prefix { $0 != "<" }.contains("95 %"))
    }
  }

  @Test func manyScenariosAreSummarized() throws {
    let names = (1...61).map { "s\($0)" }
    let site = try site { record in
      let cell = MetricCell(rows: 100, positives: 60, values: [.auc: 0.7, .logLoss: 0.6])
      let grid = MetricGrid(
        tasks: ["t"], scenarios: names, cells: [names.map { _ in cell }], pooled: [cell])
      (record.test, record.validation, record.ceilings) = (grid, grid, nil)
    }
    let figure = try #require(site.files.first { $0.name == "toy/auc-t.csv" }?.text)
    #expect(figure.split(separator: "\n").count == 5, "two rows, macro and pooled")
    #expect(!site.files.contains { $0.name.contains("difference") })
  }

  @Test func everyLinkOfASiteLeadsToAFile() throws {
    let site = try site()
    let names = Set(site.files.map(\.name))
    var count = 0
    for file in site.files where file.name.hasSuffix(".html") {
      #expect(problems(ofTags: file.text) == [], "\(file.name)")
      let folder = file.name.split(separator: "/").dropLast().joined(separator: "/")
      for link in file.text.components(separatedBy: "href=\"").dropFirst() {
        let address = String(link.prefix { $0 != "\"" })
        let path =
          address.hasPrefix("../")
          ? String(address.dropFirst(3)) : folder.isEmpty ? address : "\(folder)/\(address)"
        #expect(names.contains(path), "\(file.name) leads to \(address)")
        count += 1
      }
    }
    #expect(count > 20)
    #expect(
      names.isSuperset(of: ["index.html", "toy/index.html", "toy/table.md", "models/alpha.html"]))
    let index = try #require(site.files.first { $0.name == "index.html" }?.text)
    #expect(
      index.contains("<h2>Leaderboard</h2>") && index.contains("href=\"models/beta.html\">Beta²"))
  }

  @Test func aSiteIsWrittenOverItselfAndOverNothingElse() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/site"
    try site().write(to: path)
    try site().write(to: path)
    #expect(FileManager.default.fileExists(atPath: path + "/toy/auc-click.svg"))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/other", withIntermediateDirectories: true)
    try "x".write(toFile: folder.path + "/other/mine", atomically: true, encoding: .utf8)
    let error = #expect(throws: Diagnostic.self) { try site().write(to: folder.path + "/other") }
    #expect(error?.place == [folder.path + "/other"])
    #expect(error?.description.contains("holds 'mine'") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path + "/other") == ["mine"])
  }
}

/// Returns the tags of a page that are closed in the wrong order, or never.
private func problems(ofTags page: String) -> [String] {
  let void: Set = ["meta", "wbr", "!DOCTYPE"]
  var (open, problems): ([String], [String]) = ([], [])
  // Styles and scripts hold no tags.
  var rest = page[...]
  while let start = rest.firstIndex(of: "<") {
    rest = rest[rest.index(after: start)...]
    guard let end = rest.firstIndex(of: ">") else { return problems + ["unfinished tag"] }
    let tag = rest[..<end]
    rest = rest[rest.index(after: end)...]
    let name = String(tag.prefix { $0 != " " && $0 != "\n" })
    if name.hasPrefix("/") {
      if open.last != String(name.dropFirst()) {
        problems.append("\(name) after \(open.suffix(3))")
      }
      _ = open.popLast()
    } else if !tag.hasSuffix("/"), !void.contains(name) {
      open.append(name)
      if name == "script" || name == "style", let close = rest.range(of: "</\(name)>") {
        rest = rest[close.lowerBound...]
      }
    }
  }
  return problems + open.map { "\($0) is not closed" }
}
