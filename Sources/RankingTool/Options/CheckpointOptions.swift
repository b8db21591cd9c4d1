import ArgumentParser

/// How often training writes checkpoints.
struct CheckpointOptions: ParsableArguments {
  @Option(help: "Seconds between checkpoints; 0 writes one after every step.")
  var checkpointSeconds = 60.0

  func validate() throws {
    if !(0...1e9).contains(checkpointSeconds) {
      throw ValidationError(
        "--checkpoint-seconds is \(checkpointSeconds), but must be a number from 0 to 1e9")
    }
  }

  /// The time between two checkpoints.
  var interval: Duration { .seconds(checkpointSeconds) }
}
