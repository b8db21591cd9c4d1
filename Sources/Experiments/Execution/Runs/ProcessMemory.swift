import Foundation

/// Returns the peak resident memory of this process so far, in bytes; nil if the system does not
/// tell.
///
/// On Linux this is the kernel's high-water mark of this process alone, because the figure from
/// `getrusage` is inherited from the parent process.
package func peakResidentByteCount() -> Int? {
  #if canImport(Darwin)
    var usage = rusage()
    return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
  #else
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    }
    return nil
  #endif
}

extension RunLimits {
  /// The bytes of memory of this process, without mapped files; nil if the system does not say.
  static var memoryInUse: Int? {
    #if os(Linux)
      guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
        return nil
      }
      let pages = text.split(separator: " ").prefix(3).compactMap { Int($0) }
      return pages.count == 3 ? (pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE))) : nil
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
    #endif
  }
}
