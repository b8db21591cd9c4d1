import ArgumentParser
import Training

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
    let balancers = balancerCatalog.map { MethodDescription($0) }
    print(
      try blamingCommandLine {
        try balancers.listing(of: "balancer", name: name, json: json, command: "balancers")
      })
  }
}
