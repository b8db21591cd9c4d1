import Foundation

/// The greatest memory that this process has had resident, in bytes; 0 where it is not known.
///
/// On Linux the kernel's high-water mark of this process alone, since the figure of `getrusage` is
/// handed down from the process that started it.
func peakResidentByteCount() -> Int {
  #if canImport(Darwin)
    var usage = rusage()
    getrusage(RUSAGE_SELF, &usage)
    return Int(usage.ru_maxrss)
  #else
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    }
    return 0
  #endif
}
