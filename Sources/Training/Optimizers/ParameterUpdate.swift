import TensorCore

/// One step of a parameter and its state, in blocks on several threads.
struct ParameterUpdate {
  let value: Tensor
  let state: [Tensor]
  let rule: any UpdateRule
  let step: UpdateStep

  private static let elementsPerBlock = 16384

  private var columns: Int { value.columnCount }
  private var rowsPerBlock: Int { max(1, Self.elementsPerBlock / max(1, columns)) }

  /// Updates all elements by a gradient of the parameter's shape.
  func apply(_ gradient: Tensor) {
    parallelFor(value.count, blockSize: Self.elementsPerBlock) { block in
      apply(gradient.pointer + block.lowerBound, to: block)
    }
  }

  /// Updates some elements by their gradient.
  func applyInBlocks(_ gradient: UnsafePointer<Float>, to elements: Range<Int>) {
    parallelFor(elements.count, blockSize: Self.elementsPerBlock) { block in
      let start = elements.lowerBound + block.lowerBound
      apply(gradient + block.lowerBound, to: start..<start + block.count)
    }
  }

  /// Updates only the rows that a gradient has.
  func apply(_ gradient: RowGradient) {
    gradient.indices.withUnsafeBufferPointer { indices in
      parallelFor(indices.count, blockSize: rowsPerBlock) { block in
        rule.update(
          UpdateBlock(
            weights: value.pointer, state: state.map(\.pointer),
            gradient: gradient.values.pointer + block.lowerBound * columns,
            indices: indices.baseAddress.map { $0 + block.lowerBound }, rows: block.count,
            columns: columns), in: step)
      }
    }
  }

  /// Updates all rows, with a zero gradient for rows that `gradient` does not have.
  ///
  /// This gives the same bits as a gradient of the parameter's shape, without its memory.
  func applyToAllRows(_ gradient: RowGradient?) {
    let zeros = Tensor(zeros: [rowsPerBlock * columns])
    let indices = gradient?.indices ?? []
    parallelFor(value.rowCount, blockSize: rowsPerBlock) { block in
      var row = block.lowerBound
      var position = indices.firstPosition { $0 >= row }
      while row < block.upperBound {
        let next = position < indices.count ? Int(indices[position]) : block.upperBound
        if let gradient, next == row {
          apply(gradient.values.pointer + position * columns, to: elements(row..<row + 1))
          position += 1
          row += 1
        } else {
          let end = min(next, block.upperBound)
          apply(zeros.pointer, to: elements(row..<end))
          row = end
        }
      }
    }
  }

  private func elements(_ rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * columns..<rows.upperBound * columns
  }

  /// Updates some elements by their gradient, on the calling thread.
  func apply(_ gradient: UnsafePointer<Float>, to elements: Range<Int>) {
    let start = elements.lowerBound
    rule.update(
      UpdateBlock(
        weights: value.pointer + start, state: state.map { $0.pointer + start },
        gradient: gradient, indices: nil, rows: 1, columns: elements.count), in: step)
  }
}

/// The updates of one step that run during its backward pass.
final class UpdatesInPassing: UpdatesDuringBackward {
  private let makeUpdate: (Parameter) -> ParameterUpdate?
  private var updated: Set<ObjectIdentifier> = []

  init(_ makeUpdate: @escaping (Parameter) -> ParameterUpdate?) { self.makeUpdate = makeUpdate }

  func update(of parameter: Parameter) -> BlockUpdate? {
    guard !parameter.isTable, let update = makeUpdate(parameter) else { return nil }
    updated.insert(ObjectIdentifier(parameter))
    return { range, gradient in update.apply(gradient, to: range) }
  }

  /// Does nothing: gradients that wait for the end of the pass are used then.
  func gradientIsFinal(of parameter: Parameter) {}

  /// Returns whether the pass updated the parameter.
  func hasUpdated(_ parameter: Parameter) -> Bool {
    updated.contains(ObjectIdentifier(parameter))
  }
}

extension [Int32] {
  /// Returns the first position from which on `condition` holds; it must not hold before.
  fileprivate func firstPosition(where condition: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(Int(self[middle])) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
