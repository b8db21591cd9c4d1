import CZlib
import Testing

/// A gzip file, and what has to come out of it.
struct InflationCase: CustomTestStringConvertible, Sendable {
  var name: String
  var file: [UInt8]
  var result: Inflated

  var testDescription: String { name }

  private init(_ name: String, _ file: [UInt8], is text: [UInt8]) {
    (self.name, self.file, result) = (name, file, Inflated(bytes: text))
  }

  private init(_ name: String, _ file: [UInt8], is text: [UInt8] = [], damage: String) {
    let sentence = "FILE: is damaged: it cannot be decompressed (\(damage))"
    (self.name, self.file, result) = (name, file, Inflated(bytes: text, sentence: sentence))
  }

  private init(_ name: String, _ file: [UInt8], is text: [UInt8], strayAfter byte: Int) {
    let sentence =
      "FILE: is damaged: after byte \(byte) something follows that is no gzip member"
    (self.name, self.file, result) = (name, file, Inflated(bytes: text, sentence: sentence))
  }

  /// Rows of numbers.
  static let rows = Array(
    (0..<30_000).map { "\($0),\($0 &* 2_654_435_761 % 1000).5\n" }.joined().utf8)
  static let few = Array("user,item,click\nu1,i1,0\nu2,i1,1\n".utf8)
  static let noise: [UInt8] = {
    var number: UInt32 = 7
    return (0..<200_000).map { _ in
      number = number &* 1_664_525 &+ 1_013_904_223
      return UInt8(number >> 24)
    }
  }()

  /// Files in which all is right, read to the end.
  static let right: [InflationCase] = deflations + headers + members + trailers

  /// Files in which something is wrong.
  static let wrong: [InflationCase] = {
    var (checksum, length) = (GzipMember(few), GzipMember(few))
    checksum.checksum ^= 1
    length.length += 1
    func damaged(_ deflated: [UInt8]) -> [UInt8] {
      GzipMember(deflated: deflated, of: few).bytes
    }
    func header(_ change: (inout GzipMember.Header) -> Void) -> [UInt8] {
      var member = GzipMember(few)
      change(&member.header)
      return member.bytes
    }
    var headerChecksum = header { $0.hasChecksum = true }
    headerChecksum[10] ^= 1
    return [
      .init("checksum", checksum.bytes, damage: "incorrect data check"),
      .init("length", length.bytes, damage: "incorrect length check"),
      .init(
        "a damaged second member", GzipMember(few).bytes + checksum.bytes,
        damage: "incorrect data check"),
      .init("block type 3", damaged([7, 0, 0]), damage: "invalid block type"),
      .init(
        "length of a stored block", damaged([1, 5, 0, 0, 0]),
        damage: "invalid stored block lengths"),
      .init("distance", damaged([3, 2, 0]), damage: "invalid distance too far back"),
      .init("method", header { $0.method = 7 }, damage: "unknown compression method"),
      .init("reserved flag", header { $0.flags = 0x20 }, damage: "unknown header flags set"),
      .init("checksum of a header", headerChecksum, damage: "header crc mismatch"),
      .init(
        "a member's beginning after the last", GzipMember(few).bytes + [0x1f, 0x8b, 0, 0],
        damage: "unknown compression method"),
    ] + strays
  }()

  private static let deflations: [InflationCase] = [
    .init("fast", GzipMember(rows, level: 1).bytes, is: rows),
    .init("usual", GzipMember(rows).bytes, is: rows),
    .init("small", GzipMember(few).bytes, is: few),
    .init("stored", GzipMember(noise, level: 0).bytes, is: noise),
    .init("noise", GzipMember(noise).bytes, is: noise),
    .init("fixed codes", GzipMember(rows, strategy: Z_FIXED).bytes, is: rows),
    .init("codes alone", GzipMember(rows, strategy: Z_HUFFMAN_ONLY).bytes, is: rows),
    .init("flushed", GzipMember(rows, flush: (Z_SYNC_FLUSH, 777)).bytes, is: rows),
    .init("independent blocks", GzipMember(rows, flush: (Z_FULL_FLUSH, 5000)).bytes, is: rows),
    .init("one long repetition", GzipMember(zeros).bytes, is: zeros),
    .init("farthest distance", GzipMember(far, level: 9).bytes, is: far),
  ]

  private static let zeros = [UInt8](repeating: 0, count: 3_000_000)
  private static let far = Array(noise[..<32_768] + noise[..<32_768] + noise[..<100])

  private static let headers: [InflationCase] = {
    let extra = [3, 1] + [UInt8](repeating: 0, count: 259)
    let (name, comment) = (Array("log.csv\0".utf8), Array("of May\0".utf8))
    let all: [(String, GzipMember.Header)] = [
      ("name", .init(flags: 8, fields: name)), ("comment", .init(flags: 16, fields: comment)),
      ("extra field", .init(flags: 4, fields: extra)), ("text", .init(flags: 1)),
      ("empty extra field and name", .init(flags: 12, fields: [0, 0, 0])),
      ("all fields", .init(flags: 29, fields: extra + name + comment)),
    ]
    let withChecksum = all.map { ($0 + " with checksum", $1.withChecksum) }
    return (all + withChecksum).map { (name, header) in
      var member = GzipMember(rows)
      member.header = header
      return .init(name, member.bytes, is: rows)
    }
  }()

  private static let members: [InflationCase] = {
    let (empty, one) = (GzipMember([]).bytes, GzipMember(few).bytes)
    let blocks = stride(from: 0, to: rows.count, by: 1000).flatMap {
      GzipMember(Array(rows[$0..<min($0 + 1000, rows.count)])).bytes
    }
    return [
      .init("empty", empty, is: []),
      .init("two members", one + GzipMember(rows).bytes, is: few + rows),
      .init("empty members between", empty + one + empty + empty + one + empty, is: few + few),
      .init("many members", blocks, is: rows),
    ]
  }()

  private static let trailers: [InflationCase] = {
    let one = GzipMember(few).bytes
    return [
      .init("a zero after the end", one + [0], is: few),
      .init("zeros after the end", one + [UInt8](repeating: 0, count: 1000), is: few),
      .init("many zeros after the end", one + one + zeros, is: few + few),
    ]
  }()

  private static let strays: [InflationCase] = {
    let one = GzipMember(few).bytes
    var flipped = one
    flipped[0] ^= 4
    let padding = [UInt8](repeating: 0, count: 1000)
    let all: [(String, [UInt8])] = [
      ("words after the end", Array("the end".utf8) + one),
      ("half a beginning after the end", [0x1f]),
      ("nearly a beginning after the end", [0x1f, 0x8a, 8, 0]),
      ("a flipped bit in the beginning of the second member", flipped),
      ("a zero between members", [0] + one),
      ("many zeros between members", zeros + one),
      ("a byte after zeros", padding + [1]),
      ("zeros after a byte", [1] + padding),
    ]
    return all.flatMap { (name, stray) in
      [
        InflationCase(name, one + stray, is: few, strayAfter: one.count),
        InflationCase(
          name + ", late", GzipMember(rows).bytes + one + stray, is: rows + few,
          strayAfter: GzipMember(rows).bytes.count + one.count),
      ]
    }
  }()
}

extension GzipMember.Header {
  fileprivate var withChecksum: Self {
    var header = self
    header.hasChecksum = true
    return header
  }
}
