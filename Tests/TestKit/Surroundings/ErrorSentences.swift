/// Returns the sentence of the error that `body` throws, or nil where it throws none.
public func sentence(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

/// Returns the sentence of the error that `body` throws, or "no error".
public func message(_ body: () throws -> Void) -> String { sentence(body) ?? "no error" }
