import Datasets
import Training

/// The result of a finished run: the line from which tables are made.
public struct RunRecord: Sendable, Equatable {
  /// The course of training, except for its duration.
  public struct Course: Sendable, Equatable {
    /// The number of optimizer steps.
    public var steps: Int
    /// The same in epochs.
    public var epochs: Double
    /// Whether training stopped before its last epoch because of a lack of improvement.
    public var stoppedEarly: Bool
    /// The number of optimizer steps after which the kept weights were reached.
    public var bestStep: Int
    /// The same in epochs.
    public var bestEpoch: Double
    /// The mean training loss between consecutive evaluations, from first to last.
    public var trainingLoss: [Double]
    /// The monitored validation metric at every evaluation; nil if undefined.
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

  /// What training and scoring a row take, whatever the machine: a function of the configuration and
  /// the data.
  public struct Work: Sendable, Equatable {
    /// The floating-point operations of predicting a row (``/TensorCore/OperationCount``).
    ///
    /// This is the mean over at most `batchSize` evenly spaced training rows, with the kept weights.
    /// Nil if they were not counted: with several ranks.
    public var forwardOperationsPerRow: Double?
    /// The floating-point operations of training on a row, forward and backward with the loss.
    ///
    /// This is the mean over all steps. Nil if they were not counted: with several ranks, and for a
    /// model that is fitted exactly.
    public var trainingOperationsPerRow: Double?
    /// The number of trained parameters in embedding tables, of which a row reads only a few; all
    /// others are dense.
    public var tableParameterCount: Int

    /// Creates the work of a run.
    public init(
      forwardOperationsPerRow: Double?, trainingOperationsPerRow: Double?, tableParameterCount: Int
    ) {
      self.forwardOperationsPerRow = forwardOperationsPerRow
      self.trainingOperationsPerRow = trainingOperationsPerRow
      self.tableParameterCount = tableParameterCount
    }
  }

  /// The time, memory and energy of the run: the only part that differs between two runs of one
  /// configuration on one machine.
  public struct Timing: Sendable, Equatable {
    /// Wall-clock seconds of training per epoch, excluding evaluation.
    public var secondsPerEpoch: Double
    /// Training rows per second of wall-clock time.
    public var rowsPerSecond: Double
    /// Processor seconds per epoch, summed over all threads and excluding evaluation.
    ///
    /// Unlike wall-clock time, it hardly depends on the load of the machine. Nil for runs of
    /// earlier versions, which did not measure it.
    public var processorSecondsPerEpoch: Double?
    /// The peak resident memory in bytes of the process that ended the run; nil if unknown.
    public var peakByteCount: Int?
    /// The energy in joules that the processors of the machine took during the run, evaluations
    /// included, whatever else ran on them; nil if the machine does not tell, or if the run was
    /// interrupted.
    public var joules: Double?

    /// Creates timing.
    public init(
      secondsPerEpoch: Double, rowsPerSecond: Double, processorSecondsPerEpoch: Double? = nil,
      peakByteCount: Int? = nil, joules: Double? = nil
    ) {
      self.secondsPerEpoch = secondsPerEpoch
      self.rowsPerSecond = rowsPerSecond
      self.processorSecondsPerEpoch = processorSecondsPerEpoch
      self.peakByteCount = peakByteCount
      self.joules = joules
    }
  }

  /// The configuration that determined the result.
  public var configuration: RunConfiguration
  /// All deviations of the model from its publication.
  public var deviations: [String]
  /// The model's notes on this run.
  public var notes: [String]
  /// The number of trained parameters.
  public var parameterCount: Int
  /// What training and scoring a row take; nil for runs of earlier versions, which did not count it,
  /// and for external predictions.
  public var work: Work?
  /// The course of training.
  public var course: Course
  /// The metrics of the kept weights on the validation split.
  public var validation: MetricGrid
  /// The metrics of the kept weights on the test split.
  public var test: MetricGrid
  /// The best AUCs that any model can reach on the test split, if known.
  public var ceilings: Ceilings?
  /// The time, memory and energy of the run.
  public var timing: Timing
  /// The environment in which the run was made.
  public var provenance: Provenance

  /// The wall-clock seconds of all training steps.
  public var trainingSeconds: Double { timing.secondsPerEpoch * course.epochs }

  /// The name of the run.
  public var id: String { configuration.id }

  /// Creates a record.
  public init(
    configuration: RunConfiguration, deviations: [String], notes: [String], parameterCount: Int,
    work: Work? = nil, course: Course, validation: MetricGrid, test: MetricGrid,
    ceilings: Ceilings?,
    timing: Timing, provenance: Provenance
  ) {
    self.configuration = configuration
    self.deviations = deviations
    self.notes = notes
    self.parameterCount = parameterCount
    self.work = work
    self.course = course
    self.validation = validation
    self.test = test
    self.ceilings = ceilings
    self.timing = timing
    self.provenance = provenance
  }
}
