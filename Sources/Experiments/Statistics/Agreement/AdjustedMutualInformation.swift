import Foundation

/// Returns how well two labelings of the same items agree on which belong together, corrected for chance.
///
/// With n_ij the number of items with label i in the first and j in the second, a_i and b_j their sums over j
/// and i, and N the number of items:
///
///     MI  = Σ_ij n_ij/N ln(N n_ij / (a_i b_j))
///     H_a = -Σ_i a_i/N ln(a_i/N), H_b alike
///     AMI = (MI - E[MI]) / ((H_a + H_b)/2 - E[MI])
///
/// where E[MI] is the mean of MI over all labelings with the same a and b (hypergeometric). It is 1 for the
/// same groups under any names, also if there is one group only or no item, and 0 on average for labels drawn
/// by chance; it may be negative.
///
/// Source: Vinh, Epps and Bailey, JMLR 11, 2010, equations 24a and 8; scikit-learn's
/// `adjusted_mutual_info_score` with the arithmetic mean.
///
/// - Precondition: Both label the same number of items.
public func adjustedMutualInformation(_ first: [Int], _ second: [Int]) -> Double {
  precondition(first.count == second.count, "\(first.count) and \(second.count) labels")
  let table = Contingency(first, second)
  if table.isOneToOne { return 1 }
  let expected = table.expectedInformation
  let entropy = (table.entropy(table.rows) + table.entropy(table.columns)) / 2
  return (table.information - expected) / max(entropy - expected, .ulpOfOne)
}

/// How often pairs of labels occur.
private struct Contingency {
  let count: Int
  /// a, in the order of first occurrence.
  let rows: [Int]
  /// b.
  let columns: [Int]
  private let cells: [(row: Int, column: Int, count: Int)]

  init(_ first: [Int], _ second: [Int]) {
    func numbered(_ labels: [Int]) -> (places: [Int], counts: [Int]) {
      var numbers: [Int: Int] = [:]
      var counts: [Int] = []
      let places = labels.map { label -> Int in
        let place = numbers[label] ?? counts.count
        if place == counts.count {
          numbers[label] = place
          counts.append(0)
        }
        counts[place] += 1
        return place
      }
      return (places, counts)
    }
    let (a, b) = (numbered(first), numbered(second))
    count = first.count
    (rows, columns) = (a.counts, b.counts)
    var pairs = [Int](repeating: 0, count: a.counts.count * b.counts.count)
    for (row, column) in zip(a.places, b.places) { pairs[row * b.counts.count + column] += 1 }
    cells = pairs.enumerated().filter { $1 > 0 }.map {
      ($0 / b.counts.count, $0 % b.counts.count, $1)
    }
  }

  /// Whether the labelings differ in the names of groups only.
  var isOneToOne: Bool { cells.count == rows.count && cells.count == columns.count }

  var information: Double {
    let n = Double(count)
    return cells.reduce(0) { sum, cell in
      let both = Double(cell.count)
      return sum
        + both / n * log(n * both / (Double(rows[cell.row]) * Double(columns[cell.column])))
    }
  }

  func entropy(_ counts: [Int]) -> Double {
    counts.reduce(0) { $0 - Double($1) / Double(count) * log(Double($1) / Double(count)) }
  }

  /// The mean information over all labelings with the same counts.
  var expectedInformation: Double {
    let n = Double(count)
    func factorial(_ value: Int) -> Double { lgamma(Double(value) + 1) }
    var sum = 0.0
    for a in rows {
      for b in columns {
        let fixed =
          factorial(a) + factorial(b) + factorial(count - a) + factorial(count - b)
          - factorial(count)
        for both in max(1, a + b - count)...max(1, min(a, b)) {
          let logProbability =
            fixed - factorial(both) - factorial(a - both) - factorial(b - both)
            - factorial(count - a - b + both)
          sum +=
            Double(both) / n * log(n * Double(both) / (Double(a) * Double(b)))
            * exp(logProbability)
        }
      }
    }
    return sum
  }
}
