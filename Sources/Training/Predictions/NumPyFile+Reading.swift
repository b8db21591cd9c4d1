import Foundation
import Ranking

extension NumPyFile {
  /// Numbers with their shape.
  public struct Contents: Sendable, Equatable {
    /// The size of every dimension.
    public let shape: [Int]
    /// The numbers, row-major.
    public let values: [Double]
  }

  /// Reads an array of 32-bit or 64-bit floats in little-endian, row-major order.
  ///
  /// - Throws: ``TrainingError`` that names the file and what is wrong: unreadable, no NumPy array, of
  ///   another type or order, or of another length than its shape says.
  public static func read(_ path: String) throws -> Contents {
    let bytes = [UInt8](try AtomicFile.read(path))
    func refuse(_ sentence: String) -> TrainingError { TrainingError("'\(path)' \(sentence)") }
    guard bytes.count >= 10, bytes[0] == 0x93, Array(bytes[1..<6]) == Array("NUMPY".utf8) else {
      throw refuse("is no NumPy array file (.npy)")
    }
    let isLong = bytes[6] >= 2 && bytes.count >= 12
    let length = (8..<(isLong ? 12 : 10)).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    let start = (isLong ? 12 : 10) + length
    guard start <= bytes.count else { throw refuse("is cut off within its header") }
    let header = String(decoding: bytes[(isLong ? 12 : 10)..<start], as: UTF8.self)
    let type = value(of: "descr", in: header)?.filter { $0 != "'" }
    guard let width = ["<f4": 4, "<f8": 8][type ?? ""] else {
      throw refuse(
        "holds numbers of the type \(type ?? "unknown"), but must hold little-endian floats, "
          + "<f4 or <f8")
    }
    guard value(of: "fortran_order", in: header) == "False" else {
      throw refuse("is stored column by column; write it row by row (order C)")
    }
    let sizes = shape(in: header)
    let count = sizes?.reduce((1, false)) { product, size in
      let (next, overflows) = product.0.multipliedReportingOverflow(by: size)
      return (next, product.1 || overflows)
    }
    guard let sizes, let count, !count.1, count.0 <= bytes.count,
      count.0 * width == bytes.count - start
    else {
      throw refuse("has \(bytes.count - start) bytes of numbers, which do not fit its header")
    }
    let values = (0..<count.0).map { index -> Double in
      let place = start + index * width
      let bits = (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[place + $1]) }
      return width == 4
        ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))) : Double(bitPattern: bits)
    }
    return Contents(shape: sizes, values: values)
  }

  /// Returns what stands behind a key of the header, up to the next comma.
  private static func value(of key: String, in header: String) -> String? {
    guard let found = header.range(of: "'\(key)':") else { return nil }
    return header[found.upperBound...].prefix { $0 != "," && $0 != "}" }
      .trimmingCharacters(in: .whitespaces)
  }

  private static func shape(in header: String) -> [Int]? {
    guard let key = header.range(of: "'shape':"),
      let open = header[key.upperBound...].firstIndex(of: "("),
      let close = header[open...].firstIndex(of: ")")
    else { return nil }
    let parts = header[header.index(after: open)..<close].split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let sizes = parts.compactMap { Int($0) }
    return sizes.count == parts.count && sizes.allSatisfy { $0 >= 0 } ? sizes : nil
  }
}
