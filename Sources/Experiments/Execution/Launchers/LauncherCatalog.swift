import Foundation

/// A kind of launcher that can be selected for a sweep by its id.
public struct LauncherMethod: Sendable {
  /// The name on command lines.
  public let id: String
  /// A one-sentence description.
  public let summary: String
  /// Whether a sweep ends as soon as it has started its runs, instead of waiting for their ends.
  public let isDetached: Bool
  /// Creates the launcher of a sweep.
  ///
  /// - Throws: ``Diagnostic`` if it cannot be used here.
  public let create: @Sendable (LauncherSetting) throws -> any RunLauncher

  init(
    id: String, summary: String, isDetached: Bool = false,
    create: @escaping @Sendable (LauncherSetting) throws -> any RunLauncher
  ) {
    self.id = id
    self.summary = summary
    self.isDetached = isDetached
    self.create = create
  }
}

/// What a launcher needs to know of a sweep.
public struct LauncherSetting: Sendable {
  /// The program that executes runs, with its options.
  public struct Program: Sendable {
    let path: String
    private let runCommand: String
    private let taskCommand: String
    private let options: [String]
    let threads: Int

    /// Creates a program.
    ///
    /// - Parameters:
    ///   - path: The path of its file.
    ///   - runCommand: Its command for one run; the folder of the run and the options follow.
    ///   - taskCommand: Its command for the runs of a task; the folder of the submission, the options
    ///     of the task and the options follow.
    ///   - options: The options of both commands.
    ///   - threads: The number of compute threads of a run.
    public init(
      path: String, runCommand: String, taskCommand: String, options: [String], threads: Int
    ) {
      self.path = path
      self.runCommand = runCommand
      self.taskCommand = taskCommand
      self.options = options
      self.threads = threads
    }

    /// Returns the command that executes a run, which stops when the process `parent` ends.
    public func run(_ directory: RunDirectory, stoppingWith parent: Int32? = nil) -> RunCommand {
      let folder = URL(fileURLWithPath: directory.path).standardizedFileURL.path
      return RunCommand(
        [path, runCommand, folder] + options + (parent.map { ["--parent", "\($0)"] } ?? []),
        threads: threads)
    }

    /// Returns the command that executes a task of a submission.
    func task(_ folder: String, _ taskOptions: [String]) -> RunCommand {
      RunCommand([path, taskCommand, folder] + taskOptions + options, threads: threads)
    }
  }

  /// The name of the experiment.
  public var experiment: String
  /// The store of the runs.
  public var store: RunStore
  /// The program that executes runs.
  public var program: Program
  /// How long the finished runs of the experiment took.
  public var durations: RunDurations
  /// How jobs are submitted to Slurm.
  public var slurm: SlurmSettings
  /// The file that commands are written to; `-` for standard output.
  public var commandsPath: String
  /// Shows a message to the user.
  public var note: @Sendable (String) -> Void

  /// Creates a setting.
  public init(
    experiment: String, store: RunStore, program: Program, durations: RunDurations,
    slurm: SlurmSettings, commandsPath: String, note: @escaping @Sendable (String) -> Void
  ) {
    self.experiment = experiment
    self.store = store
    self.program = program
    self.durations = durations
    self.slurm = slurm
    self.commandsPath = commandsPath
    self.note = note
  }
}

/// All launchers in listing order; the first is the default.
public let launcherCatalog: [LauncherMethod] = [.local, .slurm, .commands]
