import RankingTool
import TestModels

// The tool with two made-up models that are trained in phases.
RankingTool.main(catalog: [AlternatingGates.self, SearchedGates.self])
