/// Changes the elements `range` of a parameter by their final gradient, which it may overwrite.
///
/// Different ranges are changed by several threads at a time.
package typealias BlockUpdate = (_ range: Range<Int>, _ gradient: UnsafeMutablePointer<Float>) ->
  Void

/// Who changes parameters while the backward pass runs.
///
/// A large gradient that is used where it was computed, block by block, never travels to memory and
/// back, and one thread waits for memory while another multiplies.
package protocol UpdatesDuringBackward: AnyObject {
  /// Returns the update of a parameter, or nil where it has to wait for the end of the pass.
  ///
  /// Whoever asks gives every element its gradient, once.
  func update(of parameter: Parameter) -> BlockUpdate?
}
