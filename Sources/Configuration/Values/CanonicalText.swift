import Foundation

/// Text in Unicode normalization form C: an accent is part of its letter if there is such a letter,
/// so that texts that look the same have the same bytes.
///
/// Cells, column names and the texts of a schema are all read in this form.
package enum CanonicalText {
  /// Returns the text in normalization form C.
  package static func composed(_ text: String) -> String {
    var text = text
    let isComposed = text.withUTF8 { isSurelyComposed($0) }
    return isComposed ? text : text.precomposedStringWithCanonicalMapping
  }

  /// Returns whether the first bytes of each character show that a text is already in form C; false
  /// if this takes a closer look.
  ///
  /// It is true for ASCII, Latin, Cyrillic, Han, kana, Hangul syllables and emoji, unless they
  /// include combining marks or compatibility characters. The text must be UTF-8.
  package static func isSurelyComposed(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var index = 0
    while index < text.count {
      let lead = text[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      let second = index + 1 < text.count ? text[index + 1] : 0
      let third = index + 2 < text.count ? text[index + 2] : 0
      switch lead {
      case 0xc2...0xcb, 0xcf...0xd1, 0xd3...0xd5: break
      case 0xce where second != 0x87: break
      case 0xd2 where !(0x83...0x87).contains(second): break
      case 0xd7 where second >= 0x90: break
      case 0xd8 where second >= 0xa0: break
      case 0xd9 where second <= 0x8a || (0xa0...0xaf).contains(second) || second >= 0xb1: break
      case 0xda: break
      case 0xdb where second <= 0x95: break
      case 0xe2 where second == 0x80 && third >= 0x82: break
      case 0xe2 where second == 0x81 || second == 0x82: break
      case 0xe2 where (0x85...0x8b).contains(second) || (0x8d...0xaa).contains(second): break
      case 0xe3 where second == 0x80 && !(0xaa...0xaf).contains(third): break
      case 0xe3 where second == 0x82 && third != 0x99 && third != 0x9a: break
      case 0xe3 where second == 0x81 || second >= 0x83: break
      case 0xe4...0xe9, 0xeb, 0xec: break
      case 0xea where second >= 0xb0: break
      case 0xed where second <= 0x9d: break
      case 0xef where second >= 0xbc || (second == 0xb8 && third == 0x8f): break
      case 0xf0 where second == 0x9f || (0xa0...0xae).contains(second): break
      default: return false
      }
      index += lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
    }
    return true
  }
}
