import ArgumentParser
import Experiments
import Ranking
import Training

/// A command that lists a catalog or describes one of its members.
protocol CatalogCommand: ParsableCommand {
  associatedtype Member: CatalogMember

  /// The kind of the members, such as `model`.
  static var kind: String { get }

  /// The members in the order in which they are listed.
  static var members: [Member] { get }

  /// What naming a member shows.
  static var hint: String { get }

  var selection: CatalogSelection<Self> { get }
}

extension CatalogCommand {
  static var hint: String { "All settings" }

  func run() throws { try selection.printListing() }
}

/// The member that a command describes, and the form of its output.
struct CatalogSelection<Command: CatalogCommand>: ParsableArguments {
  @Argument(help: "The \(Command.kind) to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func printListing() throws {
    print(
      try Command.members.listing(of: Command.kind, name: name, json: json, hint: Command.hint))
  }
}

struct ModelsCommand: CatalogCommand {
  static let kind = "model"
  static var members: [MethodDescription] {
    RankingTool.catalog.entries.map { MethodDescription($0) }
  }

  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models, or describe one with its hyper-parameters.",
    discussion: """
      Example:
        aesm2 models
        aesm2 models aesm2
        aesm2 models mmoe --json
        aesm2 models --training
      """)

  @OptionGroup var selection: CatalogSelection<Self>

  @Flag(help: "Describe the settings of the trainer, which all models share.")
  var training = false

  func validate() throws {
    if training, selection.name != nil {
      throw ValidationError("give the name of a model or --training, not both")
    }
  }

  func run() throws {
    guard training else { return try selection.printListing() }
    let listing = SettingsListing(TrainingOptions.settings)
    print(selection.json ? listing.value.canonicalJSON : listing.text(width: terminalWidth()))
  }
}

struct HeadsCommand: CatalogCommand {
  static let kind = "head"
  static var members: [MethodDescription] { headCatalog.map { MethodDescription($0) } }

  static let configuration = CommandConfiguration(
    commandName: "heads",
    abstract:
      "List the heads, which turn the towers of any model into predictions, or describe one.",
    discussion: """
      The head is a model setting: --set head=esmm, or with its own settings, \
      --set 'head={id: aitm, calibratorWeight: 0.3}'. Most heads need a task that follows another, such \
      as a purchase after a click; schemas declare this by 'follows'.

      Example:
        aesm2 heads
        aesm2 heads aitm
        aesm2 heads esmm --json
      """)

  @OptionGroup var selection: CatalogSelection<Self>
}

struct BalancersCommand: CatalogCommand {
  static let kind = "balancer"
  static var members: [MethodDescription] { balancerCatalog.map { MethodDescription($0) } }

  static let configuration = CommandConfiguration(
    commandName: "balancers",
    abstract: "List the methods that balance the losses of tasks or scenarios, or describe one.",
    discussion: """
      The balancer is a training setting for any model: --set balancing=pcgrad, or with its own \
      settings, --set 'balancing={id: uncertainty, initialLogVariance: 1}'. balanceAxis determines \
      the objectives: tasks, scenarios or cells.

      Example:
        aesm2 balancers
        aesm2 balancers uncertainty
        aesm2 balancers pcgrad --json
      """)

  @OptionGroup var selection: CatalogSelection<Self>
}

struct SchedulersCommand: CatalogCommand {
  static let kind = "scheduler"
  static var members: [MethodDescription] { schedulerCatalog.map { MethodDescription($0) } }

  static let configuration = CommandConfiguration(
    commandName: "schedulers",
    abstract: "List the schedulers, which prune trials early, or describe one.",
    discussion: """
      A specification names one under search, for any strategy: scheduler: asha, or with its own \
      settings, scheduler: {id: asha, eta: 4, minimumEpochs: 2}.

      Example:
        aesm2 schedulers
        aesm2 schedulers median-stopping
        aesm2 schedulers hyperband --json
      """)

  @OptionGroup var selection: CatalogSelection<Self>
}

struct OptimizersCommand: CatalogCommand {
  static let kind = "optimizer"
  static var members: [MethodDescription] { optimizerCatalog.map { MethodDescription($0) } }

  static let configuration = CommandConfiguration(
    commandName: "optimizers",
    abstract: "List the optimizers, or describe one.",
    discussion: """
      A run uses one by its training settings, on any model: --set optimizer=adagrad. What a rule reads \
      beside the settings that are listed for it (learningRate, momentum, beta1, beta2, epsilon, \
      weightDecay, embeddingWeightDecay) is set the same way.

      Example:
        aesm2 optimizers
        aesm2 optimizers adamw
        aesm2 optimizers adagrad --json
      """)

  @OptionGroup var selection: CatalogSelection<Self>
}

struct MetricsCommand: CatalogCommand {
  static let kind = "metric"
  static let hint = "More"
  static var members: [MetricDescription] { metricCatalog.map(MetricDescription.init) }

  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "List the metrics, or describe one.",
    discussion: """
      Run records have all metrics. A specification lists those that its tables show (metrics: [auc, \
      ndcg@10]); monitor and selection name a single number: auc/macro, logLoss/click, \
      ndcg@10/click/pooled.

      Example:
        aesm2 metrics
        aesm2 metrics ndcg@10
        aesm2 metrics gauc --json
      """)

  @OptionGroup var selection: CatalogSelection<Self>
}
