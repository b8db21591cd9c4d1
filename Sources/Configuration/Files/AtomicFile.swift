import Foundation

/// The only way in which files are written: every file is either written in full or left as it was.
package enum AtomicFile {
  /// The path that denotes standard output.
  package static let standardOutput = "-"

  /// Writes a file.
  ///
  /// | path | what happens |
  /// | --- | --- |
  /// | a file, or nothing | the bytes go to a new file in the same folder, are made durable, and take the name at once; of two writers at the same time the later one wins |
  /// | a symbolic link | the same with the file that it leads to; the link stays |
  /// | a pipe or device | the bytes are written straight into it |
  /// | `-` | the bytes are written to standard output |
  ///
  /// A file keeps its mode, and its owner if permitted. However the process ends, nothing is left
  /// over, or the next writer in the folder removes it (see ``PartialFile``).
  ///
  /// - Parameters:
  ///   - path: The file; any existing content is replaced.
  ///   - write: Passes the bytes to its argument, piece by piece.
  /// - Throws: ``Diagnostic`` that names the file and the cause; any error that `write` throws.
  package static func write(
    _ path: String, _ write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    func append(to descriptor: Int32) throws {
      try write { bytes in
        if let code = writeAll(bytes, to: descriptor) {
          throw Diagnostic(cannot: "write", path, code: code)
        }
      }
    }
    if path == standardOutput { return try append(to: STDOUT_FILENO) }
    let old = fileStatus(path)
    let target = try followingLinks(path)
    if let old, !isReplaceable(old, at: target) {
      let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw Diagnostic(cannot: "write", path) }
      defer { close(descriptor) }
      return try append(to: descriptor)
    }
    if old != nil, access(target, W_OK) != 0 { throw Diagnostic(cannot: "write", path) }
    guard let file = PartialFile(in: folder(of: target), mode: 0o666) else {
      throw Diagnostic(cannot: "write", path)
    }
    if let old {
      if old.st_uid != geteuid() || old.st_gid != getegid() {
        _ = fchown(file.descriptor, old.st_uid, old.st_gid)
      }
      _ = fchmod(file.descriptor, old.st_mode & 0o7777)
    }
    try append(to: file.descriptor)
    guard fsync(file.descriptor) == 0 || errno == EINVAL, file.publish(as: target) else {
      throw Diagnostic(cannot: "write", path)
    }
    syncFolder(of: target)
  }

  /// Writes bytes as a complete file; see ``write(_:_:)-(String,_)``.
  package static func write(_ path: String, bytes: some Collection<UInt8>) throws {
    let bytes = Array(bytes)
    try write(path) { append in try bytes.withUnsafeBytes(append) }
  }

  /// Returns the bytes of a file.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  package static func read(_ path: String) throws -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Diagnostic(cannot: "read", path) }
    defer { close(descriptor) }
    var data = Data()
    var status = stat()
    if fstat(descriptor, &status) == 0 { data.reserveCapacity(max(0, Int(status.st_size))) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = buffer.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Diagnostic(cannot: "read", path) }
      if count == 0 { return data }
      data.append(contentsOf: buffer[..<count])
    }
  }

  /// Returns the bytes of a file without reading them into memory at once.
  ///
  /// A file written by this type is never changed in place, so it stays as it is while it is read.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  package static func map(_ path: String) throws -> Data {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Diagnostic(cannot: "read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Diagnostic(cannot: "read", path) }
    if status.st_mode & S_IFMT == S_IFDIR { throw Diagnostic(cannot: "read", path, code: EISDIR) }
    let size = Int(status.st_size)
    guard size > 0 else { return Data() }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw Diagnostic(cannot: "read", path) }
    return Data(bytesNoCopy: start, count: size, deallocator: .unmap)
  }

  /// Returns whether there is a file at the end of all links whose name another file can take.
  ///
  /// The name of a descriptor, such as `/dev/stdout`, may lead to a file that no longer has a name.
  private static func isReplaceable(_ old: stat, at target: String) -> Bool {
    guard old.st_mode & S_IFMT == S_IFREG, let found = fileStatus(target) else { return false }
    return found.st_ino == old.st_ino && found.st_dev == old.st_dev
  }

  /// Makes the rename durable; some file systems cannot do this, but the file itself is already
  /// safe.
  private static func syncFolder(of path: String) {
    let descriptor = open(folder(of: path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }
}
