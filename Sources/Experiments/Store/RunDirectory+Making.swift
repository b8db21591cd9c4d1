import Configuration
import Foundation

extension RunDirectory {
  /// Makes the folder of a run, if it is not there.
  ///
  /// - Throws: ``Diagnostic`` where it cannot be made, or where it holds another
  ///   configuration or something else than a run.
  public func prepare(_ configuration: RunConfiguration) throws {
    if access(configurationPath, F_OK) != 0 { try make(configuration) }
    let found = try self.configuration()
    guard found.id == configuration.id else {
      throw Diagnostic(
        "\(path) holds a run of another configuration: \(found.difference(from: configuration))")
    }
  }

  /// Makes a folder with its configuration under a temporary name, then renames it.
  private func make(_ configuration: RunConfiguration) throws {
    let new = try PartialFolder(for: path)
    try AtomicFile.write(
      RunDirectory(path: new.path).configurationPath,
      bytes: (configuration.value.canonicalJSON + "\n").utf8)
    do {
      try new.publish(replacing: false)
    } catch let error as Diagnostic
      where [EEXIST, ENOTEMPTY].contains(error.systemFailure?.code)
    {
      // Another process may have made the same folder meanwhile: then its folder stays.
    }
  }
}

extension RunConfiguration {
  /// The first difference from another configuration, in words.
  fileprivate func difference(from other: RunConfiguration) -> String {
    let pairs =
      [("model", ConfigurationValue.string(model), ConfigurationValue.string(other.model))]
      + Self.pairs(settings, other.settings) + Self.pairs(training, other.training) + [
        ("dataset", .string(dataset), .string(other.dataset)),
        ("seed", .integer(seed), .integer(other.seed)),
      ]
    guard let (name, own, wanted) = pairs.first(where: { $1.canonicalJSON != $2.canonicalJSON })
    else { return "it has semantics \(semantics), not \(other.semantics)" }
    return "its \(name) is \(own.description), not \(wanted.description)"
  }

  private static func pairs(
    _ own: [String: ConfigurationValue], _ others: [String: ConfigurationValue]
  ) -> [(String, ConfigurationValue, ConfigurationValue)] {
    Set(own.keys).union(others.keys).sorted()
      .map { ($0, own[$0] ?? .null, others[$0] ?? .null) }
  }
}
