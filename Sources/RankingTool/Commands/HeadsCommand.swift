import ArgumentParser
import Ranking

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
    let heads = headCatalog.map { MethodDescription($0) }
    print(
      try blamingCommandLine {
        try heads.listing(of: "head", name: name, json: json, command: "heads")
      })
  }
}
