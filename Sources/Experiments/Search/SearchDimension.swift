import Configuration
import Foundation

/// A setting that a search varies, with its values laid out from 0 to 1.
///
/// Numbers lie as their distribution says, so that equal lengths are equally likely in a random
/// search. Whole numbers, and the values of a list of ascending or descending numbers, have cells in
/// order; a list of anything else has cells without an order.
struct SearchDimension: Sendable {
  /// What a setting belongs to.
  enum Owner: String, Sendable {
    case model, training
  }

  /// How values lie between 0 and 1.
  enum Layout: Sendable, Equatable {
    /// Every place is a value of its own.
    case continuous
    /// Cells in the order of their values, between consecutive edges from 0 to 1.
    case ordered(edges: [Double])
    /// Cells of equal length, without an order.
    case categories(Int)
  }

  let owner: Owner
  let name: String
  let distribution: SearchDistribution
  let conditions: [SearchCondition]
  let layout: Layout
  let defaultValue: ConfigurationValue?
  /// The values of a list as configurations store them.
  private let stored: [ConfigurationValue?]

  /// The name with the owner, such as `model/dropout`.
  var key: String { "\(owner)/\(name)" }

  /// Intervals of more whole numbers than this are treated as continuous.
  private static let cellLimit = 1000

  init(
    owner: Owner, name: String, _ setting: SearchedSetting, default value: ConfigurationValue?,
    schema: SettingsSchema
  ) {
    self.owner = owner
    self.name = name
    distribution = setting.distribution
    conditions = setting.conditions
    defaultValue = value
    layout = Self.layout(setting.distribution, like: value)
    if case .values(let values) = setting.distribution {
      stored = values.map { schema.stored($0, for: name) }
    } else {
      stored = []
    }
  }

  private static func layout(
    _ distribution: SearchDistribution, like value: ConfigurationValue?
  ) -> Layout {
    switch distribution {
    case .values(let values):
      let numbers = values.compactMap(Double.init(configuration:))
      let pairs = zip(numbers, numbers.dropFirst())
      let isOrdered =
        numbers.count == values.count && numbers.count > 1
        && (pairs.allSatisfy { $0 < $1 } || pairs.allSatisfy { $0 > $1 })
      return isOrdered
        ? .ordered(edges: evenEdges(values.count)) : .categories(max(1, values.count))
    case .uniform(let bounds), .logUniform(let bounds):
      let (low, high) = (bounds.lowerBound.rounded(), bounds.upperBound.rounded())
      guard case .integer = value, high > low, high - low < Double(cellLimit) else {
        return .continuous
      }
      guard case .logUniform = distribution else {
        return .ordered(edges: evenEdges(Int(high - low) + 1))
      }
      let ends = (log(low < 1 ? bounds.lowerBound : low - 0.5), log(high + 0.5))
      let inner = (Int(low)..<Int(high)).map {
        (log(Double($0) + 0.5) - ends.0) / (ends.1 - ends.0)
      }
      return .ordered(edges: [0] + inner + [1])
    }
  }

  private static func evenEdges(_ count: Int) -> [Double] {
    (0...count).map { Double($0) / Double(count) }
  }

  /// Returns the value at a place from 0 to 1.
  func value(at place: Double) -> ConfigurationValue {
    switch (layout, distribution) {
    case (.continuous, _): return distribution.value(at: place, like: defaultValue)
    case (_, .values(let values)): return values.isEmpty ? .null : values[cell(at: place)]
    case (_, .uniform(let bounds)), (_, .logUniform(let bounds)):
      return .integer(Int(bounds.lowerBound.rounded()) + cell(at: place))
    }
  }

  /// Returns the place of a value: the middle of its cell, if it has one.
  ///
  /// Nil for a value that is not in the list. A number outside the interval lies at its nearer end.
  func place(of value: ConfigurationValue?) -> Double? {
    let number = value.flatMap(Double.init(configuration:))
    switch (layout, distribution) {
    case (.continuous, .uniform(let bounds)):
      return number.map {
        clamped(($0 - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound))
      }
    case (.continuous, .logUniform(let bounds)):
      guard let number else { return nil }
      guard number > bounds.lowerBound else { return 0 }
      return clamped(log(number / bounds.lowerBound) / log(bounds.upperBound / bounds.lowerBound))
    case (_, .values):
      return stored.firstIndex { stored in
        stored == value || (stored.flatMap { value?.isWritten(like: $0) } ?? false)
      }.map(middle(ofCell:))
    case (_, .uniform(let bounds)), (_, .logUniform(let bounds)):
      return number.map {
        let cell = $0.rounded() - bounds.lowerBound.rounded()
        return middle(ofCell: Int(min(max(0, cell), Double(cellCount - 1))))
      }
    }
  }

  /// The number of cells; 0 if the dimension is continuous.
  var cellCount: Int {
    switch layout {
    case .continuous: 0
    case .ordered(let edges): edges.count - 1
    case .categories(let count): count
    }
  }

  /// Whether the dimension has cells without an order.
  var isCategorical: Bool {
    if case .categories = layout { true } else { false }
  }

  /// Returns the index of the cell at a place.
  ///
  /// - Precondition: the dimension has cells.
  func cell(at place: Double) -> Int {
    switch layout {
    case .continuous: return 0
    case .categories(let count): return min(max(0, Int(place * Double(count))), count - 1)
    case .ordered(let edges):
      return max(0, min(edges.count - 2, (edges.firstIndex { $0 > place } ?? edges.count) - 1))
    }
  }

  /// Returns the bounds of the cell at a place; the place itself if the dimension is continuous.
  func bounds(at place: Double) -> ClosedRange<Double> {
    switch layout {
    case .continuous: return place...place
    case .categories(let count):
      let cell = Double(cell(at: place))
      return cell / Double(count)...(cell + 1) / Double(count)
    case .ordered(let edges):
      let cell = cell(at: place)
      return edges[cell]...edges[cell + 1]
    }
  }

  /// Returns the middle of the cell at a place; the place itself if the dimension is continuous.
  func settled(_ place: Double) -> Double {
    let bounds = bounds(at: place)
    return (bounds.lowerBound + bounds.upperBound) / 2
  }

  private func middle(ofCell cell: Int) -> Double {
    switch layout {
    case .continuous: return 0
    case .categories(let count): return (Double(cell) + 0.5) / Double(count)
    case .ordered(let edges): return (edges[cell] + edges[cell + 1]) / 2
    }
  }

  private func clamped(_ place: Double) -> Double { min(1, max(0, place)) }
}
