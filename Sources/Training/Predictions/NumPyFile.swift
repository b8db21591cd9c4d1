import Configuration
import Foundation
import TensorCore

/// Arrays of numbers as NumPy files (`.npy`, version 1.0).
///
///     \x93NUMPY 1 0 <length of the header, 2 bytes> <header> <numbers>
///
/// The header is a Python dictionary with type, order and shape, padded with spaces so that the
/// numbers begin at a multiple of 64 bytes; they are little-endian 32-bit or 64-bit floats in
/// row-major order.
public enum NumPyFile {
  /// Writes a tensor as 32-bit floats, in full or not at all.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let numbers = tensor.values.map { $0.bitPattern.littleEndian }
    try write(numbers, type: "<f4", shape: tensor.shape, to: path)
  }

  /// Writes numbers as 64-bit floats, in full or not at all.
  ///
  /// - Throws: ``Diagnostic`` that names the file and the cause.
  public static func write(_ values: [Double], shape: [Int], to path: String) throws {
    let numbers = values.map { $0.bitPattern.littleEndian }
    try write(numbers, type: "<f8", shape: shape, to: path)
  }

  private static func write(_ numbers: [some Any], type: String, shape: [Int], to path: String)
    throws
  {
    try AtomicFile.write(path) { append in
      try header(type: type, shape: shape).withUnsafeBytes(append)
      try numbers.withUnsafeBytes(append)
    }
  }

  /// Returns all bytes before the numbers.
  static func header(type: String = "<f4", shape: [Int]) -> [UInt8] {
    let sizes = shape.map { "\($0)," }.joined(separator: " ")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let prefixLength = 10
    let padding = (64 - (prefixLength + text.utf8.count + 1) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)]
      + Array(text.utf8)
  }
}

extension NumPyFile {
  /// The numbers of a file and their shape.
  public struct Contents: Sendable, Equatable {
    /// The size of every dimension.
    public let shape: [Int]
    /// The numbers, row-major.
    public let values: [Double]
  }

  /// Reads an array of 32-bit or 64-bit floats in little-endian, row-major order.
  ///
  /// - Throws: ``Diagnostic`` that names the file and what is wrong: unreadable, not a NumPy array,
  ///   of another type or order, or of a length that does not match its shape.
  public static func read(_ path: String) throws -> Contents {
    let bytes = [UInt8](try AtomicFile.read(path))
    func refuse(_ sentence: String) -> Diagnostic { Diagnostic(sentence).at(path) }
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

  /// Returns the text after a key of the header, up to the next comma.
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
