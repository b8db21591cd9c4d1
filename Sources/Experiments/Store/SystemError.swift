import Configuration
import Foundation

/// Returns the error of the last system call in a sentence: what could not be done, and why.
package func systemError(_ sentence: String, number: Int32 = errno) -> ConfigurationError {
  ConfigurationError("\(sentence): \(String(cString: strerror(number)).lowercased())")
}
