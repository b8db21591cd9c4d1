import ArgumentParser
import Configuration
import Foundation

struct NewBaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Write a working model to turn into your own.",
    discussion: """
      The model starts as a copy of shared-bottom: its file in baselines/, its naive reference in the \
      conformance suite, its arrays in docs/weights.md and its lines in three lists. Run it in the \
      root of a checkout; 'make check-model NAME=...' then compiles and checks the model.

      Example:
        aesm2 new baseline pepnet --title PEPNet
      """)

  @Argument(help: "The id, in kebab case, such as cross-stitch.")
  var name: String

  @Option(help: "The name in tables (default: the name of the Swift type).")
  var title: String?

  func run() throws {
    let skeleton = try blamingCommandLine { try BaselineSkeleton(id: name, title: title) }
    let root = FileManager.default.currentDirectoryPath
    let files = try skeleton.files(in: root)
    for file in files {
      try AtomicFile.write("\(root)/\(file.path)", bytes: file.text.utf8)
    }
    for file in files { print("\(file.isNew ? "wrote" : "changed") \(file.path)") }
    print("next: make check-model NAME=\(name)")
  }
}
