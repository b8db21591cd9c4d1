import Configuration

/// The design of a synthetic twin: its world, and what is planted in it.
///
/// A design is the set of the settings that its recipe has.
protocol SyntheticDesign: HyperparameterSet {
  /// The features and the traffic, before rates are multiplied.
  var world: SyntheticWorld { get }

  /// The strengths of the parts that every teacher has.
  var teacher: SyntheticSettings { get set }

  /// The groups of scenarios that share a part of the teacher; nil if there are none.
  var groups: PlantedGroups? { get }

  /// Whether the hidden units of the teacher saturate; see ``TeacherPart``.
  var unitsSaturate: Bool { get }
}

extension SyntheticDesign {
  var groups: PlantedGroups? { nil }
  var unitsSaturate: Bool { true }
}

/// A partition of the leaf scenarios into groups, each of which shares a part of the teacher.
struct PlantedGroups: Sendable, Equatable {
  /// The number of groups.
  var count: Int

  /// The group of every leaf.
  var groupOfLeaf: [Int]

  /// The logit standard deviation of what a group has in common.
  var strength: Double
}
