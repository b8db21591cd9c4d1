#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Double {
  package var naturalLogarithm: Double { log(self) }
  package var exponential: Double { exp(self) }
  package var cosine: Double { cos(self) }
  package var sine: Double { sin(self) }
  package var powerOfTwo: Double { exp2(self) }
  package var hyperbolicTangent: Double { tanh(self) }
}
