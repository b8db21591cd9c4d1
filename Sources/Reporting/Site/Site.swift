import Configuration
import Experiments
import Foundation
import Ranking

/// A folder of pages about all experiments: an index with the leaderboard, every report with its
/// files, and a page for every model and every balancer.
///
/// Like a report, it is a pure function of specifications, records and catalogs. Pages need no
/// network and no script to be read, and links are relative, so the folder may lie anywhere.
public struct Site: Sendable {
  /// An experiment with its results.
  public struct Experiment: Sendable {
    let specification: ExperimentSpecification
    let content: Content
    let files: [Report.File]

    /// What the report of an experiment is made of.
    enum Content {
      /// Results on one data set.
      case table(ReportContent)
      /// Results on the data sets of a grid.
      case grid(GridContent)
    }

    /// The results on one data set; nil if there are several.
    var table: ReportContent? { if case .table(let content) = content { content } else { nil } }

    /// Creates the pages of an experiment.
    ///
    /// - Parameters:
    ///   - specification: The experiment.
    ///   - results: The records of its runs.
    ///   - catalog: The models, in the order of rows.
    ///   - path: The file of the specification, as the commands name it.
    /// - Throws: ``Diagnostic`` as
    ///   ``Report/make(specification:results:catalog:figures:statistics:)`` does.
    public init(
      specification: ExperimentSpecification, results: Results, catalog: Catalog, path: String
    ) throws {
      self.specification = specification
      let report = try Report.make(
        specification: specification, results: results, catalog: catalog, figures: true)
      var writer: HTMLWriter
      let document: ReportDocument
      if let grid = specification.grid {
        let content = try GridContent(
          specification, grid: grid, results: results, catalog: catalog)
        self.content = .grid(content)
        (writer, document) = (HTMLWriter(), try content.document(figures: true))
      } else {
        let content = try ReportContent(specification, results: results, catalog: catalog)
        self.content = .table(content)
        (writer, document) = (HTMLWriter(content), try content.pageDocument(path: path))
      }
      writer.links = [("All experiments", "../index.html")]
      writer.hasFigureFiles = true
      let page = writer.page(document)
      files = [Report.File(name: "index.html", text: page)] + report.files
    }
  }

  /// A model or a balancer.
  public struct Method: Sendable {
    let card: MethodCard
    let settings: [SettingDeclaration]

    /// Creates a method from its card and its settings.
    public init(card: MethodCard, settings: [SettingDeclaration]) {
      self.card = card
      self.settings = settings
    }
  }

  /// The name of the file by which a folder is known to hold a site.
  static let markName = "site.json"

  /// The names of the folders of pages about models and balancers, which no experiment may have.
  public static let methodFolders = ["models", "balancers"]

  /// The files with their paths in the folder, such as `index.html` or `models/mmoe.html`.
  public let files: [Report.File]

  /// Creates the site.
  ///
  /// - Parameters:
  ///   - experiments: The experiments, in the order of the index.
  ///   - models: The models, in the order of tables.
  ///   - balancers: The balancers, in the order of tables.
  /// - Throws: ``Diagnostic`` if results lack a named metric.
  public init(experiments: [Experiment], models: [Method], balancers: [Method]) throws {
    let index = try SiteIndex(experiments: experiments, models: models, balancers: balancers)
      .document()
    var files = [
      Report.File(name: "index.html", text: HTMLWriter().page(index)),
      Report.File(
        name: Self.markName,
        text: ConfigurationValue.object([
          "experiments": experiments.map(\.specification.id).configuration
        ]).canonicalJSON + "\n"),
    ]
    for experiment in experiments {
      files += experiment.files.map {
        Report.File(name: "\(experiment.specification.id)/\($0.name)", text: $0.text)
      }
    }
    for method in models {
      files.append(
        try Self.page(of: method, in: "models", experiments) { $0.declared.model == method.card.id }
      )
    }
    for method in balancers {
      files.append(
        try Self.page(of: method, in: "balancers", experiments) { $0.balancer == method.card.id })
    }
    self.files = files
  }

  private static func page(
    of method: Method, in folder: String, _ experiments: [Experiment],
    isOwn: (ReportRow) -> Bool
  ) throws -> Report.File {
    let writer = HTMLWriter(links: [("All experiments", "../index.html")])
    let document = try method.document(experiments: experiments, isOwn: isOwn)
    return Report.File(name: "\(folder)/\(method.card.id).html", text: writer.page(document))
  }

  /// Writes the site into a folder, which is created if it is missing; pages of experiments that are
  /// no longer part of it stay.
  ///
  /// - Throws: ``Diagnostic`` if the folder holds anything other than an earlier site, or if a file
  ///   cannot be written.
  public func write(to folder: String) throws {
    try createFolder(folder)
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw Diagnostic(cannot: "read the folder", folder)
    }
    let own = names.filter { !isPartialName($0) }
    if let first = own.first, !own.contains(Self.markName) {
      throw Diagnostic(
        "holds '\(first)' and no site (it has no \(Self.markName)); choose another folder"
      ).at(folder)
    }
    // The mark first, so that a site that was not finished can be written again.
    let ordered = files.filter { $0.name == Self.markName } + files
    for file in ordered {
      if let slash = file.name.lastIndex(of: "/") {
        try createFolder("\(folder)/\(file.name[..<slash])")
      }
      try AtomicFile.write("\(folder)/\(file.name)", bytes: file.text.utf8)
    }
  }
}

extension ReportRow {
  /// The id of the balancer that the runs were trained with; nil if they do not name one.
  fileprivate var balancer: String? {
    guard let value = records.first?.configuration.training["balancing"] else { return nil }
    if case .string(let id) = value { return id }
    if case .object(let members) = value, case .string(let id)? = members["id"] { return id }
    return nil
  }
}
