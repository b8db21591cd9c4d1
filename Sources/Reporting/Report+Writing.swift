import Configuration
import Experiments
import Foundation

extension Report {
  /// Writes the files into a folder, which is made if it is missing.
  ///
  /// - Throws: ``Diagnostic`` where the folder holds something else than an earlier report of
  ///   the same experiment; ``Diagnostic`` where a file cannot be written.
  public func write(to folder: String) throws {
    try createFolder(folder)
    try checkOwnership(of: folder)
    for file in files { try AtomicFile.write("\(folder)/\(file.name)", bytes: file.text.utf8) }
  }

  /// Checks that a folder is empty, or holds an earlier report of this experiment.
  ///
  /// What lies beside such a report is left alone.
  private func checkOwnership(of folder: String) throws {
    let names: [String]
    do { names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
      throw Diagnostic(cannot: "read the folder", folder)
    }
    guard let first = names.first(where: { !isPartialName($0) }) else { return }
    let path = "\(folder)/\(Self.provenanceName)"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Diagnostic(
        "\(folder) holds '\(first)' and no report (it has no \(Self.provenanceName)); "
          + "choose another folder")
    }
    let found = try? ConfigurationValue(json: String(decoding: data, as: UTF8.self))["experiment"]
    guard case .string(let experiment)? = found ?? nil else {
      throw Diagnostic(
        "\(path) does not say which experiment it is of; choose another folder")
    }
    guard experiment == self.experiment else {
      throw Diagnostic(
        "\(folder) holds the report of the experiment '\(experiment)', not of "
          + "'\(self.experiment)'; choose another folder")
    }
  }
}
