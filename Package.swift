// swift-tools-version: 6.0
import PackageDescription

let yams = Package.Dependency.package(url: "https://github.com/jpsim/Yams", from: "6.2.2")

let package = Package(
  name: "aesm2-framework",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "aesm2", targets: ["Tool"]),
    .library(name: "RankingFramework", targets: ["RankingFramework"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    yams,
  ],
  targets: [
    // MARK: System libraries and C kernels
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CISAL"),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "CKernelDispatch", exclude: ["README.md"]),
    .target(name: "CNumerics", dependencies: ["CKernelDispatch"], exclude: ["README.md"]),
    .target(name: "CText", dependencies: ["CKernelDispatch"], exclude: ["README.md"]),
    .target(name: "CMessagePassing", exclude: ["README.md"]),
    .target(name: "CMappings", exclude: ["README.md"]),
    .target(name: "CMemoryLimit", exclude: ["README.md"]),

    // MARK: Core
    .target(name: "MessagePassing", dependencies: ["CMessagePassing"], exclude: ["README.md"]),
    .target(name: "Configuration", dependencies: ["CText", "Yams"], exclude: ["README.md"]),
    .target(
      name: "TensorCore",
      dependencies: ["MessagePassing", "COpenBLAS", "CLAPACKE", "CNumerics", "CKernelDispatch"],
      exclude: ["README.md"]),
    .target(name: "Layers", dependencies: ["TensorCore"], exclude: ["README.md"]),
    .target(
      name: "Ranking", dependencies: ["Configuration", "Layers", "TensorCore", "MessagePassing"],
      exclude: ["README.md"]),

    // MARK: Models
    .target(
      name: "AESM2", dependencies: ["Ranking", "Layers", "TensorCore", "Configuration"],
      exclude: ["README.md"]),
    .target(
      name: "Baselines", dependencies: ["Ranking", "Layers", "TensorCore", "Configuration"],
      path: "baselines",
      exclude: ["README.md"]),

    // MARK: Data
    .target(
      name: "Tabular", dependencies: ["Configuration", "CText", "CISAL", "CZlib"],
      exclude: ["README.md"]),
    .target(
      name: "Datasets", dependencies: ["Ranking", "TensorCore", "Configuration", "CMappings"],
      exclude: ["README.md"]),
    .target(
      name: "DatasetImport",
      dependencies: [
        "Datasets", "Tabular", "Ranking", "TensorCore", "Configuration", "CNumerics", "CText",
        "Yams",
      ], exclude: ["README.md"]),
    .target(
      name: "SyntheticData", dependencies: ["Datasets", "Ranking", "TensorCore", "Configuration"],
      exclude: ["README.md"]),

    // MARK: Training and experiments
    .target(
      name: "Training",
      dependencies: [
        "Ranking", "Layers", "TensorCore", "MessagePassing", "Configuration", "CNumerics",
      ],
      exclude: ["README.md"]),
    .target(
      name: "Experiments",
      dependencies: [
        "Training", "Datasets", "DatasetImport", "SyntheticData", "Ranking", "TensorCore",
        "MessagePassing", "Configuration",
      ], exclude: ["README.md"]),
    .target(
      name: "Reporting",
      dependencies: ["Experiments", "Training", "Ranking", "Configuration"],
      exclude: ["README.md"]),
    .target(
      name: "RunExports",
      dependencies: [
        "Experiments", "Training", "Datasets", "Ranking", "TensorCore", "Configuration", "CSQLite",
      ], exclude: ["README.md"]),

    // MARK: Tool
    .target(
      name: "RankingTool",
      dependencies: [
        "RunExports", "Reporting", "Experiments", "Training", "SyntheticData", "DatasetImport",
        "Datasets", "Tabular", "AESM2", "Baselines", "Ranking", "TensorCore", "MessagePassing",
        "Configuration", "CMemoryLimit",
        "CMappings", "CKernelDispatch",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["README.md"]),
    .executableTarget(name: "Tool", dependencies: ["RankingTool"]),

    // MARK: Library
    .target(
      name: "RankingFramework", dependencies: ["RankingTool"], exclude: ["README.md"]),

    // MARK: Tests
    .target(
      name: "TestModels", dependencies: ["Ranking", "Layers", "TensorCore", "Configuration"],
      path: "Tests/TestKit/Models"),
    .target(
      name: "TestKit",
      dependencies: ["TestModels", "Ranking", "Layers", "TensorCore", "MessagePassing"],
      path: "Tests/TestKit", exclude: ["Models", "Experiments"]),
    .target(
      name: "ExperimentsTestKit",
      dependencies: ["TestKit", "Experiments", "Training", "Ranking", "TensorCore"],
      path: "Tests/TestKit/Experiments"),
    .executableTarget(
      name: "PhasedTool", dependencies: ["RankingTool", "TestModels"], path: "Tests/PhasedTool"),
    .testTarget(name: "TestKitTests", dependencies: ["TestKit", "Ranking", "TensorCore"]),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["TensorCore", "MessagePassing", "TestKit"]),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "TestKit"]),
    .testTarget(name: "RankingTests", dependencies: ["Ranking", "TestKit"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "TestKit", "TestModels"]),
    .testTarget(
      name: "ModelConformanceTests",
      dependencies: ["AESM2", "Baselines", "Training", "TestKit", "TestModels"]),
    .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "TestKit"]),
    .testTarget(
      name: "TabularTests",
      dependencies: ["Tabular", "TensorCore", "CText", "CKernelDispatch", "CZlib", "TestKit"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestKit"]),
    .testTarget(
      name: "DatasetImportTests", dependencies: ["DatasetImport", "CKernelDispatch", "TestKit"]),
    .testTarget(name: "SyntheticDataTests", dependencies: ["SyntheticData", "TestKit"]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: [
        "Reporting", "Experiments", "AESM2", "Baselines", "TestKit", "ExperimentsTestKit",
      ]),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["Reporting", "Experiments", "Training", "TestKit", "ExperimentsTestKit"]),
    .testTarget(
      name: "RunExportsTests",
      dependencies: [
        "RunExports", "Reporting", "Experiments", "Training", "Datasets", "CSQLite", "TestKit",
        "ExperimentsTestKit",
      ]),
    .testTarget(
      name: "ToolTests",
      dependencies: [
        "RunExports", "Reporting", "Experiments", "Datasets", "Training", "AESM2", "Baselines",
        "TestKit",
      ]),
    .executableTarget(
      name: "Chaos",
      dependencies: [
        "Reporting", "Experiments", "Configuration",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Chaos"),
    .executableTarget(
      name: "SearchBenchmark",
      dependencies: [
        "ExperimentsTestKit", "Experiments", "Training", "SyntheticData", "Datasets", "Baselines",
        "Ranking", "TensorCore", "Configuration",
      ], path: "Tests/SearchBenchmark"),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "RunExports", "Experiments", "Reporting", "Training", "Datasets", "DatasetImport",
        "SyntheticData",
        "Tabular",
        "Configuration", "AESM2", "Baselines", "Ranking", "TensorCore",
        "CZlib", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Fuzz"),
  ]
)

// Only the code of these tests computes with arrays; that of the others is compiled without optimization.
let optimizedTests: Set = ["TensorCoreTests", "TrainingTests", "ModelConformanceTests"]
for target in package.targets where target.type == .test && !optimizedTests.contains(target.name) {
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-Onone"])]
}

// AESM2_PACKAGE names test targets, separated by commas: only these and what they need are compiled. It is
// `tests` for all of them, without the programs that no test starts.
let roots = Context.environment["AESM2_PACKAGE"] ?? ""
if roots == "tests" {
  package.targets.removeAll { ["Chaos", "Fuzz", "SearchBenchmark"].contains($0.name) }
} else if !roots.isEmpty {
  var needed = Set(roots.split(separator: ",").map(String.init))
  var found = needed
  while !found.isEmpty {
    found = Set(
      package.targets.filter { found.contains($0.name) }.flatMap(\.dependencies).compactMap {
        if case .byNameItem(let name, _) = $0, !needed.contains(name) { name } else { nil }
      })
    needed.formUnion(found)
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products =
    needed.contains("Tool") ? [.executable(name: "aesm2", targets: ["Tool"])] : []
  if !needed.contains("RankingTool") { package.dependencies = [yams] }
}
