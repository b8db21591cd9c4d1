import Foundation

/// The ranks that train one model together, as seen by one of them.
///
/// Every operation is collective: all ranks call the same operations in the same order, each from
/// one thread. Sums add the contributions of ranks 0, 1, 2, … in this order, so their bits depend on
/// the number of ranks alone: not on timing, on the message sizes or on the library below.
///
/// A rank that waits longer than the timeout for the others, or learns that one has ended, ends its
/// own process with a sentence.
public final class RankGroup: @unchecked Sendable {
  /// The number of this rank, from 0.
  public let rank: Int

  /// The number of ranks.
  public let count: Int

  /// The largest number of rows with which every rank keeps an embedding table whole; the rows of
  /// larger tables are divided among the ranks.
  public let replicatedRowLimit: Int

  /// Whether this is rank 0, which writes files and messages.
  public var isLeader: Bool { rank == 0 }

  /// The bytes that this rank has sent, by purpose.
  public private(set) var sentBytes: [MessagePurpose: Int] = [:]

  /// The number of exchanges that this rank has started.
  public private(set) var exchangeCount = 0

  /// The seconds that this rank has spent waiting for messages: of wall time, and of the processor
  /// time of the waiting thread.
  public private(set) var waitingSeconds = (wall: 0.0, processor: 0.0)

  private let transport: any MessageTransport
  private let timeout: Double

  /// Creates the group of a transport.
  ///
  /// - Parameters:
  ///   - transport: The carrier of messages.
  ///   - replicatedRowLimit: See ``replicatedRowLimit``; equal on all ranks.
  ///   - timeout: The seconds that a rank waits for the others before it ends.
  public init(
    over transport: any MessageTransport, replicatedRowLimit: Int = 100_000, timeout: Double = 600
  ) {
    self.transport = transport
    rank = transport.rank
    count = transport.rankCount
    self.replicatedRowLimit = replicatedRowLimit
    self.timeout = timeout
  }

  /// The ranks other than this one, in order.
  public var others: [Int] { (0..<count).filter { $0 != rank } }

  /// The part of `0..<total` that belongs to a rank: contiguous, in rank order, as even as possible.
  public func share(of total: Int, rank: Int) -> Range<Int> {
    rank * total / count..<(rank + 1) * total / count
  }

  // MARK: Messages

