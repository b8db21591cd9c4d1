import ArgumentParser

@main
struct AESM2Tool: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "aesm2")
}
