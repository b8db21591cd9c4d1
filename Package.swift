// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "aesm2-framework",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "aesm2", targets: ["Tool"]),
    .library(
      name: "RankingFramework",
      targets: [
        "TensorCore", "Layers", "Ranking", "Training", "AESM2", "Baselines", "Datasets",
        "Experiments",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // MARK: System libraries and C kernels
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CISAL"),
    .target(name: "CKernels", exclude: ["README.md"]),
    .target(name: "CMemoryLimit", exclude: ["README.md"]),

    // MARK: Core
    .target(
      name: "TensorCore", dependencies: ["COpenBLAS", "CLAPACKE", "CKernels"],
      exclude: ["README.md"]),
    .target(name: "Layers", dependencies: ["TensorCore"], exclude: ["README.md"]),
    .target(
      name: "Ranking", dependencies: ["Layers", "TensorCore", "CKernels"], exclude: ["README.md"]),

    // MARK: Models
    .target(
      name: "AESM2", dependencies: ["Ranking", "Layers", "TensorCore"], exclude: ["README.md"]),
    .target(
      name: "Baselines", dependencies: ["Ranking", "Layers", "TensorCore"], path: "baselines",
      exclude: ["README.md"]),

    // MARK: Data, training, experiments
    .target(
      name: "Datasets",
      dependencies: ["Ranking", "TensorCore", "CKernels", "CISAL", "CZlib", "Yams"],
      exclude: ["README.md"]),
    .target(
      name: "Training", dependencies: ["Ranking", "Layers", "TensorCore", "CKernels"],
      exclude: ["README.md"]),
    .target(
      name: "Experiments", dependencies: ["Training", "Datasets", "Ranking", "TensorCore", "Yams"],
      exclude: ["README.md"]),

    // MARK: Tool
    .executableTarget(
      name: "Tool",
      dependencies: [
        "Experiments", "Training", "Datasets", "AESM2", "Baselines", "Ranking", "TensorCore",
        "CMemoryLimit", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], exclude: ["README.md"]),

    // MARK: Tests
    .target(
      name: "TestKit", dependencies: ["Ranking", "Layers", "TensorCore"], path: "Tests/TestKit"),
    .testTarget(name: "TestKitTests", dependencies: ["TestKit", "Ranking", "TensorCore"]),
    .testTarget(
      name: "TensorCoreTests", dependencies: ["TensorCore", "TestKit"]),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "TestKit"]),
    .testTarget(name: "RankingTests", dependencies: ["Ranking", "TestKit"]),
    .testTarget(name: "TrainingTests", dependencies: ["Training", "TestKit"]),
    .testTarget(
      name: "ModelConformanceTests",
      dependencies: ["AESM2", "Baselines", "Training", "TestKit"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "CKernels", "TestKit"]),
    .testTarget(
      name: "ExperimentsTests",
      dependencies: ["Experiments", "AESM2", "Baselines", "TestKit"]),
    .testTarget(
      name: "ToolTests",
      dependencies: ["Experiments", "Datasets", "Training", "AESM2", "Baselines", "TestKit"]),
    .executableTarget(
      name: "Fuzz",
      dependencies: [
        "Experiments", "Training", "Datasets", "AESM2", "Baselines", "Ranking", "TensorCore",
        "CZlib", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tests/Fuzz"),
  ]
)
