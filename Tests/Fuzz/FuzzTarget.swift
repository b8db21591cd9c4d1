import Foundation

/// A reader, the inputs that damage starts from, and what must hold for whatever it is fed.
struct FuzzTarget: Sendable {
  /// How inputs are damaged.
  enum Form: Sendable {
    case text
    case binary
  }

  let name: String
  let form: Form

  /// Right inputs.
  let seeds: @Sendable () throws -> [[UInt8]]

  /// Pieces that mean something to the reader.
  let words: [String]

  /// Reads an input, made from one of the seeds, with a folder for files.
  ///
  /// - Throws: ``Finding`` where the reader does something wrong. That it refuses the input is right.
  let check: @Sendable (_ input: [UInt8], _ seed: [UInt8], _ folder: URL) throws -> Void

  /// All targets.
  static let all: [FuzzTarget] = [
    .csv, .gzip, .schema, .specification, .safetensors, .manifest, .columns, .records, .settings,
    .bundle,
  ]
}

/// Something wrong that a reader did.
struct Finding: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Returns what `body` returns, or the words of its error, so that two readings can be compared.
func outcome<Value>(_ body: () throws -> Value) throws -> Result<Value, Finding> {
  do { return .success(try body()) } catch let finding as Finding { throw finding } catch {
    return .failure(Finding("\(error)"))
  }
}

/// Requires a condition.
func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
  if !condition { throw Finding(sentence()) }
}
