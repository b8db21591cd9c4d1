import Ranking
import TensorCore

/// Arrays of numbers as NumPy files (`.npy`, version 1.0).
///
///     \x93NUMPY 1 0 <length of the header, 2 bytes> <header> <numbers>
///
/// The header is a Python dictionary with type, order and shape, padded with blanks so that the
/// numbers begin at a multiple of 64 bytes; they are 32-bit or 64-bit floats in little-endian order,
/// row-major.
public enum NumPyFile {
  /// Writes a tensor as 32-bit floats, in full or not at all.
  ///
  /// - Throws: ``FileError`` that names the file and the cause.
  public static func write(_ tensor: Tensor, to path: String) throws {
    let numbers = tensor.values.map { $0.bitPattern.littleEndian }
    try write(numbers, type: "<f4", shape: tensor.shape, to: path)
  }

  /// Writes numbers as 64-bit floats, in full or not at all.
  ///
  /// - Throws: ``FileError`` that names the file and the cause.
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

  /// Returns all bytes in front of the numbers.
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
