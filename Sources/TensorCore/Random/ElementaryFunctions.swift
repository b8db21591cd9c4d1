#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Double {
  var logarithm: Double { log(self) }
  var cosine: Double { cos(self) }
}
