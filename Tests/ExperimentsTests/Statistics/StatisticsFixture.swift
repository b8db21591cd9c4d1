import Configuration
import Foundation
import TestKit
import Testing

/// Numbers of other libraries, made by Tests/Fixtures/make/statistical_tests.py.
struct StatisticsFixture {
  let value: ConfigurationValue

  init(_ name: String) throws {
    value = try ConfigurationValue(
      json: String(
        contentsOfFile: FixtureFolder.path("statistics/\(name).json"), encoding: .utf8))
  }

  private init(value: ConfigurationValue) { self.value = value }

  /// The member with a name.
  subscript(_ key: String) -> StatisticsFixture {
    get throws { StatisticsFixture(value: try #require(value[key], "no \(key)")) }
  }

  /// The elements of a list.
  var cases: [StatisticsFixture] {
    get throws {
      guard case .list(let values) = value else { throw Failure(sentence: "no list: \(value)") }
      try #require(!values.isEmpty)
      return values.map(StatisticsFixture.init(value:))
    }
  }

  func number(_ key: String) throws -> Double {
    try #require(Double(configuration: try self[key].value))
  }

  func integer(_ key: String) throws -> Int {
    try #require(Int(configuration: try self[key].value))
  }

  func numbers(_ key: String) throws -> [Double] {
    try #require([Double](configuration: try self[key].value))
  }

  func table(_ key: String) throws -> [[Double]] {
    try self[key].cases.map { try #require([Double](configuration: $0.value)) }
  }

  struct Failure: Error { let sentence: String }
}

/// Expects two lists of numbers to agree.
func expectClose(
  _ found: [Double], _ expected: [Double], within tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  for (a, b) in zip(found, expected) {
    #expect(abs(a - b) < tolerance, "\(a), not \(b)", sourceLocation: sourceLocation)
  }
}
