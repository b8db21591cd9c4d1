"""What is measured against what, and what is wanted."""

from dataclasses import dataclass

DATA = "benchmarks/.data"
# With a version, which is to change with what mtreclib.py writes: files are made once and kept.
CSV = f"{DATA}/mtreclib-2"
ZIPPED_CSV = f"{CSV}-gzip"
SCHEMA = "experiments/schemas/aliexpress-mtreclib.yaml"


@dataclass(frozen=True)
class Side:
    """A program to measure. It prints one line of JSON, or else its wall time and memory count."""

    command: tuple[str, ...]
    processes: int = 1
    prints_json: bool = True


@dataclass(frozen=True)
class Goal:
    """A ratio of two figures, each a side and a key of what it prints; or one figure alone."""

    target: str
    title: str
    over: tuple[str, str]
    under: tuple[str, str] | None
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Sides that are measured alternately; the page says the note."""

    name: str
    sides: dict[str, Side]
    goals: tuple[Goal, ...]
    note: str = ""


def ours(*words: str, threads: int = 2, processes: int = 1) -> Side:
    return Side(("TOOL", "bench", *words, "--json", "--threads", str(threads)), processes)


def twin(*words: str) -> Side:
    return Side(("PYTHON", "benchmarks/measure_twin.py", *words))


def faster(target: str, title: str, at_least: float, by: str = "twin", than: str = "ours") -> Goal:
    return Goal(target, title, (than, "rows_per_s"), (by, "rows_per_s"), at_least=at_least)


def leaner(title: str, by: str = "twin") -> Goal:
    return Goal("5", f"{title}: peak memory", ("ours", "rss_mb"), (by, "rss_mb"), at_most=0.5)


def training() -> list[Comparison]:
    comparisons = [
        Comparison(
            f"train-{model}",
            {"ours": ours("train", "--model", model, "--steps", steps),
             "twin": twin("train", model, "--steps", "5")},
            (faster("1", f"{model}, training", bound), leaner(f"{model}, training")))
        for model, bound, steps in [
            ("shared-bottom", 1.5, "30"), ("mmoe", 2.0, "12"), ("ple", 2.0, "8")]]
    mmoe = comparisons[1]
    share = Goal(
        "4", "mmoe, training: share of the matrix-product peak", ("ours", "gflops"),
        ("ours", "peak_gflops"), at_least=0.7)
    comparisons[1] = Comparison(mmoe.name, mmoe.sides, (*mmoe.goals, share))
    return comparisons


def selection() -> list[Comparison]:
    eight, sixteen = (
        {"ours": ours("train", "--model", "aesm2", "--experts", n, "--steps", "15"),
         "dense twin": twin("train", "aesm2-dense", "--experts", n, "--steps", "3"),
         "sparse twin": twin("train", "aesm2-sparse", "--experts", n, "--steps", "5")}
        for n in ("8", "16"))
    thirty_two = ours("train", "--model", "aesm2", "--experts", "32", "--steps", "15")
    return [
        Comparison("train-aesm2", {**eight, "32 experts": thirty_two}, (
            faster("2", "aesm2, 8 experts, training, dense twin", 5, by="dense twin"),
            faster("2", "aesm2, 8 experts, training, sparse twin", 2, by="sparse twin"),
            Goal("2", "aesm2, time of a step, 32 experts to 8", ("32 experts", "step_s"),
                 ("ours", "step_s"), at_most=1.3),
            leaner("aesm2, 8 experts, training, dense twin", by="dense twin"))),
        Comparison("train-aesm2-16", sixteen, (
            faster("2", "aesm2, 16 experts, training, dense twin", 8, by="dense twin"),
            faster("2", "aesm2, 16 experts, training, sparse twin", 2, by="sparse twin"),
            leaner("aesm2, 16 experts, training, dense twin", by="dense twin")))]


def embeddings() -> Comparison:
    rows = ("--vocabulary", "1600000")
    return Comparison(
        "train-embeddings",
        {"ours": ours("train", "--model", "mmoe", *rows, "--embedding-updates", "lazy",
                      "--steps", "10"),
         "ours, dense": ours("train", "--model", "mmoe", *rows, "--steps", "5"),
         "SparseAdam": twin("train", "mmoe", *rows, "--sparse-embedding", "--steps", "3"),
         "fused Adam": twin("train", "mmoe", *rows, "--steps", "3"),
         "default Adam": twin("train", "mmoe", *rows, "--steps", "3", "--default-adam")},
        (faster("3", "mmoe, 1.6 M embedding rows, lazy, SparseAdam + Adam", 1.5, by="SparseAdam"),
         faster("3", "mmoe, 1.6 M embedding rows, lazy, Adam by default", 4, by="default Adam"),
         faster("3", "mmoe, 1.6 M embedding rows, lazy, fused Adam", 4, by="fused Adam"),
         leaner("mmoe, 1.6 M embedding rows, lazy, SparseAdam + Adam", by="SparseAdam"),
         leaner("mmoe, 1.6 M embedding rows, lazy, Adam by default", by="default Adam"),
         leaner("mmoe, 1.6 M embedding rows, lazy, fused Adam", by="fused Adam"),
         Goal("5", "mmoe, 1.6 M embedding rows, dense on both sides, Adam by default: peak memory",
              ("ours, dense", "rss_mb"), ("default Adam", "rss_mb"), at_most=0.5)),
        note="With 1.6 million embedding rows the table and its two moments alone take 2.46 GB in 32 "
             "bits (1.6 million rows of 128 columns, 12 bytes each), in either program: half of a "
             "twin's memory is out of reach where the twin takes less than 4.92 GB. Against dense Adam "
             "there are two rows, since PyTorch by default doesn't take its fastest form.")


def reading() -> Comparison:
    return Comparison(
        "train-cache",
        {"ours": ours("train", "--model", "shared-bottom", "--data", f"{DATA}/cache-20m",
                      "--steps", "150")},
        (Goal("5", "cache of 20 million rows: memory above the model, shared-bottom",
              ("ours", "rss_mb_above_model"), None, at_most=1500),))


def scaling() -> Comparison:
    words = ("train", "--model", "mmoe", "--steps", "8")
    return Comparison(
        "scaling",
        {"ours": ours(*words, threads=1), "two processes": ours(*words, threads=1, processes=2),
         "two threads": ours(*words)},
        (faster("6", "mmoe, two runs side by side to one, one thread each", 1.9, by="ours",
                than="two processes"),
         faster("6", "mmoe, two threads to one", 1.8, by="ours", than="two threads")))


def importing() -> list[Comparison]:
    def goals(kind: str) -> tuple[Goal, ...]:
        return (
            Goal("7", f"import of 1 GB {kind}: time of pandas to ours", ("pandas", "seconds"),
                 ("ours", "seconds"), at_least=5),
            Goal("7", f"import of 1 GB {kind}: time of polars to ours", ("polars", "seconds"),
                 ("ours", "seconds"), at_least=1),
            Goal("7", f"import of 1 GB {kind}: peak memory", ("ours", "rss_mb"), None,
                 at_most=1000))

    def sides(folder: str) -> dict[str, Side]:
        return {
            "ours": Side(
                ("TOOL", "data", "import", SCHEMA, "--files", folder, "--output",
                 f"{DATA}/imported"), prints_json=False),
            "pandas": Side(("PYTHON", "benchmarks/read_csv.py", "pandas", folder)),
            "polars": Side(("PYTHON", "benchmarks/read_csv.py", "polars", folder))}

    return [
        Comparison(
            "import-plain", sides(CSV), goals("CSV"),
            note="Imports read all files, encode them and write the cache; pandas and polars read "
                 "them into memory alone. The files are random rows in the form of MTReclib's, the "
                 "same 20,000 per file under new search ids."),
        Comparison("import-gzip", sides(ZIPPED_CSV), goals("gzipped CSV"))]


def scoring() -> list[Comparison]:
    area = Comparison(
        "auc",
        {"ours": ours("auc", "--rows", "10000000"),
         "scikit-learn": Side(("PYTHON", "benchmarks/measure_auc.py", "10000000"))},
        (Goal("8", "exact AUC of ten million scores: time of scikit-learn to ours",
              ("scikit-learn", "seconds"), ("ours", "seconds"), at_least=5),))
    models = [("shared-bottom", "shared-bottom"), ("mmoe", "mmoe"), ("ple", "ple"),
              ("aesm2", "aesm2-dense"), ("aesm2", "aesm2-sparse")]
    return [area] + [
        Comparison(
            f"score-{name}",
            {"ours": ours("score", "--model", model), "twin": twin("score", name, "--steps", "10")},
            (faster("8", f"{name}, scoring", 2),))
        for model, name in models]


def half_precision() -> Comparison:
    return Comparison(
        "train-bf16",
        {"ours": ours("train", "--model", "mmoe", "--precision", "bf16", "--steps", "15"),
         "twin": twin("train", "mmoe", "--bf16", "--steps", "5")},
        (faster("9", "mmoe, training, bf16", 1.3),))


COMPARISONS = [
    *training(), *selection(), embeddings(), reading(), scaling(), *importing(), *scoring(),
    half_precision()]
