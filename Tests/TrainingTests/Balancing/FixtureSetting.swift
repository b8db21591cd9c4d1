import Configuration

/// A setting of a balancer in a fixture.
enum FixtureSetting: Decodable, Sendable {
  case number(Double)
  case text(String)
  case members([String: FixtureSetting])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .members(try container.decode([String: FixtureSetting].self))
    }
  }

  var configuration: ConfigurationValue {
    switch self {
    case .number(let number): number == number.rounded() ? .integer(Int(number)) : .number(number)
    case .text(let text): .string(text)
    case .members(let members): .object(members.mapValues(\.configuration))
    }
  }

  /// The balancer of an id with settings.
  static func method(_ id: String, _ settings: [String: FixtureSetting]) -> ConfigurationValue {
    .object(settings.mapValues(\.configuration).merging(["id": .string(id)]) { $1 })
  }
}
