import MessagePassing

/// All trained parameters and other state of one model, in creation order.
///
/// Layers register their parameters and state when they are created (see ``ParameterScope``), so
/// counting, optimizing, saving and loading need no additional code from the model's author.
public final class ParameterStore {
  /// The trained parameters.
  public private(set) var parameters: [Parameter] = []

  /// State that is stored but not trained, such as running moments.
  public private(set) var buffers: [StateBuffer] = []

  /// The ranks that train the model together; nil for one.
  public let ranks: RankGroup?

  /// Whether parameters have no initial values, because only their shapes matter.
  let isBlank: Bool

  private var names: Set<String> = []

  /// Creates an empty store.
  ///
  /// - Parameter ranks: The ranks that train the model together; nil for one process.
  public init(ranks: RankGroup? = nil) {
    self.ranks = ranks.flatMap { $0.count > 1 ? $0 : nil }
    isBlank = false
  }

  /// Creates an empty store for parameters without initial values.
  package init(blank: Void) {
    ranks = nil
    isBlank = true
  }

  /// The number of trained scalars.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Clears all gradients.
  public func clearGradients() {
    for parameter in parameters { parameter.clearGradient() }
  }

  /// Returns how the rows of a table are divided among the ranks; nil if every rank has all.
  func shards(rowCount: Int) -> RowShards? {
    guard let ranks, rowCount > ranks.replicatedRowLimit else { return nil }
    return RowShards(rowCount: rowCount, ranks: ranks)
  }

  func add(_ parameter: Parameter) {
    require(names.insert(parameter.name).inserted, "two parameters named \(parameter.name)")
    parameters.append(parameter)
  }

  /// Computes the state that depends on numerical features of the data.
  ///
  /// Call this once, before the first training step.
  ///
  /// - Parameter numericals: The numerical features of some training rows: `[rows, numericals]`.
  public func fitBuffers(to numericals: Tensor) {
    for buffer in buffers {
      if let fit = buffer.fit { buffer.value.assign(fit(numericals)) }
    }
  }

  /// Whether any state depends on numerical features of the data.
  public var hasBuffersToFit: Bool { buffers.contains { $0.fit != nil } }

  func add(_ buffer: StateBuffer) {
    require(names.insert(buffer.name).inserted, "two buffers named \(buffer.name)")
    buffers.append(buffer)
  }
}

/// Named state that training changes by means other than gradients.
public final class StateBuffer {
  /// The path that identifies the state in checkpoints.
  public let name: String

  /// The state, changed in place.
  public let value: Tensor

  /// The group, as for parameters; see ``ParameterScope/group(_:)``.
  public let group: String

  let fit: ((Tensor) -> Tensor)?

  init(name: String, value: Tensor, group: String, fit: ((Tensor) -> Tensor)? = nil) {
    self.name = name
    self.value = value
    self.group = group
    self.fit = fit
  }
}

/// A scope in a model's tree of names, in which layers create their parameters.
///
/// A parameter's initial values come from the random stream `init/<path>`, so adding a layer does
/// not change the initialization of the others.
public struct ParameterScope {
  /// The path of this scope, empty at the root.
  public private(set) var path: String

  /// The store that parameters are added to.
  public let store: ParameterStore

  /// The random streams from which initial values are drawn.
  public let streams: RandomStreams

  private var weightInitializer = Initializer.xavierUniform
  private var scenario: Int?
  private var group = Parameter.mainGroup

  /// Creates the root scope of a new model.
  public init(store: ParameterStore, streams: RandomStreams) {
    path = ""
    self.store = store
    self.streams = streams
  }

  /// Returns the scope one level down, named by `component`.
  public subscript(_ component: String) -> ParameterScope {
    var scope = self
    scope.path = join(component)
    return scope
  }

  /// Returns the scope one level down, named by a number.
  public subscript(_ index: Int) -> ParameterScope { self[String(index)] }

