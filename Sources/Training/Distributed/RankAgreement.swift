import Configuration
import TensorCore

extension TrainingSession {
  /// Checks that all ranks have the same bits of everything that each of them keeps whole; collective.
  ///
  /// They would not if a model followed the rows of each rank by means other than gradients and
  /// ``/Layers/MovingMoments``, or if ranks were started with different versions of the program.
  ///
  /// - Throws: ``Diagnostic`` that names the first parameter or buffer that differs.
  func checkAgreement() throws {
    guard let ranks = model.store.ranks else { return }
    let tensors = model.store.tensors.filter { $0.shards == nil }
    let sums = ranks.gathered(
      tensors.map { tensor in
        tensor.value.withUnsafeBufferPointer { CRC32C(of: UnsafeRawBufferPointer($0)).value }
      }, for: .control)
    for (rank, other) in sums.enumerated() {
      if let place = tensors.indices.first(where: { other[$0] != sums[0][$0] }) {
        throw Diagnostic(
          "ranks 0 and \(rank) have different values of '\(tensors[place].name)' after "
            + "\(progress.step) steps: the model cannot be trained by several ranks, or they run "
            + "different versions of the program")
      }
    }
  }
}
