import Configuration
import Experiments
import Foundation
import Training

extension StoredRun {
  /// A name for people: the model, the seed and the first digits of the id.
  package var folderName: String {
    "\(configuration.model)-seed\(configuration.seed)-\(id.prefix(12))"
  }

  /// When the run ended, in seconds since 1970; 0 if its date cannot be read.
  package var endTime: Double {
    let date = (outcome?.provenance?.date).flatMap { try? Date($0, strategy: .iso8601) }
    return date?.timeIntervalSince1970 ?? 0
  }

  /// Everything that was chosen for the run, by the names that conditions use.
  package var hyperparameters: [(name: String, value: ConfigurationValue)] {
    let own = configuration
    let settings = own.settings.map { ("settings.\($0)", $1) }
    let training = own.training.map { ("training.\($0)", $1) }
    return [
      ("model", .string(own.model)), ("seed", .integer(own.seed)),
      ("dataset", .string(own.dataset)), ("semantics", .integer(own.semantics)),
    ] + (settings + training).sorted { $0.0 < $1.0 }
  }
}

extension RunRecord {
  /// All defined numbers of the kept weights: `kept/validation/…` and `test/…`.
  package var namedResults: [(name: String, value: Double)] {
    [("kept/validation", validation), ("test", test)].flatMap { split, grid in
      grid.namedValues.compactMap { name, value in value.map { ("\(split)/\(name)", $0) } }
    }
  }
}

extension PartialFolder {
  /// Gives the folder its name, which must be free or that of an empty folder.
  ///
  /// - Throws: ``Diagnostic`` if it is not.
  func publishNew() throws {
    do { try publish(replacing: false) } catch let error as Diagnostic
      where [EEXIST, ENOTEMPTY, ENOTDIR].contains(error.systemFailure?.code)
    {
      throw Diagnostic("already exists: give the name of a new folder").at(destination)
    }
  }
}

extension ConfigurationValue {
  /// A text as it is, anything else as JSON.
  package var plainText: String {
    if case .string(let text) = self { text } else { canonicalJSON }
  }
}
