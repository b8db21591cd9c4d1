import Foundation
import MessagePassing

/// Runs a function on several ranks, each a thread of this process, and returns their results in
/// rank order.
///
/// - Parameters:
///   - count: The number of ranks.
///   - replicatedRowLimit: See `RankGroup`.
///   - body: What every rank does.
/// - Throws: The error of the first rank that throws; ranks that wait for it then wait forever.
public func withRanks<Result>(
  _ count: Int, replicatedRowLimit: Int = 100_000,
  _ body: @escaping @Sendable (RankGroup) throws -> Result
) throws -> [Result] {
  let post = PostOffice(rankCount: count)
  let results = Results<Result>(count: count)
  for rank in 0..<count {
    let thread = Thread {
      let ranks = RankGroup(
        over: ThreadTransport(rank: rank, post), replicatedRowLimit: replicatedRowLimit,
        timeout: 60)
      results.set(rank, Swift.Result { try body(ranks) })
    }
    thread.stackSize = 16 << 20
    thread.start()
  }
  return try results.all()
}

/// The results of all ranks.
private final class Results<Value>: @unchecked Sendable {
  private let condition = NSCondition()
  private var values: [Result<Value, any Error>?]

  init(count: Int) { values = Array(repeating: nil, count: count) }

  func set(_ rank: Int, _ value: Result<Value, any Error>) {
    condition.lock()
    values[rank] = value
    condition.broadcast()
    condition.unlock()
  }

  func all() throws -> [Value] {
    condition.lock()
    defer { condition.unlock() }
    while true {
      for case .failure(let error)? in values { throw error }
      let found = values.compactMap { try? $0?.get() }
      if found.count == values.count { return found }
      condition.wait()
    }
  }
}

/// The messages between the threads, delivered in the order in which they were sent and asked for.
private final class PostOffice: @unchecked Sendable {
  struct Line: Hashable {
    let from: Int
    let to: Int
    let tag: Int
  }

  let rankCount: Int
  private let lock = NSLock()
  private var arrived: [Line: [[UInt8]]] = [:]
  private var awaited: [Line: [Delivery]] = [:]

  init(rankCount: Int) { self.rankCount = rankCount }

  func send(_ bytes: UnsafeMutableRawBufferPointer, on line: Line) {
    lock.withLock {
      if let next = awaited[line]?.first {
        awaited[line]?.removeFirst()
        next.fill(UnsafeRawBufferPointer(bytes))
      } else {
        arrived[line, default: []].append(Array(bytes))
      }
    }
  }

  func receive(_ delivery: Delivery, on line: Line) {
    lock.withLock {
      if let first = arrived[line]?.first {
        arrived[line]?.removeFirst()
        first.withUnsafeBytes { delivery.fill($0) }
      } else {
        awaited[line, default: []].append(delivery)
      }
    }
  }

  func areDone(_ deliveries: [Delivery]) -> Bool {
    lock.withLock { deliveries.allSatisfy(\.isDone) }
  }
}

/// A place that waits for a message.
private final class Delivery {
  private let target: UnsafeMutableRawBufferPointer
  private(set) var isDone = false

  init(to target: UnsafeMutableRawBufferPointer) { self.target = target }

  func fill(_ bytes: UnsafeRawBufferPointer) {
    precondition(bytes.count == target.count, "\(bytes.count) bytes for \(target.count)")
    target.copyMemory(from: bytes)
    isDone = true
  }
}

private final class ThreadTransport: MessageTransport {
  let rank: Int
  var rankCount: Int { post.rankCount }
  private let post: PostOffice

  init(rank: Int, _ post: PostOffice) {
    self.rank = rank
    self.post = post
  }

  func start(_ messages: [Message]) -> any PendingMessages {
    var deliveries: [Delivery] = []
    for message in messages {
      switch message.peer {
      case .to(let other):
        post.send(message.bytes, on: .init(from: rank, to: other, tag: message.tag))
      case .from(let other):
        let delivery = Delivery(to: message.bytes)
        deliveries.append(delivery)
        post.receive(delivery, on: .init(from: other, to: rank, tag: message.tag))
      }
    }
    return Pending(deliveries, post)
  }

  func failureOfPeer() -> String? { nil }

  func end(because sentence: String) -> Never {
    FileHandle.standardError.write(Data("rank \(rank): \(sentence)\n".utf8))
    while true { sleep(60) }
  }

  private final class Pending: PendingMessages {
    private let deliveries: [Delivery]
    private let post: PostOffice

    init(_ deliveries: [Delivery], _ post: PostOffice) {
      self.deliveries = deliveries
      self.post = post
    }

    func isComplete() -> Bool { post.areDone(deliveries) }
  }
}
