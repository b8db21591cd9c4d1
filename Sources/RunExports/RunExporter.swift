import Configuration
import Experiments

/// A format in which runs are handed to another program or person.
///
/// To add one, write its file in `Formats` and list it in ``exporterCatalog``.
package protocol RunExporter: Sendable {
  /// The name in commands.
  static var id: String { get }
  /// A sentence on what is written, without a full stop.
  static var summary: String { get }
  /// What a destination is, such as `a file`.
  static var destination: String { get }
  /// Whether files of run folders, such as weights, are part of it.
  static var takesWeights: Bool { get }
  /// Whether the destination has names of experiments; false unless declared.
  static var takesExperiment: Bool { get }

  /// Writes runs that have ended; files and folders appear in full or not at all.
  ///
  /// The result is a function of the runs: nothing that is written depends on the time.
  ///
  /// - Throws: ``Diagnostic`` if a file of a run cannot be read or the destination not be written.
  static func export(_ request: ExportRequest) throws -> ExportSummary
}

extension RunExporter {
  package static var takesExperiment: Bool { false }
}

/// The runs to be exported and how.
package struct ExportRequest {
  /// The runs, all of which have ended.
  package var runs: [StoredRun]
  /// The file, folder or server.
  package var destination: String
  /// The name of the experiment, where the destination has such names.
  package var experiment: String
  /// Whether to include the weights of the runs, where they exist.
  package var includesWeights: Bool
  /// The text of the experiment's specification, if known.
  package var specification: String?

  /// Creates a request.
  package init(
    runs: [StoredRun], destination: String, experiment: String = "aesm2",
    includesWeights: Bool = false, specification: String? = nil
  ) {
    (self.runs, self.destination, self.experiment) = (runs, destination, experiment)
    (self.includesWeights, self.specification) = (includesWeights, specification)
  }
}

/// What was exported.
package struct ExportSummary: Equatable, Sendable {
  /// The number of runs that were written.
  package var written: Int
  /// The number of runs that the destination already had.
  package var skipped = 0
  /// Sentences on the result, such as the digest of a bundle.
  package var notes: [String] = []

  /// Creates a summary.
  package init(written: Int, skipped: Int = 0, notes: [String] = []) {
    (self.written, self.skipped, self.notes) = (written, skipped, notes)
  }
}

/// The formats, in listing order.
package let exporterCatalog: [any RunExporter.Type] = [
  JSONLinesExporter.self, TensorBoardExporter.self, SQLiteExporter.self, MLflowExporter.self,
  BundleExporter.self,
]
