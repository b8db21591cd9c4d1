/// What a forward pass knows beside its inputs: whether it trains, where it records, and the
/// random streams of this training step.
public final class ForwardContext {
  /// Whether dropout, noise and batch moments apply.
  public let isTraining: Bool

  /// Whether this pass neither trains nor records: all that is wanted is the result.
  package var isInference: Bool { !isTraining && tape == nil }

  /// When in the run this pass takes place.
  public let moment: TrainingMoment

  /// The number of optimizer steps done before this pass.
  public var step: Int { moment.step }

  /// The tape that operations on parameters are recorded on; nil where nothing is differentiated.
  public let tape: Tape?

  /// Where layers leave what should be seen of them, by name; nil where nobody looks.
  public let observer: Observer?

  private let streams: RandomStreams
  private let frozen: Set<ObjectIdentifier>
  private var uses: [String: Int] = [:]

  /// Creates a context for training.
  ///
  /// - Parameters:
  ///   - tape: Records the operations.
  ///   - streams: The random streams of the run.
  ///   - moment: The step, epoch and phase.
  ///   - frozen: Parameters that are constants in this pass: none by default.
  ///   - observer: Receives named values of layers; nil to drop them.
  public static func training(
    tape: Tape, streams: RandomStreams, at moment: TrainingMoment, frozen: [Parameter] = [],
    observer: Observer? = nil
  ) -> ForwardContext {
    ForwardContext(
      isTraining: true, moment: moment, tape: tape, observer: observer, streams: streams,
      frozen: Set(frozen.map(ObjectIdentifier.init)))
  }

  /// Creates a context for training in a run of one phase.
  public static func training(
    tape: Tape, streams: RandomStreams, step: Int, observer: Observer? = nil
  ) -> ForwardContext {
    training(tape: tape, streams: streams, at: TrainingMoment(step: step), observer: observer)
  }

  /// Creates a context for prediction.
  ///
  /// - Parameters:
  ///   - moment: The moment that the weights are of.
  ///   - tape: A tape, where a test wants gradients in evaluation mode.
  ///   - observer: Where layers leave what should be seen of them.
  public static func evaluation(
    at moment: TrainingMoment = TrainingMoment(), tape: Tape? = nil, observer: Observer? = nil
  ) -> ForwardContext {
    ForwardContext(
      isTraining: false, moment: moment, tape: tape, observer: observer,
      streams: RandomStreams(seed: 0), frozen: [])
  }

  private init(
    isTraining: Bool, moment: TrainingMoment, tape: Tape?, observer: Observer?,
    streams: RandomStreams, frozen: Set<ObjectIdentifier>
  ) {
    self.isTraining = isTraining
    self.moment = moment
    self.frozen = frozen
    self.tape = tape
    self.observer = observer
    self.streams = streams
  }

  /// Returns the parameter as a variable of this pass: a constant where it is frozen.
  public func callAsFunction(_ parameter: Parameter) -> Variable {
    frozen.contains(ObjectIdentifier(parameter))
      ? Variable(parameter.value) : Variable(parameter, tape: tape)
  }

  /// Returns a random stream of this training step.
  ///
  /// A layer that is used several times in one pass gets a different stream each time.
  /// - Parameter purpose: A name that is unique within the model, such as `dropout/tower/0`.
  public func stream(_ purpose: String) -> RandomStream {
    let use = uses[purpose, default: 0]
    uses[purpose] = use + 1
    return streams["\(purpose)/use/\(use)/step/\(step)"]
  }
}

/// Collects weights of mixtures that layers show, such as those of gates.
///
/// Whatever is shown sums to one over its last axis, which the conformance suite checks.
public final class Observer {
  /// The tensors shown, in order, with the path of the layer that showed them.
  public private(set) var observations: [(name: String, value: Tensor)] = []

  /// Creates an observer that has seen nothing.
  public init() {}

  /// Keeps weights: not negative, with a sum of one over the last axis.
  public func show(_ name: String, _ value: Tensor) { observations.append((name, value)) }
}

/// When in a run a forward pass takes place: what a model's schedules, such as temperatures, go by.
///
/// Evaluations see the moment that the weights are of, so that a schedule has one value in training and
/// in the validation that follows.
public struct TrainingMoment: Sendable, Equatable {
  /// The optimizer steps done, those of all phases together.
  public var step: Int

  /// The optimizer steps of one pass over all training rows.
  public var stepsPerEpoch: Int

  /// The name of the present phase; empty where training has one phase only.
  public var phase: String

  /// The optimizer steps done in phases of this name.
  public var phaseStep: Int

  /// The passes over the training rows that the steps done amount to.
  public var epoch: Double { Double(step) / Double(stepsPerEpoch) }

  /// Creates a moment; that of a model with fresh weights unless said otherwise.
  public init(step: Int = 0, stepsPerEpoch: Int = 1, phase: String = "", phaseStep: Int? = nil) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.phase = phase
    self.phaseStep = phaseStep ?? step
  }
}
