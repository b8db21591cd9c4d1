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

  /// log(1 + x), exact to rounding for small x.
  package var logarithmOfOnePlus: Double { log1p(self) }
  /// exp(x) - 1, exact to rounding for small x.
  package var exponentialMinusOne: Double { expm1(self) }

  /// The standard normal distribution function.
  package var normalProbability: Double { erfc(-self / 2.0.squareRoot()) / 2 }
}
