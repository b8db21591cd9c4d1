import ArgumentParser
import Configuration
import Experiments
import Foundation
import TensorCore

struct RunsPruneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove runs that are no longer needed from a store.",
    discussion: """
      Without --yes, only prints what would be removed and how much space that frees. Never removes a \
      run that a process is executing, a damaged run, or a folder that is not named by the id of its \
      run, as those of 'aesm2 train' are. --keep-only derives the runs of experiments from their \
      specifications; while a search is not over, all runs on its data set are kept.

      Example:
        aesm2 runs export --from results/quickstart --format bundle --to shared.tar
        aesm2 runs import shared.tar --store old
        aesm2 runs prune --store old --failed --incomplete
        aesm2 runs prune --store old --keep-only experiments/smoke.yaml --yes
      """)

  @Option(help: "The store.")
  var store = "runs"

  @Flag(help: "Remove failed runs.")
  var failed = false

  @Flag(help: "Remove stopped and killed runs, with their checkpoints.")
  var incomplete = false

  @Flag(help: "Remove runs of other semantics, which this version does not use.")
  var otherSemantics = false

  @Option(help: "Remove runs that are in none of these experiments, YAML files; repeatable.")
  var keepOnly: [String] = []

  @Option(
    name: .customLong("where"),
    help: "Of these, only runs that meet a condition, such as model=mmoe; repeatable.")
  var conditions: [String] = []

  @Flag(help: "Remove the runs.")
  var yes = false

  func validate() throws {
    if !failed, !incomplete, !otherSemantics, keepOnly.isEmpty {
      throw ValidationError(
        "say what to remove: --failed, --incomplete, --other-semantics or --keep-only SPEC")
    }
  }

  private var reasons: Set<Pruning.Reason> {
    var reasons: Set<Pruning.Reason> = []
    if failed { reasons.insert(.failed) }
    if incomplete { reasons.insert(.incomplete) }
    if otherSemantics { reasons.insert(.otherSemantics) }
    if !keepOnly.isEmpty { reasons.insert(.unplanned) }
    return reasons
  }

  func run() throws {
    Parallelism.use(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let all = try RunCollection.reportingProblems(of: [store])
    var chosen = all
    try blamingCommandLine { try chosen.keep(where: conditions) }
    let ids = Set(chosen.runs.map(\.id))
    let pruning = try Pruning(
      of: all, for: reasons,
      keeping: try keepOnly.map { spec in
        let experiment = try ExperimentOptions(spec: spec, store: store)
        return try experiment.planOnAnyData(of: try experiment.specification())
      },
      where: { ids.contains($0.id) })
    for dataset in pruning.openDatasets {
      StandardError.say(
        "runs on the data set \(dataset.prefix(12)) are kept: an experiment on it is not complete, "
          + "so its later runs cannot be told from others")
    }
    if pruning.heldCount > 0 {
      StandardError.say("\(counted(pruning.heldCount, "run")) kept, since a process executes it")
    }
    print(pruning.text(wasRemoved: yes))
    guard yes else { return }
    for run in try pruning.remove() {
      StandardError.say("\(run.id) was kept: it is being executed, or has ended in the meantime")
    }
  }
}

extension Pruning {
  fileprivate func text(wasRemoved: Bool) -> String {
    guard !entries.isEmpty else { return "no run to remove" }
    var table = TextTable(["id", "reason", "state", "model", "seed", "size"])
    for entry in entries {
      table.add([
        String(entry.run.id.prefix(12)), entry.reason.text, entry.run.state.rawValue,
        entry.run.configuration.model, "\(entry.run.configuration.seed)",
        byteText(entry.byteCount, digits: 1),
      ])
    }
    let sum = byteText(entries.reduce(0) { $0 + $1.byteCount }, digits: 1)
    let count = counted(entries.count, "run")
    return printable(table.text) + "\n\n"
      + (wasRemoved
        ? "removing \(count), \(sum)"
        : "\(count), \(sum); add --yes to remove \(entries.count == 1 ? "it" : "them")")
  }
}

extension Pruning.Reason {
  fileprivate var text: String {
    switch self {
    case .failed: "failed"
    case .incomplete: "incomplete"
    case .otherSemantics: "other semantics"
    case .unplanned: "in no experiment"
    }
  }
}
