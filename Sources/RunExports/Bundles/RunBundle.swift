import Configuration
import Experiments
import Foundation
import Training

/// A bundle whose content was verified: every file has the digest of the manifest, every run the id
/// of its configuration.
package final class RunBundle {
  /// A run of the bundle.
  struct Run {
    /// How it ended; a run that has paused and was not continued counts as pruned.
    let outcome: RunOutcome
    /// Its files, by name.
    var files: [String: Place]
  }

  /// Where the bytes of a file lie in the archive.
  struct Place {
    let offset: Int
    let file: BundleManifest.File
  }

  /// The digest of the bundle.
  package let digest: String
  /// The runs, by id.
  private(set) var runs: [String: Run] = [:]
  private let archive: OpenFile
  private var files: [String: Place] = [:]

  /// The number of runs.
  package var runCount: Int { runs.count }

  /// Opens a bundle and verifies all of it; nothing is written.
  ///
  /// - Parameters:
  ///   - path: The archive.
  ///   - expected: The digest that it must have, in hexadecimal digits; nil for any.
  /// - Throws: ``Diagnostic`` that says what is wrong.
  package init(at path: String, digest expected: String? = nil) throws {
    archive = try OpenFile(path)
    let archive = archive
    let manifest = try locating(path) { try Self.manifest(of: archive) }
    digest = manifest.digest
    if let expected, expected.lowercased() != digest {
      throw Diagnostic("has the digest \(digest), not \(excerpt(expected))").at(path)
    }
    try locating(path) {
      try findFiles(of: manifest)
      try checkDigests()
      try readRuns()
    }
  }

  private static func manifest(of archive: OpenFile) throws -> BundleManifest {
    let byteCount = try archive.byteCount()
    guard byteCount >= TarHeader.blockSize,
      let header = try TarHeader(try archive.bytes(from: 0, count: TarHeader.blockSize)),
      header.name == BundleManifest.name, header.byteCount <= byteCount - TarHeader.blockSize
    else { throw Diagnostic("is not a bundle: it does not begin with \(BundleManifest.name)") }
    let bytes = try archive.bytes(from: TarHeader.blockSize, count: header.byteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic("\(BundleManifest.name): is not UTF-8 text")
    }
    return try locating(BundleManifest.name) { try BundleManifest(text: text) }
  }

  /// Finds every file of the manifest in the archive, which must have them in the same order and
  /// nothing else.
  private func findFiles(of manifest: BundleManifest) throws {
    let byteCount = try archive.byteCount()
    var offset = 0
    func header() throws -> TarHeader? {
      guard byteCount - offset >= TarHeader.blockSize else { throw Diagnostic("is truncated") }
      let bytes = try archive.bytes(from: offset, count: TarHeader.blockSize)
      return try TarHeader(bytes)
    }
    func skip(_ header: TarHeader) throws {
      offset += TarHeader.blockSize + header.byteCount
      guard byteCount - offset >= header.paddingCount else { throw Diagnostic("is truncated") }
      let padding = try archive.bytes(from: offset, count: header.paddingCount)
      guard padding.allSatisfy({ $0 == 0 }) else {
        throw Diagnostic("is corrupt: there are bytes after '\(header.name)'")
      }
      offset += header.paddingCount
    }
    if let first = try header() { try skip(first) }
    for file in manifest.files {
      guard let header = try header() else {
        throw Diagnostic("lacks '\(file.name)', which its manifest lists")
      }
      guard header.name == file.name else {
        throw Diagnostic("has '\(excerpt(header.name))' where its manifest lists '\(file.name)'")
      }
      guard header.byteCount == file.byteCount else {
        throw Diagnostic(
          "has \(header.byteCount) bytes of '\(file.name)' instead of \(file.byteCount)")
      }
      files[file.name] = Place(offset: offset + TarHeader.blockSize, file: file)
      try skip(header)
    }
    guard try header() == nil, byteCount == offset + TarHeader.end.count,
      try archive.bytes(from: offset, count: TarHeader.end.count) == TarHeader.end
    else { throw Diagnostic("has more than its manifest lists") }
  }

  private func checkDigests() throws {
    for place in files.values.sorted(by: { $0.offset < $1.offset }) { try forEachPiece(of: place) }
  }

  /// Calls `body` with the bytes of a file, piece by piece, and checks their digest at the end.
  private func forEachPiece(
    of place: Place, _ body: (UnsafeRawBufferPointer) throws -> Void = { _ in }
  ) throws {
    var hash = SHA256()
    try archive.forEachPiece(from: place.offset, count: place.file.byteCount) {
      hash.update($0)
      try body($0)
    }
    guard hash.finish() == place.file.digest else {
      throw Diagnostic("is corrupt: '\(place.file.name)' does not have the digest of the manifest")
    }
  }

  /// Returns the content of a file as text; nil if the bundle does not have it.
  private func text(_ name: String) throws -> String? {
    guard let place = files[name] else { return nil }
    let bytes = try archive.bytes(from: place.offset, count: place.file.byteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic("'\(name)' is not UTF-8 text")
    }
    return text
  }
}

