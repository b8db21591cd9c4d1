import Foundation
import Ranking
import Training

extension RunDirectory {
  /// Makes the folder of a run, if it is not there.
  ///
  /// - Throws: ``ConfigurationError`` where it cannot be made, or where it holds another
  ///   configuration or something else than a run.
  public func prepare(_ configuration: RunConfiguration) throws {
    if access(configurationPath, F_OK) != 0 { try make(configuration) }
    let found = try self.configuration()
    guard found == configuration else {
      throw ConfigurationError(
        "\(path) holds a run of another configuration: \(found.difference(from: configuration))")
    }
  }

  /// Makes a folder with its configuration under a temporary name, then renames it.
  private func make(_ configuration: RunConfiguration) throws {
    let place = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let new = RunDirectory(path: "\(place)/.new-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(atPath: new.path, withIntermediateDirectories: true)
    } catch { throw systemError("cannot make a folder in \(place)") }
    defer { try? FileManager.default.removeItem(atPath: new.path) }
    try AtomicFile.write(
      new.configurationPath, bytes: (configuration.value.canonicalJSON + "\n").utf8)
    // Another process may have made the same folder meanwhile: then its folder stays.
    guard rename(new.path, path) == 0 || errno == ENOTEMPTY || errno == EEXIST else {
      throw systemError("cannot make the folder \(path)")
    }
  }
}

extension RunConfiguration {
  /// The first difference from another configuration, in words.
  package func difference(from other: RunConfiguration) -> String {
    func members(_ value: ConfigurationValue) -> [String: ConfigurationValue] {
      guard case .object(let members) = value else { return [:] }
      return members
    }
    let (own, others) = (members(value), members(other.value))
    for key in ["model", "dataset", "seed"] where own[key] != others[key] {
      return "its \(key) is \(own[key]?.description ?? "missing"), "
        + "not \(others[key]?.description ?? "missing")"
    }
    for (mine, theirs) in [(settings, other.settings), (training, other.training)] {
      for key in Set(mine.keys).union(theirs.keys).sorted() where mine[key] != theirs[key] {
        return "its \(key) is \(mine[key]?.description ?? "missing"), "
          + "not \(theirs[key]?.description ?? "missing")"
      }
    }
    return "its semantics differ"
  }
}
