/// A figure as a value: numbers from which an image and a table follow.
///
/// An image is a pure function of the value, byte for byte. It is readable in print, on light and
/// dark backgrounds, and with any color vision: rows differ in color, dash and marker.
package protocol Figure: Equatable, Sendable {
  /// The title, at the top of the image.
  var title: String { get }

  /// What is drawn, in one sentence for readers who do not see the image.
  var alternative: String { get }

  /// The drawn numbers at full precision: a line of headings, then one line per mark.
  var data: [[String]] { get }

  /// Returns the image; nil if there is nothing to draw.
  func drawing() -> Drawing?
}

extension Figure {
  /// Returns an empty image; its first pixels, ``Drawing/titleHeight``, are for the title.
  func canvas(width: Double = PlotFrame.imageWidth, height: Double) -> Drawing {
    Drawing(title: title, alternative: alternative, width: width, height: height)
  }
}

/// Returns a number at full precision for the data of a figure; empty for none.
func dataText(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