  /// Returns this scope for parameters reached only by rows of one leaf scenario.
  ///
  /// The conformance suite checks this: rows of other scenarios must contribute exactly zero
  /// gradient to these parameters.
  public func `private`(toScenario scenario: Int) -> ParameterScope {
    var scope = self
    scope.scenario = scenario
    return scope
  }

  /// Returns this scope for parameters in a separate group, such as `gates`.
  ///
  /// Training phases name the groups that they train, and a specification can give a group its own
  /// learning rate, weight decay and optimizer. Groups do not affect parameter names.
  public func group(_ name: String) -> ParameterScope {
    var scope = self
    scope.group = name
    return scope
  }

  /// Returns this scope with another distribution of the weights of affine maps; see
  /// ``weight(_:shape:)``.
  public func initializingWeights(by initializer: Initializer) -> ParameterScope {
    var scope = self
    scope.weightInitializer = initializer
    return scope
  }

  /// Creates the weight of an affine map, a trained parameter: `[inputSize, outputSize]`.
  ///
  /// Its initial values are drawn from Glorot's uniform distribution unless
  /// ``initializingWeights(by:)`` changes it, so one setting applies to all layers.
  public func weight(_ name: String = "weight", shape: [Int]) -> Parameter {
    parameter(name, shape: shape, initializer: weightInitializer)
  }

  /// Creates a trained parameter.
  ///
  /// - Parameters:
  ///   - name: The name, unique within this scope.
  ///   - shape: The shape of the parameter.
  ///   - initializer: The distribution of its initial values.
  ///   - decays: Whether weight decay applies.
  ///   - isTable: Whether batches touch only some rows.
  public func parameter(
    _ name: String, shape: [Int], initializer: Initializer, decays: Bool = true,
    isTable: Bool = false
  ) -> Parameter {
    let path = join(name)
    var stream = streams["init/" + path]
    let shards = isTable ? store.shards(rowCount: shape[0]) : nil
    let value =
      store.isBlank
      ? Tensor(uninitialized: shape)
      : initializer.tensor(shape: shape, shards: shards, using: &stream)
    let parameter = Parameter(
      name: path, value: value, decays: decays, scenario: scenario, group: group, isTable: isTable,
      shards: shards)
    store.add(parameter)
    return parameter
  }

  /// Creates state that is stored with the model but not trained.
  public func buffer(_ name: String, shape: [Int], repeating value: Float) -> StateBuffer {
    let buffer = StateBuffer(
      name: join(name), value: Tensor(repeating: value, shape: shape), group: group)
    store.add(buffer)
    return buffer
  }

  /// Creates state in an existing tensor, that is stored with the model but not trained.
  ///
  /// - value: The state; what is written into the tensor is part of the model.
  @discardableResult
  public func buffer(_ name: String, holding value: Tensor) -> StateBuffer {
    let buffer = StateBuffer(name: join(name), value: value, group: group)
    store.add(buffer)
    return buffer
  }

  /// Creates state that is computed once, from numerical features of training rows.
  ///
  /// - Parameters:
  ///   - name: The name, unique within this scope.
  ///   - value: The value until the state is computed.
  ///   - fit: Computes the state from `[rows, numericals]`; the result has the shape of `value`.
  public func buffer(
    _ name: String, initially value: Tensor, fittedBy fit: @escaping (Tensor) -> Tensor
  ) -> StateBuffer {
    let buffer = StateBuffer(name: join(name), value: value, group: group, fit: fit)
    store.add(buffer)
    return buffer
  }

  /// Returns the path that the paths of scopes begin with, by which a layer with all of them is known.
  public static func commonPath(of scopes: [ParameterScope]) -> String {
    let paths = scopes.map { $0.path.split(separator: "/") }
    guard var common = paths.first else { return "" }
    for path in paths.dropFirst() {
      common = zip(common, path).prefix { $0 == $1 }.map(\.0)
    }
    return common.joined(separator: "/")
  }

  private func join(_ component: String) -> String {
    path.isEmpty ? component : path + "/" + component
  }
}
