import Configuration
import Testing

@Suite struct ConfigurationErrorTests {
  @Test(arguments: [
    ("mmoe", "mmoe"), ("MMOE", "mmoe"), ("aesm", "aesm2"), ("shared-botom", "shared-bottom"),
    ("sharedbottom", "shared-bottom"),
  ])
  func misspellingsFindTheirName(name: String, nearest: String) {
    #expect(nearestName(to: name, among: ["shared-bottom", "mmoe", "ple", "aesm2"]) == nearest)
  }

  @Test(arguments: ["transformer", "xxxxxx", ""])
  func otherWordsFindNothing(name: String) {
    #expect(nearestName(to: name, among: ["shared-bottom", "mmoe", "aesm2"]) == nil)
  }

  @Test func nothingIsNearestAmongNothing() {
    #expect(nearestName(to: "a", among: []) == nil)
  }

  @Test func firstOfEquallyNearNamesWins() {
    #expect(nearestName(to: "cat", among: ["car", "cap"]) == "car")
  }

  @Test func unknownNamesListWhatIsKnown() {
    #expect(
      Diagnostic.unknown("metric", "aux", accepted: ["auc", "gauc"]).description
        == "unknown metric 'aux'; did you mean 'auc'? (known: auc, gauc)")
    #expect(
      Diagnostic.unknown("model", "mmoe", accepted: []).description
        == "unknown model 'mmoe' (none exist)")
  }

  @Test func placesStandInFront() {
    let error = Diagnostic("rate is 2").at("models[0]").at("spec.yaml:7")
    #expect("\(error)" == "spec.yaml:7: models[0]: rate is 2")
  }
}
