import CText
import Datasets
import Ranking
import TensorCore

/// Hashes of the features of rows: equal features have equal hashes.
enum RowHashes {
  /// Returns the hash of every row of a block.
  static func hashes(of block: RowBlock, _ problem: Problem, hashedNumericals: Int) -> [UInt64] {
    var hashes = block.leaves.map { UInt64(bitPattern: Int64($0)) }
    func add<Word: BitwiseCopyable>(_ cells: [Word], width: Int, stride: Int) {
      guard width > 0 else { return }
      cells.withUnsafeBytes { bytes in
        ck_row_hashes(
          bytes.bindMemory(to: UInt32.self).baseAddress, width, stride, hashes.count, &hashes)
      }
    }
    add(block.ids, width: problem.fields.count, stride: problem.fields.count)
    add(block.numericals, width: hashedNumericals, stride: problem.numericals.count)
    for bag in block.bags {
      for row in hashes.indices {
        let ids = bag.ids[Int(bag.offsets[row])..<Int(bag.offsets[row + 1])]
        hashes[row] = RandomStream.mix(hashes[row] &+ UInt64(ids.count) &+ 1)
        for id in ids {
          hashes[row] = RandomStream.mix(hashes[row] &+ 0x9e37_79b9_7f4a_7c15 &+ UInt64(id))
        }
      }
    }
    return hashes
  }
}
