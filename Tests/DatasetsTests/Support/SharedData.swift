import Foundation

/// Where the real data and the project's schemas lie.
enum SharedData {
  static let packageRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["AESM2_DATA"] {
      return URL(fileURLWithPath: path)
    }
    return packageRoot.deletingLastPathComponent().appending(path: "shared/data")
  }()

  static func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: name).path)
  }

  static func schema(_ name: String) -> URL {
    packageRoot.appending(path: "experiments/schemas/\(name).yaml")
  }
}
