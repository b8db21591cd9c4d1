import MessagePassing

extension Variable {
  /// Returns the sum over all ranks of the elements, which are partial sums over rows of a batch.
  ///
  /// - x, result: the same shape; summed in `Double`, in rank order.
  /// - Backward: dx = dy: whatever follows is computed alike on all ranks, and the gradients of
  ///   parameters below are summed over ranks afterward.
  package func summed(over ranks: RankGroup?) -> Variable {
    guard let ranks, ranks.count > 1 else { return self }
    let sums = ranks.sum(value.values.map(Double.init))
    let rest = zip(sums, value.values).map { $0 - Double($1) }
    return record(
      Tensor(sums.map(Float.init), shape: shape), from: [self], cost: OperationCost.none,
      naive: { NaiveTensor(zip($0[0].values, rest).map { $0 + $1 }, shape: $0[0].shape) },
      backward: { self.accumulate($0) })
  }
}
