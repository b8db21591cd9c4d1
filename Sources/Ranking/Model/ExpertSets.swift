import TensorCore

/// The experts of one bank, as a mixture sees them.
public enum ExpertSet: Sendable, Equatable {
  /// Experts that are private to a part: every part has this many.
  case own(Int)
  /// Experts that all rows pass through.
  case shared(Int)

  /// The number of experts that a row passes through.
  public var count: Int {
    switch self {
    case .own(let count), .shared(let count): count
    }
  }
}

extension ScenarioParts {
  /// Returns the segments of a bank in which every part has its own experts, named part by part.
  public func segments(ownExperts count: Int) -> Segments {
    Segments(counts: segments.output.map(\.count), readerCount: count)
  }

  /// Returns where a mixture finds the outputs of the experts of every row, if the outputs of
  /// several banks are stacked: `rows · choices` numbers, the choices in the order of the banks.
  ///
  /// Banks of private experts have run on ``segments(ownExperts:)``, the others on
  /// ``/TensorCore/Segments/all(rowCount:count:)``.
  public func positions(of banks: [ExpertSet]) -> [Int32] {
    let rowCount = segments.outputRowCount
    let choices = banks.reduce(0) { $0 + $1.count }
    var positions = [Int32](repeating: 0, count: rowCount * choices)
    var (choice, start) = (0, 0)
    for bank in banks {
      for range in segments.output {
        for (place, row) in range.enumerated() {
          for expert in 0..<bank.count {
            let position =
              switch bank {
              case .own(let count): range.lowerBound * count + expert * range.count + place
              case .shared: expert * rowCount + row
              }
            positions[row * choices + choice + expert] = Int32(start + position)
          }
        }
      }
      choice += bank.count
      start += bank.count * rowCount
    }
    return positions
  }
}
