/// The results of the paused runs of a store, each parsed again only if its file has changed.
final class PausedRuns {
  private let store: RunStore
  private var known: [String: (text: String, pause: RunPause)] = [:]
  private var reported: [String: Int] = [:]

  /// Creates the results of a store; nothing is read yet.
  init(in store: RunStore) { self.store = store }

  /// Returns the result of a run that has paused, or nil if it never has.
  ///
  /// - Throws: ``Diagnostic`` if the file is damaged.
  func pause(_ id: String) throws -> RunPause? {
    let directory = store.directory(id)
    guard let text = try directory.text(directory.pausePath) else { return nil }
    if let known = known[id], known.text == text { return known.pause }
    let pause = try directory.pause(text)
    known[id] = (text, pause)
    return pause
  }

  /// Returns the result of a run to whatever depends on it, such as a plan.
  func report(_ id: String) throws -> RunPause? {
    let pause = try pause(id)
    reported[id] = pause?.epochs
    return pause
  }

  /// Whether a run has paused since its result was reported.
  func hasNews(of id: String) throws -> Bool { try pause(id)?.epochs != reported[id] }
}
