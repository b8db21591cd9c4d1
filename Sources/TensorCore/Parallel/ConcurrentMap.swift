import TensorCore

/// Returns the results of `transform` in the order of `items`, computed on several threads.
package func concurrentMap<Item, Result>(_ items: [Item], _ transform: (Item) -> Result)
  -> [Result]
{
  [Result](unsafeUninitializedCapacity: items.count) { buffer, count in
    let start = buffer.baseAddress
    parallelFor(items.count, blockSize: 1) { block in
      for index in block { (start?.advanced(by: index))?.initialize(to: transform(items[index])) }
    }
    count = items.count
  }
}
