/// An observer that collects what gates and experts compute in forward passes.
///
/// Weights shown are nonnegative and sum to one over the last axis, which the conformance suite checks.
/// Every row of a batch has one vector of weights, or as many as the layer has gates.
public final class Observer {
  /// The weights that a layer's gates give the experts.
  public struct Observation {
    /// The path of the layer.
    ///
    /// If the gate is that of a task, the task's name is a component of this path, or the name of the gate.
    public let name: String
    /// The names of the layer's gates, such as those of tasks; empty for gates without names.
    public let gates: [String]
    /// The weights: `[rows, experts]`, `[rows, gates, experts]`, or the gates' weights stacked,
    /// `[gates · rows, experts]`.
    public let value: Tensor
    /// The sets that every row selects, one byte for each row and expert; nil for gates without two sets.
    ///
    /// Bit 0 is set if the expert is among the specific ones, bit 1 if among the shared ones.
    public let sets: [UInt8]?
  }

  /// The weights shown, in order.
  public private(set) var observations: [Observation] = []

  /// The outputs of experts, in order, each with the path of the layer: `[experts · rows, size]`, sorted by
  /// expert.
  public private(set) var outputs: [(name: String, value: Tensor)] = []

  /// Whether the outputs of experts are collected; experts that a row does not select are then computed
  /// only to be shown.
  public let wantsOutputs: Bool

  /// Creates an observer without observations.
  public init(wantsOutputs: Bool = false) { self.wantsOutputs = wantsOutputs }

  /// Records weights, which must be nonnegative and sum to one over the last axis; see ``Observation``.
  public func show(_ name: String, _ value: Tensor, gates: [String] = [], sets: [UInt8]? = nil) {
    observations.append(Observation(name: name, gates: gates, value: value, sets: sets))
  }

  /// Records the outputs of all experts of a layer for all rows, if they are wanted.
  ///
  /// - outputs: `[experts · rows, size]`, sorted by expert.
  public func show(outputs: @autoclosure () -> Tensor, of name: String) {
    if wantsOutputs { self.outputs.append((name, outputs())) }
  }
}
