import AESM2
import Baselines
import Ranking

/// All models, in the row order of every table: the baselines, then AESM².
let toolCatalog = Catalog(baselineCatalog + [AESM2.self])
