import ArgumentParser
import Training

struct BalancersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "balancers",
    abstract: "List the methods that balance the losses of tasks or scenarios, or describe one.",
    discussion: """
      A run uses one by its training settings, on any model: --set balancing=pcgrad, or with settings of \
      its own, --set 'balancing={id: uncertainty, initialLogVariance: 1}'; balanceAxis says what is \
      balanced: tasks, scenarios or cells.

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
    let balancers = balancerCatalog.map { MethodDescription($0) }
    print(
      try blamingCommandLine {
        try balancers.listing(of: "balancer", name: name, json: json, command: "balancers")
      })
  }
}
