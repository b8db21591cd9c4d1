import ArgumentParser

/// The splits that a trained model may be evaluated on.
enum SplitChoice: String, CaseIterable, ExpressibleByArgument {
  case validation, test
}
