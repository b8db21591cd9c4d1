import RankingTool

RankingTool.main()
