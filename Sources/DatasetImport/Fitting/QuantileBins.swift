import Tabular

/// Bins that have about as many train rows each.
///
/// With x_0 <= x_1 <= ... the n numbers of the train rows, the edges of q bins are x_⌊i·n/q⌋ for i from
/// 1 to q - 1; equal edges count once, and one equal to x_0 not at all. A number is in the bin whose
/// index, from 0, is the number of edges at or below it.
struct QuantileBins {
  /// The edges, rising.
  let edges: [Double]

  /// By number of a text, the number that it spells; nil if it spells none.
  private let numbers: [Double?]

  /// - Parameters:
  ///   - count: How many bins there may be.
  ///   - table: The different texts of all rows.
  ///   - counts: By number of a text, the train rows that have it; texts at the end may be left out.
  init(_ count: Int, table: KeyTable, counts: [Int]) {
    let numbers = (0..<table.count).map { number -> Double? in
      table.withKey(number) { NumberText.parse($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
    self.numbers = numbers
    let present = counts.indices.compactMap { index in
      counts[index] > 0 ? numbers[index].map { (value: $0, count: counts[index]) } : nil
    }.sorted { $0.value < $1.value }
    let total = present.reduce(0) { $0 + $1.count }
    var edges: [Double] = []
    var (position, rowsBefore) = (0, 0)
    for bin in 1..<count where total > 0 {
      let rank = total * bin / count
      while rowsBefore + present[position].count <= rank {
        rowsBefore += present[position].count
        position += 1
      }
      let edge = present[position].value
      if edge > edges.last ?? present[0].value { edges.append(edge) }
    }
    self.edges = edges
  }

  /// The bins in words, from the lowest.
  var names: [String] {
    let texts = ["-inf"] + edges.map { NumberText.format($0) } + ["inf"]
    return zip(texts, texts.dropFirst()).enumerated().map { index, edges in
      "\(index == 0 ? "(" : "[")\(edges.0), \(edges.1))"
    }
  }

  /// Returns the bin of a text, given by its number; nil if it spells no number.
  func bin(of number: Int) -> Int? {
    numbers[number].map { value in
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if edges[middle] <= value { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }
}
