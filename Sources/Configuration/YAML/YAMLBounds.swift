import Yams

/// Refuses YAML that a few lines of aliases unfold to more than anyone writes, or that nests too deep.
///
/// - Throws: ``ConfigurationError`` that begins with `file`.
package func checkBounds(of root: Node, file: String) throws {
  let (nodeLimit, depthLimit) = (100_000, 100)
  var count = 0
  func visit(_ node: Node, depth: Int) throws {
    count += 1
    guard count <= nodeLimit else {
      throw ConfigurationError("\(file): with its aliases written out it has over 100,000 values")
    }
    guard depth <= depthLimit else {
      throw ConfigurationError("\(file): it is nested deeper than \(depthLimit) levels")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        try visit(key, depth: depth + 1)
        try visit(value, depth: depth + 1)
      }
    case .sequence(let sequence):
      for element in sequence { try visit(element, depth: depth + 1) }
    case .scalar, .alias: break
    }
  }
  try visit(root, depth: 0)
}
