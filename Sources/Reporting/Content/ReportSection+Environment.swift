import Configuration
import Experiments

extension ReportSection {
  /// Machine, commit and dates of all runs together.
  static let environment = ReportSection { content in
    let all = content.results.lines.compactMap(\.outcome.provenance)
    guard !all.isEmpty else { return [] }
    func distinct(_ texts: [String]) -> String { Set(texts).sorted().joined(separator: "; ") }
    let dates = all.map(\.date).sorted()
    let commits = distinct(all.compactMap(\.commit))
    let facts = [
      ("processor", distinct(all.map(\.processor))), ("matrix products", distinct(all.map(\.blas))),
      ("threads", Set(all.map(\.threads)).sorted().map(String.init).joined(separator: ", ")),
      ("ranks", Set(all.compactMap(\.ranks)).sorted().map(String.init).joined(separator: ", ")),
      ("compiler", distinct(all.map(\.toolchain))),
      ("commit", commits.isEmpty ? "not recorded" : commits),
      ("first run ended", dates.first ?? ""), ("last run ended", dates.last ?? ""),
    ]
    return [
      .heading(level: 2, "Machine and commit"),
      .table(
        ReportTable(
          headings: ["what", "value"],
          rows: facts.filter { !$0.1.isEmpty }.map { [.text($0.0), .text($0.1)] })),
    ]
  }

  /// The commands that repeat the experiment.
  ///
  /// - Parameter path: The file of the specification.
  static func commands(_ path: String) -> ReportSection {
    ReportSection { content in
      let commits = Set(content.results.lines.compactMap(\.outcome.provenance?.commit))
      let checkout = commits.count == 1 ? commits.map { "git checkout \(shellQuoted($0))" } : []
      let spec = shellQuoted(path)
      return [
        .heading(level: 2, "Run it again"),
        .commands(
          checkout + ["aesm2 sweep \(spec)", "aesm2 report \(spec) --html report.html"]),
      ]
    }
  }
}
