import MessagePassing

/// The context of a forward pass besides its inputs: whether it trains, where it records, and the
/// random streams of this training step.
public final class ForwardContext {
  /// Whether dropout, noise and batch moments apply.
  public let isTraining: Bool

  /// Whether layers change their buffers, such as moving moments: in the first pass of a training step,
  /// not in another one over the same batch.
  public let updatesBuffers: Bool

  /// Whether this pass neither trains nor records, so only its result matters.
  package var isInference: Bool { !isTraining && tape == nil }

  /// The moment of the run at which this pass takes place.
  public let moment: TrainingMoment

  /// The number of optimizer steps done before this pass.
  public var step: Int { moment.step }

  /// The tape on which operations on parameters are recorded; nil if nothing is differentiated.
  public let tape: Tape?

  /// The observer that receives named values of layers; nil to drop them.
  public let observer: Observer?

  /// The ranks among which the rows of the batch are divided; nil if all rows are here.
  package let ranks: RankGroup?

  private let streams: RandomStreams
  private let frozen: Set<ObjectIdentifier>
  private var uses: [String: Int] = [:]

  /// Creates a context for training.
  ///
  /// - Parameters:
  ///   - tape: The tape that records the operations.
  ///   - streams: The random streams of the run.
  ///   - moment: The step, epoch and phase.
  ///   - frozen: The parameters that are constants in this pass; none by default.
  ///   - updatesBuffers: Whether layers change their buffers.
  ///   - ranks: The ranks among which the rows of the batch are divided.
  ///   - observer: The observer that receives named values of layers; nil to drop them.
  public static func training(
    tape: Tape, streams: RandomStreams, at moment: TrainingMoment, frozen: [Parameter] = [],
    updatesBuffers: Bool = true, ranks: RankGroup? = nil, observer: Observer? = nil
  ) -> ForwardContext {
    ForwardContext(
      isTraining: true, updatesBuffers: updatesBuffers, moment: moment, tape: tape,
      observer: observer, ranks: ranks, streams: streams,
      frozen: Set(frozen.map(ObjectIdentifier.init)))
  }

  /// Creates a context for training in a run with a single phase.
  public static func training(
    tape: Tape, streams: RandomStreams, step: Int, observer: Observer? = nil
  ) -> ForwardContext {
    training(tape: tape, streams: streams, at: TrainingMoment(step: step), observer: observer)
  }

  /// Creates a context for prediction.
  ///
  /// - Parameters:
  ///   - moment: The moment that the weights come from.
  ///   - tape: A tape, if a test needs gradients in evaluation mode.
  ///   - observer: The observer that receives named values of layers; nil to drop them.
  public static func evaluation(
    at moment: TrainingMoment = TrainingMoment(), tape: Tape? = nil, observer: Observer? = nil
  ) -> ForwardContext {
    ForwardContext(
      isTraining: false, updatesBuffers: false, moment: moment, tape: tape, observer: observer,
      ranks: nil, streams: RandomStreams(seed: 0), frozen: [])
  }

  private init(
    isTraining: Bool, updatesBuffers: Bool, moment: TrainingMoment, tape: Tape?,
    observer: Observer?, ranks: RankGroup?, streams: RandomStreams, frozen: Set<ObjectIdentifier>
  ) {
    self.isTraining = isTraining
    self.updatesBuffers = updatesBuffers
    self.moment = moment
    self.frozen = frozen
    self.tape = tape
    self.observer = observer
    self.ranks = ranks
    self.streams = streams
  }

  /// Returns the parameter as a variable of this pass, which is a constant if the parameter is
  /// frozen.
  public func callAsFunction(_ parameter: Parameter) -> Variable {
    frozen.contains(ObjectIdentifier(parameter))
      ? Variable(constant: parameter.value, shards: parameter.shards, on: tape)
      : Variable(parameter, tape: tape)
  }

  /// Returns a random stream of this training step, for draws that belong to rows.
  ///
  /// A layer that is used several times in one pass gets a different stream each time. If the rows
  /// of the batch are divided among ranks, every rank gets its own stream.
  /// - Parameter purpose: A name, unique within the model, such as `dropout/tower/0`.
  public func stream(_ purpose: String) -> RandomStream {
    let use = uses[purpose, default: 0]
    uses[purpose] = use + 1
    let rank = ranks.map { $0.isLeader ? "" : "/rank/\($0.rank)" } ?? ""
    return streams["\(purpose)/use/\(use)/step/\(step)\(rank)"]
  }

  /// Returns a context of the same pass for what is computed from the whole batch, alike on all
  /// ranks: its random streams are those of one process.
  package var ofWholeBatch: ForwardContext {
    ForwardContext(
      isTraining: isTraining, updatesBuffers: updatesBuffers, moment: moment, tape: tape,
      observer: observer, ranks: nil, streams: streams, frozen: frozen)
  }
}

/// The moment in a run at which a forward pass takes place, which a model's schedules, such as
/// temperatures, can depend on.
///
/// Evaluations see the moment that the weights come from, so a schedule has the same value in
/// training and in the validation that follows.
public struct TrainingMoment: Sendable, Equatable {
  /// The number of optimizer steps done in all phases together.
  public var step: Int

  /// The number of optimizer steps in one pass over all training rows.
  public var stepsPerEpoch: Int

  /// The name of the current phase; empty if training has only one phase.
  public var phase: String

  /// The number of optimizer steps done in phases of this name.
  public var phaseStep: Int

  /// The steps done, expressed in passes over the training rows.
  public var epoch: Double { Double(step) / Double(stepsPerEpoch) }

  /// Creates a moment, by default the moment of a model with fresh weights.
  public init(step: Int = 0, stepsPerEpoch: Int = 1, phase: String = "", phaseStep: Int? = nil) {
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.phase = phase
    self.phaseStep = phaseStep ?? step
  }
}
