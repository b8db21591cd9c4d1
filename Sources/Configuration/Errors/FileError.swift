import Foundation

/// A file or folder that cannot be read or written: one sentence, without a full stop.
public struct FileError: Error, CustomStringConvertible, Equatable {
  /// The sentence: what could not be done, to which path, and the system's reason.
  public let description: String

  /// The path as it was given.
  public let path: String

  /// The system's error number (`errno`).
  public let code: Int32

  /// Creates the error of a system call; `action` is what could not be done, such as `write`.
  package init(cannot action: String, _ path: String, code: Int32 = errno) {
    self.path = path
    self.code = code
    description = "cannot \(action) '\(path)': \(String(cString: strerror(code)))"
  }
}

/// The system's words for an error of Foundation.
package func reason(of error: any Error) -> String {
  let error = error as NSError
  if let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { return reason(of: inner) }
  if error.domain == NSPOSIXErrorDomain, let code = Int32(exactly: error.code) {
    return String(cString: strerror(code))
  }
  return error.localizedDescription
}
