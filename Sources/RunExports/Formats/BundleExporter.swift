import Configuration
import Experiments
import Foundation

/// One archive with everything that another person needs to check a table without rerunning it:
/// configurations, records, curves, optionally weights, and a manifest with the SHA-256 digest of
/// each.
///
/// It is a tar archive, so other tools can unpack it. The same runs give the same bytes. The digest
/// of the manifest stands for all of it: if it is printed in a paper, ``BundleImport`` verifies that
/// a bundle is the one that is meant.
package enum BundleExporter: RunExporter {
  package static let id = "bundle"
  package static let summary = "an archive with a digest, which 'aesm2 runs import' reads"
  package static let destination = "a file"
  package static let takesWeights = true

  /// A file to be archived: bytes in memory, or a file that is read when it is needed.
  private enum Content {
    case text(String)
    case file(String)
  }

  /// Writes the archive.
  package static func export(_ request: ExportRequest) throws -> ExportSummary {
    let members = try contents(of: request)
    let files = try members.map { name, content in
      var hash = SHA256()
      var byteCount = 0
      try forEachPiece(of: content) {
        hash.update($0)
        byteCount += $0.count
      }
      return BundleManifest.File(name: name, byteCount: byteCount, digest: hash.finish())
    }
    let manifest = BundleManifest(files: files)
    try AtomicFile.write(request.destination) { append in
      func add(_ name: String, _ byteCount: Int, _ content: Content) throws {
        let header = try TarHeader(name: name, byteCount: byteCount)
        try header.bytes.withUnsafeBytes(append)
        try forEachPiece(of: content, append)
        try [UInt8](repeating: 0, count: header.paddingCount).withUnsafeBytes(append)
      }
      try add(BundleManifest.name, manifest.text.utf8.count, .text(manifest.text))
      for ((name, content), file) in zip(members, files) {
        var hash = SHA256()
        try forEachPiece(of: content) { hash.update($0) }
        guard hash.finish() == file.digest else {
          throw Diagnostic("changed while it was exported").at(name)
        }
        try add(name, file.byteCount, content)
      }
      try TarHeader.end.withUnsafeBytes(append)
    }
    return ExportSummary(
      written: request.runs.count, notes: ["digest of the bundle: \(manifest.digest)"])
  }

  private static func contents(of request: ExportRequest) throws -> [(
    name: String, content: Content
  )] {
    var members: [(String, Content)] = []
    if let text = request.specification {
      members.append((BundleManifest.specificationName, .text(text)))
    }
    let lines = try request.runs.resultsLines()
    if !lines.isEmpty {
      members.append((BundleManifest.resultsName, .text(Results(lines: lines).jsonLines)))
    }
    for run in request.runs.sorted(by: { $0.id < $1.id }) {
      guard let stored = try run.stored() else { continue }
      // A trial that is excluded is not a run: it is only in the results file.
      guard stored.outcome.exclusion == nil else { continue }
      let folder = "runs/\(run.id)"
      members.append(
        ("\(folder)/configuration.json", .text(run.configuration.value.canonicalJSON + "\n")))
      if let path = run.file(\.pausePath) {
        members.append(("\(folder)/pause.json", .file(path)))
      } else if stored.outcome.pause != nil {
        members.append(("\(folder)/pause.json", .text(stored.text + "\n")))
      }
      if stored.outcome.record != nil || stored.outcome.failure != nil {
        let name = stored.outcome.record == nil ? "failure.json" : "record.json"
        members.append(("\(folder)/\(name)", .text(stored.text + "\n")))
      }
      if let path = run.file(\.curvesPath) {
        members.append(("\(folder)/curves.jsonl", .file(path)))
      }
      if request.includesWeights, let path = run.file(\.weightsPath) {
        members.append(("\(folder)/weights.safetensors", .file(path)))
      }
    }
    return members
  }

  private static func forEachPiece(
    of content: Content, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    switch content {
    case .text(let text): try Array(text.utf8).withUnsafeBytes(body)
    case .file(let path): try OpenFile(path).forEachPiece(body)
    }
  }
}

extension [StoredRun] {
  /// The runs as the lines of a results file, if every run has a place in an experiment; else none.
  fileprivate func resultsLines() throws -> [Results.Line] {
    guard allSatisfy({ !$0.places.isEmpty }) else { return [] }
    return try flatMap { try $0.resultsLines() }.sorted { $0.order < $1.order }.map(\.line)
  }
}
