import Foundation
import Ranking

/// A file that another implementation made, in `Tests/Fixtures/training`; its maker is in `make`.
enum FixtureFile {
  static func path(_ name: String, from file: String = #filePath) -> String {
    URL(fileURLWithPath: file)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/training/\(name)").path
  }

  static func json(_ name: String) throws -> ConfigurationValue {
    try ConfigurationValue(json: String(contentsOfFile: path(name), encoding: .utf8))
  }
}

extension ConfigurationValue {
  var elements: [ConfigurationValue] {
    if case .list(let values) = self { values } else { [] }
  }

  var double: Double? { Double(configuration: self) }

  var floats: [Float] { elements.compactMap { $0.double.map { Float($0) } } }
}
