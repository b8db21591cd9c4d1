import ArgumentParser
import Configuration
import Experiments
import RunExports

struct RunsImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Add the runs of a bundle to a store.",
    discussion: """
      All of the bundle is verified before anything is written: the digest of every file, that every \
      run has the id of its configuration, and that the store does not hold a run with another \
      record. Runs that the store already has are skipped. --results writes the specification and \
      the runs.jsonl of the bundle for 'aesm2 report --records', which needs no data.

      Example:
        aesm2 runs export --from results/quickstart --format bundle --to shared.tar
        aesm2 runs import shared.tar --store imported --results results/imported
        aesm2 report experiments/quickstart.yaml --records results/imported/runs.jsonl
      """)

  @Argument(help: "The bundle, made by 'aesm2 runs export --format bundle'.")
  var bundle: String

  @Option(help: "The store (default: runs, unless only --results is given).")
  var store: String?

  @Option(help: "Also write the bundle's specification and runs.jsonl into this folder.")
  var results: String?

  @Option(help: "The digest that the bundle must have.")
  var digest: String?

  func validate() throws {
    if let digest, digest.count != 64 || !digest.allSatisfy(\.isHexDigit) {
      throw ValidationError("--digest must be 64 hexadecimal digits")
    }
  }

  func run() throws {
    let bundle = try RunBundle(at: bundle, digest: digest)
    var lines: [String] = []
    let place = store ?? (results == nil ? "runs" : nil)
    let plan = try place.map { try BundleImport(of: bundle, into: RunStore(at: $0)) }
    if let results {
      let names = try bundle.writeResults(to: results)
      lines.append("\(names.joined(separator: " and ")) written to \(results)")
    }
    if let place, let plan {
      let summary = try plan.perform()
      lines.append(
        "\(counted(summary.added, "run")) added to \(place)"
          + (summary.skipped > 0 ? "; \(summary.skipped) were there already" : ""))
    }
    print((lines + ["digest of the bundle: \(bundle.digest)"]).joined(separator: "\n"))
  }
}
