import Foundation

extension RunStore {
  /// Returns a sentence on the runs of earlier semantics that the store holds; nil where there are
  /// none.
  ///
  /// They are other runs than those of today's plans, so neither used nor changed. Counted by the
  /// text of their configurations, which is canonical JSON: a store of many runs is looked through
  /// quickly.
  public func noteOnEarlierRuns() -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let own = Data("\"semantics\":\(RunConfiguration.currentSemantics),".utf8)
    let count = names.count { name in
      guard !name.hasPrefix("."),
        let text = FileManager.default.contents(atPath: directory(name).configurationPath)
      else { return false }
      return text.range(of: Data("\"semantics\":".utf8)) != nil && text.range(of: own) == nil
    }
    guard count > 0 else { return nil }
    return "\(path) also holds \(count) \(count == 1 ? "run" : "runs") of other semantics than "
      + "\(RunConfiguration.currentSemantics), which this version computes with: their results "
      + "differ, so they are kept, but not used for this experiment"
  }
}
