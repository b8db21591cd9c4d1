import RankingFramework

// The tool `aesm2` with one more model, the last row of every table.
RankingTool.main(catalog: RankingTool.models + [WideAndDeep.self])
