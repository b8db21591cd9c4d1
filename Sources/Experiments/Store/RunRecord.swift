import Datasets
import Training

/// What a finished run came to: the line that tables are made from.
public struct RunRecord: Sendable, Equatable {
  /// How training went, apart from how long it took.
  public struct Course: Sendable, Equatable {
    /// The optimizer steps done.
    public var steps: Int
    /// The same in epochs.
    public var epochs: Double
    /// Whether training stopped for want of improvement, before its last epoch.
    public var stoppedEarly: Bool
    /// The optimizer steps after which the kept weights were reached.
    public var bestStep: Int
    /// The same in epochs.
    public var bestEpoch: Double
    /// The mean training loss between two evaluations, from first to last.
    public var trainingLoss: [Double]
    /// The validation metric that was watched, at every evaluation; nil if it is not defined.
    public var validationScore: [Double?]

    /// Creates a course.
    public init(
      steps: Int, epochs: Double, stoppedEarly: Bool, bestStep: Int, bestEpoch: Double,
      trainingLoss: [Double], validationScore: [Double?]
    ) {
      self.steps = steps
      self.epochs = epochs
      self.stoppedEarly = stoppedEarly
      self.bestStep = bestStep
      self.bestEpoch = bestEpoch
      self.trainingLoss = trainingLoss
      self.validationScore = validationScore
    }
  }

  /// How long the run took: the only part that differs between two runs of one configuration on one
  /// machine.
  public struct Timing: Sendable, Equatable {
    /// Wall-clock seconds of training per epoch, evaluation not included.
    public var secondsPerEpoch: Double
    /// Training rows per second of wall-clock time.
    public var rowsPerSecond: Double
    /// Seconds of processor time of all threads per epoch, evaluation not included.
    ///
    /// Unlike wall-clock time, it hardly depends on what else the machine does. Nil for runs of earlier
    /// versions, which did not measure it.
    public var processorSecondsPerEpoch: Double?

    /// Creates timing.
    public init(
      secondsPerEpoch: Double, rowsPerSecond: Double, processorSecondsPerEpoch: Double? = nil
    ) {
      self.secondsPerEpoch = secondsPerEpoch
      self.rowsPerSecond = rowsPerSecond
      self.processorSecondsPerEpoch = processorSecondsPerEpoch
    }
  }

  /// What decided the result.
  public var configuration: RunConfiguration
  /// Every way in which the model departs from its publication.
  public var deviations: [String]
  /// What the model said of this run.
  public var notes: [String]
  /// The number of trained numbers.
  public var parameterCount: Int
  /// How training went.
  public var course: Course
  /// The metrics of the kept weights on the validation split.
  public var validation: MetricGrid
  /// The metrics of the kept weights on the test split.
  public var test: MetricGrid
  /// The best AUCs that any model can reach on the test split, if known.
  public var ceilings: Ceilings?
  /// How long it took.
  public var timing: Timing
  /// With what it was made.
  public var provenance: Provenance

  /// The name of the run.
  public var id: String { configuration.id }

  /// Creates a record.
  public init(
    configuration: RunConfiguration, deviations: [String], notes: [String], parameterCount: Int,
    course: Course, validation: MetricGrid, test: MetricGrid, ceilings: Ceilings?,
    timing: Timing, provenance: Provenance
  ) {
    self.configuration = configuration
    self.deviations = deviations
    self.notes = notes
    self.parameterCount = parameterCount
    self.course = course
    self.validation = validation
    self.test = test
    self.ceilings = ceilings
    self.timing = timing
    self.provenance = provenance
  }
}

/// Why a run failed.
public struct RunFailure: Sendable, Equatable {
  /// What decided the run.
  public var configuration: RunConfiguration
  /// The sentence of the error.
  public var message: String
  /// The training step, if known.
  public var step: Int?
  /// With what it was made.
  public var provenance: Provenance

  /// Creates a failure.
  public init(
    configuration: RunConfiguration, message: String, step: Int? = nil, provenance: Provenance
  ) {
    self.configuration = configuration
    self.message = message
    self.step = step
    self.provenance = provenance
  }
}

/// How a run ended.
public indirect enum RunOutcome: Sendable, Equatable {
  /// It finished.
  case done(RunRecord)
  /// It failed, and is not tried again unless asked for.
  case failed(RunFailure)

  /// The record of a finished run.
  public var record: RunRecord? { if case .done(let record) = self { record } else { nil } }

  /// The failure of a failed run.
  public var failure: RunFailure? { if case .failed(let failure) = self { failure } else { nil } }

  /// What decided the run.
  public var configuration: RunConfiguration {
    switch self {
    case .done(let record): record.configuration
    case .failed(let failure): failure.configuration
    }
  }

  /// With what the run was made.
  public var provenance: Provenance {
    switch self {
    case .done(let record): record.provenance
    case .failed(let failure): failure.provenance
    }
  }
}
