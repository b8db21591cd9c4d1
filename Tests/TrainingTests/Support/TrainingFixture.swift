import Configuration
import Foundation
import TestKit

/// Reads a JSON fixture of `Tests/Fixtures/training` as a configuration value.
func trainingFixture(_ name: String) throws -> ConfigurationValue {
  try ConfigurationValue(
    json: String(contentsOfFile: FixtureFolder.path("training/" + name), encoding: .utf8))
}

extension ConfigurationValue {
  var elements: [ConfigurationValue] {
    if case .list(let values) = self { values } else { [] }
  }

  var double: Double? { Double(configuration: self) }

  var floats: [Float] { elements.compactMap { $0.double.map { Float($0) } } }
}
