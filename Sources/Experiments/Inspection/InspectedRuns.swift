import Configuration
import Foundation
import Training

/// What gates and experts do in the runs of an experiment: a file beside its results, with one line of
/// JSON for each run.
///
/// Records of runs do not change when their models are inspected; a report reads both.
public struct InspectedRuns: Sendable, Equatable {
  /// The name of the file in a folder of results.
  public static let fileName = "experts.jsonl"

  private var inspections: [String: ExpertInspection] = [:]

  /// Creates a value without runs.
  public init() {}

  /// The number of runs.
  public var count: Int { inspections.count }

  /// The inspection of the run with an id; nil if it has none.
  public subscript(id: String) -> ExpertInspection? {
    get { inspections[id] }
    set { inspections[id] = newValue }
  }

  /// The runs as text, one line each, sorted by id.
  public var jsonLines: String {
    inspections.sorted { $0.key < $1.key }.map { id, inspection in
      ConfigurationValue.object(["experts": inspection.configuration, "run": .string(id)])
        .canonicalJSON + "\n"
    }.joined()
  }

  /// Reads the file in a folder of results; without one, no run is inspected.
  ///
  /// - Throws: ``Diagnostic`` as ``init(contentsOf:)`` does.
  public init(inFolder folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard access(path, F_OK) == 0 else {
      self.init()
      return
    }
    try self.init(contentsOf: path)
  }

  /// Reads a file written from ``jsonLines``.
  ///
  /// - Throws: ``Diagnostic`` with file and line if it cannot be read, or a line is damaged or of a run that
  ///   has been read before.
  public init(contentsOf path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic(unreadable: path)
    }
    let lines = String(decoding: data, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      try locating("\(path):\(index + 1)") {
        let fields = try ConfigurationFields(
          try ConfigurationValue(json: String(line)), keys: ["experts", "run"])
        let id = try fields("run", String.self)
        guard inspections[id] == nil else { throw Diagnostic("is the run \(id) again") }
        inspections[id] = try locating("experts") {
          try ExpertInspection(configuration: try fields.value("experts"))
        }
      }
    }
  }
}
