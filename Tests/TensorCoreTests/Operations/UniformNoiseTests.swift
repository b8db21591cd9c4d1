import TensorCore
import TestKit
import Testing

@Suite struct UniformNoiseTests {
  private let stream = RandomStreams(seed: 3)["noise"]

  @Test func numbersFillTheOpenInterval() {
    let u = Tensor(uniformIn: 0...1, shape: [1 << 16], using: stream).values.map(Double.init)
    #expect(u.allSatisfy { $0 > 0 && $0 < 1 })
    let mean = u.reduce(0, +) / Double(u.count)
    let variance = u.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(u.count)
    // Four standard errors of the mean, and of the variance.
    expectClose(mean, 0.5, absolute: 4 * 0.2887 / 256)
    expectClose(variance, 1.0 / 12, absolute: 4 * 0.0745 / 256)
  }

  @Test func anElementDependsOnItsPlaceAlone() {
    let many = Tensor(uniformIn: -2...5, shape: [300, 300], using: stream).values
    let few = Tensor(uniformIn: -2...5, shape: [40_000], using: stream).values
    #expect(Array(many.prefix(40_000)) == few)
    #expect(many.allSatisfy { (-2...5).contains($0) })
    #expect(Set(few).count > 39_000)
  }

  @Test func noiseIsAddedAndPassesTheGradient() {
    let x = Tensor(normal: "x", shape: [3, 4])
    let (y, gradients) = evaluate([x]) { $0[0].addingUniformNoise(in: -0.5...0.5, using: stream) }
    let distances = zip(y.values, x.values).map { abs($0 - $1) }
    #expect(distances.allSatisfy { $0 <= 0.5001 } && Set(distances).count == 12)
    #expect(gradients[0].values == Array(repeating: 1, count: 12))
    checkGradients(of: [x]) { $0[0].addingUniformNoise(in: -0.5...0.5, using: stream) }
  }
}
