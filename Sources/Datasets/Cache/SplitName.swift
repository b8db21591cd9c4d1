/// The part of a data set that a row belongs to.
public enum SplitName: String, CaseIterable, Sendable, Codable {
  case train
  case validation
  case test
}
