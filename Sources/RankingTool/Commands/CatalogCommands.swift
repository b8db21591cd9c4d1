import ArgumentParser
import Experiments
import Ranking
import Training

struct ModelsCommand: ParsableCommand {
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

  @Argument(help: "The model to describe.")
  var name: String?

  @Flag(help: "Describe the settings of the trainer, which all models share.")
  var training = false

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if training, name != nil {
      throw ValidationError("give the name of a model or --training, not both")
    }
  }

  func run() throws {
    if training {
      let listing = SettingsListing(TrainingOptions.settings)
      print(json ? listing.value.canonicalJSON : listing.text(width: terminalWidth()))
    } else {
      print(
        try RankingTool.catalog.entries.map { MethodDescription($0) }
          .listing(of: "model", name: name, json: json, hint: "All settings"))
    }
  }
}

struct HeadsCommand: ParsableCommand {
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

  @Argument(help: "The head to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    print(
      try headCatalog.map { MethodDescription($0) }
        .listing(of: "head", name: name, json: json, hint: "All settings"))
  }
}

struct BalancersCommand: ParsableCommand {
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

  @Argument(help: "The balancer to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    print(
      try balancerCatalog.map { MethodDescription($0) }
        .listing(of: "balancer", name: name, json: json, hint: "All settings"))
  }
}

struct SchedulersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedulers",
    abstract: "List the rules that prune trials of a search early, or describe one.",
    discussion: """
      A specification names one under search, for any strategy: scheduler: asha, or with its own \
      settings, scheduler: {id: asha, eta: 4, minimumEpochs: 2}.

      Example:
        aesm2 schedulers
        aesm2 schedulers median-stopping
        aesm2 schedulers hyperband --json
      """)

  @Argument(help: "The scheduler to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    print(
      try schedulerCatalog.map { MethodDescription($0) }
        .listing(of: "scheduler", name: name, json: json, hint: "All settings"))
  }
}

struct OptimizersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "optimizers",
    abstract: "List the update rules of weights, or describe one.",
    discussion: """
      A run uses one by its training settings, on any model: --set optimizer=adagrad. What a rule reads \
      beside the settings that are listed for it (learningRate, momentum, beta1, beta2, epsilon, \
      weightDecay, embeddingWeightDecay) is set the same way.

      Example:
        aesm2 optimizers
        aesm2 optimizers adamw
        aesm2 optimizers adagrad --json
      """)

  @Argument(help: "The optimizer to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    print(
      try optimizerCatalog.map { MethodDescription($0) }
        .listing(of: "optimizer", name: name, json: json, hint: "All settings"))
  }
}

struct MetricsCommand: ParsableCommand {
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

  @Argument(help: "The metric to describe.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    print(
      try metricCatalog.map(MetricDescription.init)
        .listing(of: "metric", name: name, json: json, hint: "More"))
  }
}
