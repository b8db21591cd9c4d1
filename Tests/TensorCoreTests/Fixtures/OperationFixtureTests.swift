import TensorCore
import TestKit
import Testing

/// The third judge: outputs and gradients that PyTorch or NumPy computed in `Double`.
@Suite struct OperationFixtureTests {
  /// Compares every case of a file, relative to the greatest element of each tensor.
  private func compare(
    _ file: String, at level: KernelLevel, tolerance: Double = 2e-6,
    _ operation: (OperationFixture, [Variable]) throws -> Variable
  ) throws {
    let fixtures = try FixtureFolder.decode(
      [OperationFixture].self, from: "operations/\(file).json")
    #expect(!fixtures.isEmpty)
    for fixture in fixtures {
      let (output, gradients) = try level.run {
        try evaluate(
          fixture.inputs.map(\.tensor), outputGradient: fixture.outputGradient.tensor
        ) { try operation(fixture, $0) }
      }
      for (part, found, expected) in zip3(
        ["output"] + gradients.indices.map { "gradient \($0)" }, [output] + gradients,
        [fixture.output] + fixture.gradients)
      {
        #expect(found.shape == expected.shape, "\(fixture.name), \(part)")
        let greatest = expected.values.reduce(0) { max($0, abs($1)) }
        expectClose(
          found.values.map(Double.init), expected.values, absolute: tolerance * max(greatest, 1e-2),
          "\(fixture.name), \(part):")
      }
    }
  }

  private func zip3<A, B, C>(_ a: [A], _ b: [B], _ c: [C]) -> [(A, B, C)] {
    zip(a, zip(b, c)).map { ($0, $1.0, $1.1) }
  }

  @Test(arguments: KernelLevel.available)
  func activationsAgree(level: KernelLevel) throws {
    try compare("activation", at: level) { $1[0].activated(by: try $0.activation()) }
  }

  @Test(arguments: KernelLevel.available)
  func affineMapsAgree(level: KernelLevel) throws {
    try compare("affine", at: level) { fixture, inputs in
      let segments =
        if let shared = try? fixture.numbers("shared") {
          Segments.all(rowCount: inputs[0].shape[0], count: shared[0])
        } else {
          Segments(counts: try fixture.numbers("counts"))
        }
      let maps = segments.output.count
      return inputs[0].affine(
        segments: segments, weights: Array(inputs[1...maps]),
        biases: Array(inputs[(1 + maps)...]), activation: try fixture.activation())
    }
  }

  @Test(arguments: KernelLevel.available)
  func arithmeticAgrees(level: KernelLevel) throws {
    try compare("arithmetic", at: level) { fixture, inputs in
      switch fixture.name {
      case "sum": inputs[0] + inputs[1]
      case "product": inputs[0] * inputs[1]
      case "scaled": inputs[0].scaled(by: -0.7)
      default: inputs[0].weightedSum(fixture.constants[0].tensor)
      }
    }
  }

  @Test(arguments: KernelLevel.available)
  func columnsAgree(level: KernelLevel) throws {
    try compare("columns", at: level) { fixture, inputs in
      guard let range = try? fixture.numbers("range") else { return concatenated(inputs) }
      return inputs[0].columns(range[0]..<range[1])
    }
  }

  @Test(arguments: KernelLevel.available)
  func rowsAgree(level: KernelLevel) throws {
    try compare("rows", at: level) { fixture, inputs in
      switch fixture.name {
      case "rows": inputs[0].rows(try fixture.indices("indices"))
      case "spread":
        inputs[0].spread(
          to: try fixture.indices("indices"), rowCount: try fixture.numbers("rowCount")[0])
      case "slices": inputs[0].slices(try fixture.indices("indices"))
      default: stackedRows(inputs)
      }
    }
  }

  @Test(arguments: KernelLevel.available)
  func softmaxesAgree(level: KernelLevel) throws {
    try compare("softmax", at: level) { fixture, inputs in
      if fixture.name.hasPrefix("log-softmax") { return inputs[0].logSoftmaxOverMiddleAxis() }
      let kept = try? fixture.numbers("kept").map { UInt8($0) }
      return inputs[0].softmax(keeping: kept)
    }
  }

  @Test(arguments: KernelLevel.available)
  func crossEntropyAgrees(level: KernelLevel) throws {
    try compare("cross-entropy", at: level) {
      $1[0].sigmoidCrossEntropy(labels: $0.constants[0].tensor, weights: $0.constants[1].tensor)
    }
  }

  @Test(arguments: KernelLevel.available)
  func batchNormalizationAgrees(level: KernelLevel) throws {
    try compare("batch-normalization", at: level, tolerance: 1e-5) { fixture, inputs in
      let segments = Segments(counts: try fixture.numbers("counts")).output
      let scales = Array(inputs[1...segments.count])
      let shifts = Array(inputs[(1 + segments.count)...])
      if try fixture.numbers("training") == [1] {
        return inputs[0].batchNormalized(
          segments: segments, scales: scales, shifts: shifts, epsilon: 1e-3
        ).output
      }
      return inputs[0].normalized(
        segments: segments, means: fixture.constants[0].tensor,
        variances: fixture.constants[1].tensor, scales: scales, shifts: shifts, epsilon: 1e-3)
    }
  }

  @Test(arguments: KernelLevel.available)
  func embeddingsAgree(level: KernelLevel) throws {
    try compare("embedding", at: level) { fixture, inputs in
      let ids = try fixture.indices("ids")
      guard let offsets = try? fixture.indices("offsets") else {
        return inputs[0].embedded(
          ids: ids, fieldCount: try fixture.numbers("fieldCount")[0],
          beside: Array(inputs.dropFirst()))
      }
      return inputs[0].pooled(
        ids: ids, offsets: offsets, mean: try fixture.numbers("mean") == [1])
    }
  }

  @Test func sparseProductsAgree() throws {
    try compare("sparse-product", at: .portable) { fixture, inputs in
      let columns = try fixture.numbers("columns")
      let offsets = try fixture.numbers("offsets")
      var x = SparseRows(columnCount: inputs[0].shape[0])
      for row in offsets.indices.dropLast() {
        for k in offsets[row]..<offsets[row + 1] {
          x.append(fixture.constants[0].tensor.values[k], column: columns[k])
        }
        x.endRow()
      }
      return x.multiplied(by: inputs[0])
    }
  }

  @Test func wavesAgree() throws {
    try compare("waves", at: .portable) { $1[0].waves(of: $0.constants[0].tensor) }
  }

  @Test(arguments: KernelLevel.available)
  func mixturesAgree(level: KernelLevel) throws {
    try compare("mixture", at: level) {
      $1[0].mixed(by: $1[1], positions: try $0.indices("slots"))
    }
  }

  @Test(arguments: KernelLevel.available)
  func authorsOperationsAgree(level: KernelLevel) throws {
    try compare("author-operations", at: level) { fixture, inputs in
      let operation = try #require(authorOperations[fixture.name], "\(fixture.name)")
      return operation(inputs)
    }
  }
}
