import TensorCore

/// How much of a batch each of n experts gets, summed over rows.
struct ExpertLoad {
  /// What gates give to the experts, with gradient: `[1, n]`.
  let importance: Variable
  /// How many rows pass through the experts, perhaps with gradient: `[1, n]`.
  let load: Variable
  let rowCount: Int

  init(importance: Variable, load: Variable, rowCount: Int) {
    self.importance = importance
    self.load = load
    self.rowCount = rowCount
  }

  /// Adds up the loads of several passes, and of the ranks among which the batch is divided.
  ///
  /// Losses of a rank count by its share of the rows, so gradients are divided by it here.
  init(adding parts: [ExpertLoad], in context: ForwardContext) {
    let own = parts.reduce(0) { $0 + $1.rowCount }
    let count = Variable(Tensor(scalar: Float(own))).summed(over: context.ranks).value.scalar
    let share = count > 0 ? Float(own) / count : 0
    func total(_ quantity: (ExpertLoad) -> Variable) -> Variable {
      let part = parts.dropFirst().reduce(quantity(parts[0])) { $0 + quantity($1) }
      guard context.ranks != nil else { return part }
      let whole = part.summed(over: context.ranks).detached()
      return share > 0 ? whole + (part - part.detached()).scaled(by: 1 / share) : whole
    }
    self.init(importance: total(\.importance), load: total(\.load), rowCount: Int(count))
  }
}

extension Variable {
  /// Returns the squared coefficient of variation of all elements, (1/n) Σ (x_i - mean)² / (mean² + 1e-10).
  ///
  /// It is zero if all elements are equal. Source: Shazeer et al., ICLR 2017, equations 7 and 11.
  func squaredVariation() -> Variable {
    let mean = mean()
    return (self - mean).squared().mean() / (mean.squared() + 1e-10)
  }
}
