/// A number of floating-point operations.
///
/// - A matrix product `[m, k] · [k, n]` counts 2 m n k: a multiplication and an addition per term.
///   So does every other sum of products, such as a mixture of experts.
/// - Everywhere else, each addition, multiplication, division, comparison and function of one number
///   (an exponential, a sigmoid) in the formula of an operation counts as one, per element. Changes of
///   sign count as none.
/// - The derivative of an operation counts as many as the operation, for each input that needs a
///   gradient, unless it is simpler (that of a sum only passes numbers on).
///
/// Not counted are operations that only move numbers, such as lookups, concatenation and broadcasting;
/// comparisons that select, such as the search for the greatest columns; random numbers; sums of the
/// gradients of a value that several operations read; and the optimizer.
public struct OperationCount: Sendable, Equatable {
  /// The operations of matrix products.
  public var products: Int
  /// All others.
  public var others: Int

  /// Creates a number of operations.
  public init(products: Int = 0, others: Int = 0) {
    self.products = products
    self.others = others
  }

  /// All operations.
  public var total: Int { products + others }

  /// Adds both parts.
  public static func += (a: inout OperationCount, b: OperationCount) {
    a.products += b.products
    a.others += b.others
  }
}

/// The floating-point operations of one recorded operation.
public struct OperationCost: Sendable {
  let forward: OperationCount
  let backward: OperationCount

  /// Creates a cost from the operations of the forward and of the backward pass.
  public init(forward: OperationCount, backward: OperationCount) {
    self.forward = forward
    self.backward = backward
  }

  /// The cost of moving numbers.
  public static let none = OperationCost(forward: OperationCount(), backward: OperationCount())

  /// Returns a cost in operations outside matrix products.
  static func others(forward: Int, backward: Int) -> OperationCost {
    OperationCost(
      forward: OperationCount(others: forward), backward: OperationCount(others: backward))
  }

  /// Returns the cost of an operation whose derivative costs as much for each input that needs a
  /// gradient.
  public static func others(_ count: Int, of inputs: [Variable]) -> OperationCost {
    others(forward: count, backward: count * inputs.count(where: \.needsGradient))
  }
}
