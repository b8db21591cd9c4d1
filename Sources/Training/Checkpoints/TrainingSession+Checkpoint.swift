import Configuration
import TensorCore

// A checkpoint is a safetensors file with these tensors:
//
//     weights/<parameter or buffer>       the current state of the model
//     optimizer/<rule>/<name>/<parameter> the state of the optimizer; if training has several
//                                         phases, optimizer/<phase>/<rule>/<name>/<parameter> of each
//     balancing/<parameter or buffer>     the state of the balancer, if any
//     best/<parameter or buffer>          the best state so far, after the first evaluation, if
//                                         the best is to be kept
//     snapshot/<name>/<parameter or buffer>
//                                         snapshots that phases have saved
//
// and these texts: `configurationDigest`, `seed`, `rowCount` of the training split, `options` and
// `progress` as JSON. Random streams need no state besides the seed and the step, and the step
// determines the epoch and the position in it, since neither the rows nor the batch size may
// change.
extension TrainingSession {
  /// Writes a checkpoint, in full or not at all; collective if there are several ranks, of which the
  /// leader writes the file.
  ///
  /// The content does not depend on the number of ranks, so any number can resume it.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public func save(to policy: CheckpointPolicy) throws {
    for phase in phases { phase.optimizer.gatherState() }
    try Safetensors(
      metadata: FileFormat.checkpoint.marked([
        "configurationDigest": policy.configurationDigest,
        "seed": String(seed),
        "rowCount": String(batches.source.rowCount),
        "options": ConfigurationValue.object(options.configuration).canonicalJSON,
        "progress": progress.configuration.canonicalJSON,
      ]),
      tensors: stateTensors + (best?.tensors.map { $0.under("best") } ?? [])
        + Self.tensors(of: snapshots)
    ).write(to: policy.path, ranks: model.store.ranks)
  }

  /// Restores a checkpoint; training then continues with the same bits as without interruption.
  ///
  /// - Throws: ``Diagnostic`` that names the file and what is wrong: unreadable, foreign,
  ///   truncated, corrupt, or from another configuration, seed, data set or model. The session is
  ///   then unchanged.
  public func resume(from policy: CheckpointPolicy) throws {
    let file = try Safetensors(contentsOf: policy.path, for: model.store)
    try locating(policy.path) {
      let metadata = try FileFormat.checkpoint.checked(file.metadata)
      try checkOrigin(metadata, digest: policy.configurationDigest)
      let progress = try locating("is corrupt") {
        try TrainingProgress(configuration: ConfigurationValue(json: metadata["progress"] ?? ""))
      }
      guard (0...plannedStepCount).contains(progress.step) else {
        throw Diagnostic("is corrupt: its step is \(progress.step)")
      }
      let kept = WeightSnapshot(of: model.store)
      let hasBest = progress.bestGrid != nil && options.keptWeights == .best
      let bestTensors = hasBest ? kept.tensors.map { $0.under("best") } : []
      let snapshots = blankSnapshots(before: progress.step)
      try TensorMatching(file.tensors).assign(
        to: stateTensors + bestTensors + Self.tensors(of: snapshots))
      best = hasBest ? kept : nil
      self.snapshots = snapshots
      for (index, phase) in phases.enumerated() {
        phase.optimizer.step = timeline.steps(of: index, before: progress.step)
      }
      balancing?.optimizer.step = progress.step
      self.progress = progress
    }
  }

  /// The current state of the model, the optimizers and the balancer.
  private var stateTensors: [NamedTensor] {
    let optimizers = phases.flatMap { phase in
      phase.optimizer.state.map {
        $0.under(phases.count == 1 ? "optimizer" : "optimizer/\(phase.declaration.name)")
      }
    }
    let balancer = balancing.map { balancing in
      balancing.store.tensors + balancing.optimizer.state.map { $0.under("optimizer") }
    }
    return model.store.tensors.map { $0.under("weights") } + optimizers + (balancer ?? [])
  }

  private static func tensors(of snapshots: [String: WeightSnapshot]) -> [NamedTensor] {
    snapshots.sorted { $0.key < $1.key }.flatMap { name, snapshot in
      snapshot.tensors.map { $0.under("snapshot/\(name)") }
    }
  }

  private func checkOrigin(_ metadata: [String: String], digest: String) throws {
    let found = metadata["configurationDigest"] ?? ""
    guard found == digest else {
      throw Diagnostic("is of the configuration '\(found)', not '\(digest)'")
    }
    let saved = try locating("is corrupt") {
      try ConfigurationValue(json: metadata["options"] ?? "")
    }
    let current = options.configuration
    for name in TrainingOptions.settings.map(\.name) {
      let (old, new) = (saved[name], current[name])
      guard old?.canonicalJSON == new?.canonicalJSON else {
        throw Diagnostic(
          "was made with \(name) \(old?.description ?? "missing"), "
            + "not \(new?.description ?? "missing")")
      }
    }
    for (name, wanted) in [("seed", String(seed)), ("rowCount", String(batches.source.rowCount))] {
      guard metadata[name] == wanted else {
        throw Diagnostic("was made with \(name) \(metadata[name] ?? "missing"), not \(wanted)")
      }
    }
  }
}

extension NamedTensor {
  fileprivate func under(_ folder: String) -> NamedTensor {
    NamedTensor(name: folder + "/" + name, value: value, shards: shards)
  }
}

/// The file and frequency of a run's checkpoints.
public struct CheckpointPolicy: Sendable, Equatable {
  /// The file, replaced by every checkpoint.
  public var path: String

  /// The wall time between two checkpoints; nil to write one only when asked to stop.
  public var interval: Duration?

  /// The digest that identifies the run's configuration; a checkpoint with a different one is
  /// refused.
  public var configurationDigest: String

  /// Creates a policy.
  public init(path: String, interval: Duration? = .seconds(60), configurationDigest: String = "") {
    self.path = path
    self.interval = interval
    self.configurationDigest = configurationDigest
  }

  /// Returns why the file is no whole checkpoint of this program: truncated, corrupt, or without a
  /// correct digest; nil if it is whole, or cannot be read.
  ///
  /// A whole checkpoint may still be of another run.
  public func damage() -> Diagnostic? {
    do {
      let isForeign = try Safetensors(contentsOf: path).isForeign
      return isForeign ? Diagnostic("is corrupt: it lacks its checksum").at(path) : nil
    } catch let error as Diagnostic {
      return error.systemFailure == nil ? error : nil
    } catch { return nil }
  }
}
