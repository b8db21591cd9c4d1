extension Variable {
  /// Returns the elements, broadcast to a shape.
  ///
  /// - x: a scalar, a row `[columns]` or `[1, columns]`, or a column `[rows, 1]`; result: `shape`,
  ///   whose last dimension is the number of columns and whose other dimensions multiply to the
  ///   number of rows.
  /// - Backward: dx = dy summed over broadcast dimensions, in `Double`, in order.
  /// - Precondition: every dimension of x is 1, missing, or equal to that of `shape`, and the
  ///   dimensions before the last are either all broadcast or not at all.
  public func expanded(to shape: [Int]) -> Variable {
    if shape == self.shape { return self }
    let original = self.shape
    return record(
      value.expanded(to: shape), from: [self],
      cost: .others(forward: 0, backward: shape.reduce(1, *)),
      naive: { inputs in
        let places = NaiveTensor.places(of: shape, in: original)
        return NaiveTensor(places.map { inputs[0].values[$0] }, shape: shape)
      },
      backward: { self.accumulate($0.summed(to: original)) })
  }

  /// Returns both variables in a common shape, with the smaller one broadcast; this is the first
  /// step of `+`, `-`, `*`, `/`, ``maximum(_:_:)`` and similar operations.
  static func inCommonShape(_ a: Variable, _ b: Variable) -> (Variable, Variable) {
    if a.shape == b.shape { return (a, b) }
    let shape = required(
      Expansion.commonShape(a.shape, b.shape),
      "\(a.described) and \(b.described) do not go together: a smaller shape is [], [columns], "
        + "[1, columns] or [rows, 1]")
    return (a.expanded(to: shape), b.expanded(to: shape))
  }
}

/// The broadcast of a smaller tensor to a matrix of `rows` by `columns`.
struct Expansion {
  let rows: Int
  let columns: Int
  let repeatsRows: Bool
  let repeatsColumns: Bool

  /// Creates the expansion, or nil if the shapes are incompatible.
  init?(from shape: [Int], to target: [Int]) {
    guard let padded = Self.padded(shape, rank: target.count) else { return nil }
    columns = target.last ?? 1
    rows = target.dropLast().reduce(1, *)
    let width = padded.last ?? 1
    let isOneRow = padded.dropLast().allSatisfy { $0 == 1 }
    guard width == 1 || width == columns else { return nil }
    guard isOneRow || padded.dropLast() == target.dropLast() else { return nil }
    repeatsRows = padded.dropLast() != target.dropLast()
    repeatsColumns = width != columns
  }

  /// Returns the shape to which two shapes are broadcast, or nil if they are incompatible.
  static func commonShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    guard let first = padded(a, rank: rank), let second = padded(b, rank: rank) else { return nil }
    let shape = zip(first, second).map { $0 == 1 ? $1 : $0 }
    return [a, b].allSatisfy { Expansion(from: $0, to: shape) != nil } ? shape : nil
  }

  private static func padded(_ shape: [Int], rank: Int) -> [Int]? {
    shape.count > rank ? nil : Array(repeating: 1, count: rank - shape.count) + shape
  }
}

extension Tensor {
  /// Returns the elements, broadcast to a shape.
  func expanded(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    let form = required(
      Expansion(from: self.shape, to: shape), "\(self.shape) cannot be repeated to \(shape)")
    let result = Tensor(uninitialized: shape)
    let (width, ownWidth) = (form.columns, form.repeatsColumns ? 1 : form.columns)
    parallelFor(form.rows, blockSize: rowBlock) { block in
      for row in block {
        let source = pointer + (form.repeatsRows ? 0 : row * ownWidth)
        let target = result.pointer + row * width
        if form.repeatsColumns {
          target.update(repeating: source[0], count: width)
        } else {
          target.update(from: source, count: width)
        }
      }
    }
    return result
  }

  /// Returns, for every element of a shape, the sum of the elements to which ``expanded(to:)``
  /// would broadcast it.
  ///
  /// Every sum is accumulated in `Double`, in order.
  func summed(to shape: [Int]) -> Tensor {
    if shape == self.shape { return self }
    let form = required(
      Expansion(from: shape, to: self.shape), "\(self.shape) cannot be summed to \(shape)")
    let result = Tensor(uninitialized: shape)
    let (rows, width) = (form.rows, form.columns)
    switch (form.repeatsRows, form.repeatsColumns) {
    case (false, false): return reshaped(to: shape)
    case (true, true):
      var sum = 0.0
      for i in 0..<count { sum += Double(pointer[i]) }
      result.pointer[0] = Float(sum)
    case (false, true):
      parallelFor(rows, blockSize: rowBlock) { block in
        for row in block {
          var sum = 0.0
          for column in 0..<width { sum += Double(pointer[row * width + column]) }
          result.pointer[row] = Float(sum)
        }
      }
    case (true, false):
      parallelFor(width, blockSize: 64) { columns in
        var sums = [Double](repeating: 0, count: columns.count)
        for row in 0..<rows {
          let source = pointer + row * width + columns.lowerBound
          for column in sums.indices { sums[column] += Double(source[column]) }
        }
        for (column, sum) in zip(columns, sums) { result.pointer[column] = Float(sum) }
      }
    }
    return result
  }
}

extension NaiveTensor {
  /// Returns, for every element of a shape, the index of the element of a smaller shape that is
  /// broadcast to it.
  static func places(of shape: [Int], in smaller: [Int]) -> [Int] {
    (0..<shape.reduce(1, *)).map { place in
      var (rest, source, stride) = (place, 0, 1)
      for (axis, size) in shape.enumerated().reversed() {
        let index = rest % size
        rest /= size
        let own = axis - (shape.count - smaller.count)
        guard own >= 0 else { break }
        if smaller[own] != 1 { source += index * stride }
        stride *= smaller[own]
      }
      return source
    }
  }
}
