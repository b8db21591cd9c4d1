import Configuration
import Foundation
import Synchronization
import TensorCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Appends to one file with a running digest; hashing and writing run concurrently with the caller.
final class ColumnFileWriter {
  private(set) var byteCount = 0
  private let file: OutputFile
  private let digest = RunningDigest()
  private let writing = SerialWorker()
  private let hashing = SerialWorker()
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 20

  /// Creates the file.
  init(path: String) throws { file = try OutputFile(path: path) }

  deinit { writing.wait() }

  /// Appends the bytes of an array of numbers.
  ///
  /// - Throws: ``Diagnostic`` if these bytes, or earlier ones, cannot be written.
  func append<Number>(_ numbers: [Number]) throws where Number: BitwiseCopyable & Sendable {
    if let failure = file.failure { throw failure }
    let size = numbers.count * MemoryLayout<Number>.stride
    byteCount += size
    if buffer.count + size > Self.bufferSize { flush() }
    if size >= Self.bufferSize / 8 {
      flush()
      submit(numbers)
    } else {
      numbers.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }
  }

  /// Starts flushing the written bytes to disk; nothing more can be appended.
  func beginFinish() {
    flush()
    writing.submit { [file] in file.close() }
  }

  /// Waits until all bytes are on disk and returns their digest.
  ///
  /// - Throws: ``Diagnostic`` if they cannot be written.
  func finish() throws -> String {
    beginFinish()
    writing.wait()
    hashing.wait()
    if let failure = file.failure { throw failure }
    return digest.finish()
  }

  private func flush() {
    guard !buffer.isEmpty else { return }
    submit(buffer)
    buffer = []
    buffer.reserveCapacity(Self.bufferSize)
  }

  private func submit<Number: Sendable>(_ numbers: [Number]) {
    hashing.submit { [digest] in numbers.withUnsafeBytes { digest.update($0) } }
    writing.submit { [file] in numbers.withUnsafeBytes { file.write($0) } }
  }
}

/// A digest that is updated by one thread at a time.
private final class RunningDigest: Sendable {
  private let hash = Mutex(SHA256())

  func update(_ bytes: UnsafeRawBufferPointer) { hash.withLock { $0.update(bytes) } }

  func finish() -> String { hash.withLock { $0.finish() } }
}

/// A file that is appended to by one thread at a time, and that keeps its first error.
private final class OutputFile: Sendable {
  private struct State {
    var descriptor: Int32
    var failure: Diagnostic?
  }

  private let path: String
  private let state: Mutex<State>

  init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if descriptor < 0 { throw Diagnostic(cannot: "create", path) }
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { state.withLock { if $0.descriptor >= 0 { closeDescriptor($0.descriptor) } } }

  var failure: Diagnostic? { state.withLock { $0.failure } }

  func write(_ bytes: UnsafeRawBufferPointer) {
    state.withLock { state in
      var start = 0
      while start < bytes.count, state.failure == nil {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        #if canImport(Glibc)
          let written = Glibc.write(state.descriptor, rest.baseAddress, rest.count)
        #else
          let written = Darwin.write(state.descriptor, rest.baseAddress, rest.count)
        #endif
        if written >= 0 {
          start += written
        } else if errno != EINTR {
          state.failure = Diagnostic(cannot: "write", path)
        }
      }
    }
  }

  /// Flushes the bytes to disk and closes the file.
  func close() {
    state.withLock { state in
      guard state.descriptor >= 0 else { return }
      let isStored = fsync(state.descriptor) == 0 || errno == EINVAL
      let code = errno
      let isClosed = closeDescriptor(state.descriptor) == 0
      state.descriptor = -1
      if state.failure == nil, !isStored || !isClosed {
        state.failure = Diagnostic(cannot: "write", path, code: isStored ? errno : code)
      }
    }
  }
}

@discardableResult
private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
