// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "OwnBaseline",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "aesm2-framework", path: "../..")],
  targets: [
    .executableTarget(
      name: "OwnBaseline",
      dependencies: [.product(name: "RankingFramework", package: "aesm2-framework")])
  ]
)
