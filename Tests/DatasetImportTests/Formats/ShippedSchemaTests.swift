import Configuration
import DatasetImport
import Datasets
import Foundation
import TestKit
import Testing

/// The caches that the shipped schemas make of small made-up files must keep every byte, since run ids
/// of published tables follow from them.
@Suite struct ShippedSchemaTests {
  /// Recorded before schemas could say more than these do.
  static let digests = [
    "ali-ccp": "ac7b2e1bb13d8a8f1287a14c3a9382fe3f7942f2f2ab6622274c6e2b88f5dcf2",
    "aliexpress-mtreclib": "c9513a22efa3db31ecf9549eb4705296dbb0448ee49e10d5dab053a3e59bb90a",
    "aliexpress-raw": "e91005fabc28e66f090c524ab4203cf895fc802a912af63894ddf682241d4d5a",
    "census-income": "dd2e3f8bd7d49cfaa17bc89a46a881d3271e2df02068f742bfce72e83ac23435",
    "kuairand-pure": "9914604de57b4552afa2db96e7234c85ec5657cc504706ce7444c7452b88443d",
    "kuairand-pure-roles": "9914604de57b4552afa2db96e7234c85ec5657cc504706ce7444c7452b88443d",
    "us-flights": "ba278a27718f160208331827cd1364baf61082c35722e3e6b514cc0f3fe5cce0",
  ]

  /// What run ids are computed from: the same caches in the present format.
  static let fingerprints = [
    "ali-ccp": "ae8b515c1ae60645b109aa08c18bd33d75d356e6de3fcea7eedfe95463a6f4cc",
    "aliexpress-mtreclib": "99eb6cda6c1a4a7e6bbb3671a302ccd2bd33834c66722eed358cd23a565ec82a",
    "aliexpress-raw": "2f8c9a718698c64da4f5ea761a64f919f8b5580ab6ffaa2d08e3491d403e902d",
    "census-income": "75e50049ec784dccb0ac0563b7724499de14121d8945d87ae6e9bfeb7f57700b",
    "kuairand-pure": "782aa4ed9e48a35591ae52c18aca40fedbe8842b1d200448575a936fc9d3b7c7",
    "kuairand-pure-roles": "2c62068794547e4e165ef84501cee9530e55018210cccb65cd86157767fa1a46",
    "us-flights": "d53ba91e21e99b2f5e79fdb06cdd2e0a2c997bb788e876858c930d68ba3dbf9e",
  ]

  @Test(arguments: digests.keys.sorted()) func cacheKeepsEveryByteAndItsFingerprint(name: String)
    throws
  {
    let folder = try TemporaryFolder()
    let schema = try DatasetSchema.load(yaml: DataFolder.schema(name))
    try ImitatedFiles(schema: schema).write(to: folder, under: "data")
    let dataset = try DatasetImporter(schema: schema, root: folder["data"])
      .run(into: folder["cache"])
    var hash = SHA256()
    for split in SplitName.allCases {
      let path = folder["cache/\(split.rawValue)"].path
      for file in try FileManager.default.contentsOfDirectory(atPath: path).sorted() {
        hash.update(Array("\(split.rawValue)/\(file)\n".utf8))
        hash.update(Array(try Data(contentsOf: folder["cache/\(split.rawValue)/\(file)"])))
      }
    }
    hash.update(Array(try Data(contentsOf: folder["cache/vocabularies.json"])))
    #expect(dataset.counts(of: .train).rowCount > 0)
    #expect(hash.finish() == Self.digests[name])
    #expect(dataset.fingerprint == Self.fingerprints[name])
  }

  @Test func everyShippedSchemaIsPinned() throws {
    let folder = DataFolder.packageRoot.appending(path: "experiments/schemas")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let names = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    #expect(names.sorted() == Self.digests.keys.sorted())
  }
}

extension SHA256 {
  fileprivate mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
}
