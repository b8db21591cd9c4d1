extension Variable {
  /// Returns the cosines and sines of numbers at given frequencies.
  ///
  /// - frequencies (self) c: `[columns, count]`; x: `[rows, columns]`, a constant; result:
  ///   `[rows, columns · 2 · count]`, for every column of x, first `cos(2π c_k x)` for all k, then
  ///   `sin(2π c_k x)`.
  /// - Backward: `dc_k = Σ_rows 2π x (cos(2π c_k x) dy_sin - sin(2π c_k x) dy_cos)`.
  ///
  /// Source: Gorishniy, Rubachev, Babenko, NeurIPS 2022, equation 5.
  public func waves(of x: Tensor) -> Variable {
    let (columns, count) = (shape[0], shape[1])
    let rows = x.shape[0]
    require(x.shape == [rows, columns], "\(x.shape) does not fit the frequencies \(described)")
    let y = Tensor(uninitialized: [rows, columns * 2 * count])
    let frequencies = value
    parallelFor(rows, blockSize: rowBlock) { block in
      for cell in block.lowerBound * columns..<block.upperBound * columns {
        let own = frequencies.pointer + cell % columns * count
        let turn = 2 * Double.pi * Double(x.pointer[cell])
        for k in 0..<count {
          let angle = turn * Double(own[k])
          y.pointer[cell * 2 * count + k] = Float(angle.cosine)
          y.pointer[cell * 2 * count + count + k] = Float(angle.sine)
        }
      }
    }
    return record(
      y, from: [self], cost: .others(2 * y.count, of: [self]),
      naive: { inputs in
        var result: [Double] = []
        for row in 0..<rows {
          for column in 0..<columns {
            let angles = (0..<count).map { k in
              inputs[0][column, k] * 2 * Double.pi * Double(x.pointer[row * columns + column])
            }
            result += angles.map(\.cosine) + angles.map { (Double.pi / 2 - $0).cosine }
          }
        }
        return NaiveTensor(result, shape: y.shape)
      },
      backward: { dy in
        let gradient = Tensor(uninitialized: [columns, count])
        parallelFor(columns, blockSize: 1) { block in
          for column in block {
            for k in 0..<count {
              var sum = 0.0
              for row in 0..<rows {
                let cell = row * columns + column
                let place = cell * 2 * count + k
                let slope =
                  y.pointer[place] * dy.pointer[place + count]
                  - y.pointer[place + count] * dy.pointer[place]
                sum += Double(x.pointer[cell]) * Double(slope)
              }
              gradient.pointer[column * count + k] = Float(2 * Double.pi * sum)
            }
          }
        }
        self.accumulate(gradient)
      })
  }
}