extension RunBundle {
  private func readRuns() throws {
    var ofRuns: [String: [String: Place]] = [:]
    for (name, place) in files {
      guard let (id, file) = BundleManifest.runFile(name) else { continue }
      ofRuns[id, default: [:]][file] = place
    }
    for (id, files) in ofRuns.sorted(by: { $0.key < $1.key }) {
      runs[id] = Run(outcome: try outcome(of: id, files: files), files: files)
    }
    try checkResults()
  }

  private func outcome(of id: String, files: [String: Place]) throws -> RunOutcome {
    func read<Value>(_ file: String, _ read: (ConfigurationValue) throws -> Value) throws -> Value {
      let name = "runs/\(id)/\(file)"
      return try locating(name) {
        guard let text = try text(name) else { throw Diagnostic("is missing") }
        return try read(ConfigurationValue(json: text))
      }
    }
    let configuration = try read("configuration.json", RunConfiguration.init)
    guard configuration.id == id else {
      throw Diagnostic("is of the run \(configuration.id)").at("runs/\(id)/configuration.json")
    }
    guard files["record.json"] == nil || files["failure.json"] == nil else {
      throw Diagnostic("has both record.json and failure.json").at("runs/\(id)")
    }
    let kinds: [(file: String, state: RunStore.State)] = [
      ("pause.json", .pruned), ("failure.json", .failed), ("record.json", .done),
    ]
    var found: RunOutcome?
    for (file, state) in kinds where files[file] != nil {
      let outcome = try read(file, RunOutcome.init)
      guard outcome.configuration.id == id, outcome.state == state else {
        throw Diagnostic("is of another run").at("runs/\(id)/\(file)")
      }
      found = outcome
    }
    guard let outcome = found else {
      throw Diagnostic("needs record.json, failure.json or pause.json").at("runs/\(id)")
    }
    if let curves = try text("runs/\(id)/curves.jsonl") {
      try locating("runs/\(id)/curves.jsonl") {
        for line in curves.split(separator: "\n") {
          _ = try CurvePoint(configuration: ConfigurationValue(json: String(line)))
        }
      }
    }
    if let place = files["weights.safetensors"] {
      try locating(place.file.name) { try checkWeights(at: place, of: configuration) }
    }
    return outcome
  }

  private func checkWeights(at place: Place, of configuration: RunConfiguration) throws {
    let bytes = try archive.bytes(from: place.offset, count: place.file.byteCount)
    guard
      try Safetensors(Data(bytes)).metadata["configuration"] == configuration.value.canonicalJSON
    else { throw Diagnostic("are the weights of another run") }
  }

  /// Checks that the results file, if there is one, has the outcomes of the runs beside it.
  private func checkResults() throws {
    guard let results = try results else { return }
    // Whether a trial counts as pruned or excluded depends on the experiment.
    for line in results.lines
    where [.done, .failed].contains(line.outcome.state)
      && runs[line.outcome.configuration.id]?.outcome != line.outcome
    {
      throw Diagnostic("has another record of \(line.outcome.configuration.id) than its folder")
        .at(BundleManifest.resultsName)
    }
  }

  private var results: Results? {
    get throws {
      try text(BundleManifest.resultsName).map {
        try Results(jsonLines: $0, file: BundleManifest.resultsName)
      }
    }
  }

  /// Writes the specification and the results file, if the bundle has them, into a folder, from
  /// which `aesm2 report` builds the table.
  ///
  /// - Returns: The names of the files.
  /// - Throws: ``Diagnostic`` if a file with other content exists; nothing is then written.
  package func writeResults(to folder: String) throws -> [String] {
    let names = [BundleManifest.specificationName, BundleManifest.resultsName].filter {
      files[$0] != nil
    }
    guard names.contains(BundleManifest.resultsName) else {
      throw Diagnostic(
        "has no \(BundleManifest.resultsName): export with --spec, or from a results file, to "
          + "include the places of the runs in an experiment"
      ).at(archive.path)
    }
    for name in names {
      let path = "\(folder)/\(name)"
      guard fileStatus(path) != nil else { continue }
      guard String(decoding: try AtomicFile.read(path), as: UTF8.self) == (try text(name)) else {
        throw Diagnostic("already exists with other content").at(path)
      }
    }
    try createFolder(folder)
    for name in names {
      if let text = try text(name) { try AtomicFile.write("\(folder)/\(name)", bytes: text.utf8) }
    }
    return names
  }

  /// Writes the files of a run into a folder.
  ///
  /// - Throws: ``Diagnostic`` if the bundle has changed since it was verified, or a file cannot be
  ///   written.
  func write(_ id: String, to folder: String) throws {
    try createFolder(folder)
    for (name, place) in (runs[id]?.files ?? [:]).sorted(by: { $0.key < $1.key }) {
      try AtomicFile.write("\(folder)/\(name)") { append in try forEachPiece(of: place, append) }
    }
  }
}
