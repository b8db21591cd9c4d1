import Tabular

/// Bins with approximately equal numbers of train rows.
///
/// With x_0 <= x_1 <= ... the n numbers of the train rows, the edges of q bins are x_⌊i·n/q⌋ for i
/// from 1 to q - 1; equal edges count once, and an edge equal to x_0 not at all. The bin index of a
/// number, from 0, is the number of edges at or below it.
struct QuantileBins {
  /// The edges, in increasing order.
  let edges: [Double]

  /// By text number, the number that the text spells; nil if it is not a number.
  private let numbers: [Double?]

  /// - Parameters:
  ///   - count: The maximum number of bins.
  ///   - table: The distinct texts of all rows.
  ///   - counts: By text number, the number of train rows with the text; trailing texts may be
  ///     omitted.
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

  /// The bins in words, in increasing order.
  var names: [String] {
    let texts = ["-inf"] + edges.map { NumberText.format($0) } + ["inf"]
    return zip(texts, texts.dropFirst()).enumerated().map { index, edges in
      "\(index == 0 ? "(" : "[")\(edges.0), \(edges.1))"
    }
  }

  /// Returns the bin of a text, given by its number; nil if the text is not a number.
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
