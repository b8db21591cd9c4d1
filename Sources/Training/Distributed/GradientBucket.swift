import CNumerics
import MessagePassing
import TensorCore

/// Dense parameters whose gradients are summed over ranks together.
///
/// The gradients lie one after the other, padded to n equal parts, of which rank r sums and updates
/// part r.
final class GradientBucket {
  /// Uses the summed gradient of some elements of a parameter.
  typealias PartUpdate = (
    _ parameter: Parameter, _ elements: Range<Int>, _ gradient: UnsafePointer<Float>
  ) -> Void

  private let parameters: [Parameter]
  private let offsets: [Int]
  private let number: Int
  private let ranks: RankGroup
  private let partSize: Int

  private var added: Set<ObjectIdentifier> = []
  private var packed: Tensor?
  private var received: Tensor?
  private var sum: Tensor?
  private var pending: (any PendingMessages)?

  init(_ parameters: [Parameter], number: Int, ranks: RankGroup) {
    self.parameters = parameters
    self.number = number
    self.ranks = ranks
    var offsets: [Int] = []
    var size = 0
    for parameter in parameters {
      offsets.append(size)
      size += parameter.value.count
    }
    self.offsets = offsets
    // Whole cache lines, so that every part of a message is aligned.
    partSize = ((size + ranks.count - 1) / ranks.count + 15) / 16 * 16
  }

  // MARK: Sums

  /// Packs the gradient of a parameter, zeros if it has none, and clears it.
  func add(_ parameter: Parameter) {
    guard let place = parameters.firstIndex(where: { $0 === parameter }),
      added.insert(ObjectIdentifier(parameter)).inserted
    else { return }
    let target = packedTensor.pointer + offsets[place]
    let count = parameter.value.count
    switch parameter.gradient {
    case .none: target.update(repeating: 0, count: count)
    case .dense(let values): target.update(from: values.pointer, count: count)
    case .rows(let rows):
      let dense = rows.densified(rowCount: parameter.value.rowCount)
      withExtendedLifetime(dense) { target.update(from: dense.pointer, count: count) }
    }
    parameter.clearGradient()
    if added.count == parameters.count { startReducing() }
  }

  /// Packs the parameters that the backward pass has not reached.
  func addMissing() { for parameter in parameters { add(parameter) } }

  /// Advances messages under way.
  func advance() { _ = pending?.isComplete() }

  private var packedTensor: Tensor {
    if let packed { return packed }
    let tensor = Tensor(uninitialized: [ranks.count, partSize])
    let end = (offsets.last ?? 0) + (parameters.last?.value.count ?? 0)
    (tensor.pointer + end).update(repeating: 0, count: tensor.count - end)
    packed = tensor
    return tensor
  }

  private func startReducing() {
    let (packed, received) = (packedTensor, Tensor(uninitialized: [ranks.count, partSize]))
    self.received = received
    pending = ranks.start(
      sends: ranks.others.map { ($0, UnsafeRawBufferPointer(bytes(of: packed, part: $0))) },
      receives: ranks.others.map { ($0, bytes(of: received, part: $0)) }, for: .gradients,
      series: number)
  }

  /// Waits for the other ranks' gradients of this rank's part, and adds them up in rank order.
  func reduce() {
    guard let pending, let packed, let received else { return }
    ranks.wait(pending)
    self.pending = nil
    let own = packed.pointer + ranks.rank * partSize
    func part(_ rank: Int) -> UnsafePointer<Float> {
      rank == ranks.rank ? UnsafePointer(own) : UnsafePointer(received.pointer + rank * partSize)
    }
    let sum = Tensor(uninitialized: [partSize])
    parallelFor(partSize, blockSize: 1 << 14) { block in
      let target = sum.pointer + block.lowerBound
      ck_add(part(0) + block.lowerBound, part(1) + block.lowerBound, target, block.count)
      for rank in 2..<max(2, ranks.count) {
        ck_add(target, part(rank) + block.lowerBound, target, block.count)
      }
    }
    self.sum = sum
    self.received = nil
  }

  /// The squared norm of the summed gradient of this rank's part.
  var squaredNormOfOwnPart: Double {
    sum.map { ck_dot($0.pointer, $0.pointer, $0.count) } ?? 0
  }

  /// Calls `body` for every range of a parameter that lies in this rank's part.
  func forEachOwnPart(_ body: PartUpdate) {
    guard let sum else { return }
    forEachPart(of: ranks.rank) { parameter, elements, start in
      body(parameter, elements, sum.pointer + start)
    }
  }

  private func forEachPart(
    of rank: Int, _ body: (_ parameter: Parameter, _ elements: Range<Int>, _ start: Int) -> Void
  ) {
    let part = rank * partSize..<(rank + 1) * partSize
    for (parameter, offset) in zip(parameters, offsets) {
      let common = part.clamped(to: offset..<offset + parameter.value.count)
      guard !common.isEmpty else { continue }
      body(
        parameter, common.lowerBound - offset..<common.upperBound - offset,
        common.lowerBound - part.lowerBound)
    }
  }

  // MARK: Weights

  /// Begins to send the weights of this rank's part to all others.
  func startSharing() {
    guard let packed else { return }
    sum = nil
    let own = packed.pointer + ranks.rank * partSize
    forEachOwnPartWeights { weights, start, count in
      (own + start).update(from: weights, count: count)
    }
    let bytes = UnsafeRawBufferPointer(bytes(of: packed, part: ranks.rank))
    pending = ranks.start(
      sends: ranks.others.map { ($0, bytes) },
      receives: ranks.others.map { ($0, self.bytes(of: packed, part: $0)) }, for: .weights,
      series: number)
  }

  private func forEachOwnPartWeights(
    _ body: (_ weights: UnsafePointer<Float>, _ start: Int, _ count: Int) -> Void
  ) {
    forEachPart(of: ranks.rank) { parameter, elements, start in
      body(parameter.value.pointer + elements.lowerBound, start, elements.count)
    }
  }

  /// Waits for the weights of the other parts.
  func finishSharing() {
    guard let pending, let packed else { return }
    ranks.wait(pending)
    for rank in ranks.others {
      let part = packed.pointer + rank * partSize
      forEachPart(of: rank) { parameter, elements, start in
        (parameter.value.pointer + elements.lowerBound).update(
          from: part + start, count: elements.count)
      }
    }
    (self.pending, self.packed) = (nil, nil)
    added.removeAll()
  }

  private func bytes(of tensor: Tensor, part: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: tensor.pointer + part * partSize, count: partSize * MemoryLayout<Float>.stride)
  }

  // MARK: State

  /// Brings the state of every rank's part to the leader.
  func gatherState(_ state: (Parameter) -> [Tensor]) {
    func places(of rank: Int) -> [UnsafeMutableBufferPointer<Float>] {
      var places: [UnsafeMutableBufferPointer<Float>] = []
      forEachPart(of: rank) { parameter, elements, _ in
        places += state(parameter).map {
          UnsafeMutableBufferPointer(
            start: $0.pointer + elements.lowerBound, count: elements.count)
        }
      }
      return places
    }
    ranks.wait(
      ranks.start(
        sends: ranks.isLeader
          ? [] : places(of: ranks.rank).map { (0, UnsafeRawBufferPointer($0)) },
        receives: ranks.isLeader
          ? ranks.others.flatMap { rank in
            places(of: rank).map { (rank, UnsafeMutableRawBufferPointer($0)) }
          } : [], for: .checkpoint))
  }
}