  /// Starts to exchange bytes with other ranks.
  ///
  /// - Parameters:
  ///   - sends: The bytes for some ranks, which must stay in place.
  ///   - receives: The places for the bytes of some ranks, of the exact sizes.
  ///   - purpose: What the bytes are for.
  ///   - series: Separates exchanges of the same purpose that ranks may start in different orders.
  public func start(
    sends: [(rank: Int, bytes: UnsafeRawBufferPointer)],
    receives: [(rank: Int, bytes: UnsafeMutableRawBufferPointer)], for purpose: MessagePurpose,
    series: Int = 0
  ) -> any PendingMessages {
    let tag = purpose.rawValue + MessagePurpose.allCases.count * series
    var messages: [Message] = []
    func add(_ peer: Message.Peer, _ bytes: UnsafeMutableRawBufferPointer) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(Self.largestMessage)
        messages.append(
          Message(peer: peer, bytes: UnsafeMutableRawBufferPointer(rebasing: piece), tag: tag))
        rest = rest.dropFirst(piece.count)
      }
    }
    for (rank, bytes) in receives { add(.from(rank), bytes) }
    for (rank, bytes) in sends {
      add(.to(rank), UnsafeMutableRawBufferPointer(mutating: bytes))
      sentBytes[purpose, default: 0] += bytes.count
    }
    exchangeCount += 1
    return transport.start(messages)
  }

  /// Longer ones are sent in pieces, since counts of MPI have 32 bits.
  private static let largestMessage = 1 << 30

  /// Waits until messages are complete.
  public func wait(_ pending: any PendingMessages) {
    if pending.isComplete() { return }
    let start = Self.time(CLOCK_MONOTONIC)
    let processorStart = Self.time(CLOCK_THREAD_CPUTIME_ID)
    var checked = start
    var turns = 0
    while !pending.isComplete() {
      turns += 1
      // Ranks that share processors get them: first after a short spin, then for longer.
      if turns > 200 { sched_yield() }
      guard turns % 64 == 0 else { continue }
      let now = Self.time(CLOCK_MONOTONIC)
      if now - start > 0.02 { usleep(100) }
      guard now - checked > 0.1 else { continue }
      checked = now
      if let failure = transport.failureOfPeer() { transport.end(because: failure) }
      if now - start > timeout {
        transport.end(
          because: "no word from the other ranks for \(Int(timeout)) seconds (--rank-timeout)")
      }
    }
    waitingSeconds.wall += Self.time(CLOCK_MONOTONIC) - start
    waitingSeconds.processor += Self.time(CLOCK_THREAD_CPUTIME_ID) - processorStart
  }

  private static func time(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  // MARK: Collective operations

  /// Returns the values of every rank; all ranks give the same number of values.
  public func gathered<Element: BitwiseCopyable>(
    _ values: [Element], for purpose: MessagePurpose
  ) -> [[Element]] {
    gathered(values, counts: Array(repeating: values.count, count: count), for: purpose)
  }

  /// Returns the values of every rank, of known numbers.
  public func gathered<Element: BitwiseCopyable>(
    _ values: [Element], counts: [Int], for purpose: MessagePurpose
  ) -> [[Element]] {
    exchanged(Array(repeating: values, count: count), counts: counts, for: purpose)
  }

  /// Sends the values `parts[r]` to every rank r, and returns the values from every rank.
  ///
  /// - Parameter counts: The numbers of values that the ranks send to this one.
  public func exchanged<Element: BitwiseCopyable>(
    _ parts: [[Element]], counts: [Int], for purpose: MessagePurpose
  ) -> [[Element]] {
    let stride = MemoryLayout<Element>.stride
    let received = counts.map {
      UnsafeMutableRawBufferPointer.allocate(byteCount: $0 * stride, alignment: 16)
    }
    let sent = others.map { rank in
      parts[rank].withUnsafeBytes { bytes in
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes)
        return (rank: rank, bytes: copy)
      }
    }
    defer {
      for bytes in received { bytes.deallocate() }
      for (_, bytes) in sent { bytes.deallocate() }
    }
    wait(
      start(
        sends: sent.map { ($0.rank, UnsafeRawBufferPointer($0.bytes)) },
        receives: others.map { ($0, received[$0]) }, for: purpose))
    return (0..<count).map { source in
      source == rank ? parts[rank] : Array(received[source].bindMemory(to: Element.self))
    }
  }

  /// Sends the values `parts[r]` to every rank r, and returns the values from every rank; receivers
  /// need not know the numbers.
  public func exchanged<Element: BitwiseCopyable>(
    _ parts: [[Element]], for purpose: MessagePurpose
  ) -> [[Element]] {
    let counts = exchanged(
      parts.map { [$0.count] }, counts: Array(repeating: 1, count: count), for: purpose)
    return exchanged(parts, counts: counts.map { $0[0] }, for: purpose)
  }

  /// Returns the sums of all ranks' values, which have the same bits on all ranks.
  public func sum(_ values: [Double], for purpose: MessagePurpose = .control) -> [Double] {
    let all = gathered(values, for: purpose)
    return all.dropFirst().reduce(into: all[0]) { sums, values in
      for (place, value) in values.enumerated() { sums[place] += value }
    }
  }

  /// Returns the leader's bytes; the argument of other ranks does not matter.
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    let parts = isLeader ? bytes : []
    return exchanged(Array(repeating: parts, count: count), for: .control)[0]
  }
}
