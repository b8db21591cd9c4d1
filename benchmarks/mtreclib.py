"""Random rows that look like MTReclib's AliExpress files, number for number of the same form.

MTReclib reads the publisher's text with pandas and writes it with `to_csv`: numbers are the shortest
text of what pandas' converter of that time made, which is not always the nearest double. It scaled by
one division per set bit of the count of decimals, so that 0.22160100000000002 stands for 0.221601.
Pandas 3 rounds correctly and can't make such files any more; `scaled` divides as the old one did. It
gives all 177 numbers of four public rows of NL letter for letter, and, done twice, all 463 of rows
that were read and written once more (neither counts 0.0 and 1.0).

The shares below were counted in 23 public rows, 1380 numbers without the integers: one row of each of
13 searches of torch-rechub's aliexpress_train_sample.csv, the first six of FuxiCTR's
tiny_mtl/train.csv, and those four of NL. Sizes of fields are the greatest ids of such samples plus one;
the share of clicks is assumed, since samples are balanced by hand.
"""

import numpy as np

NAMES = ("search_id", *(f"categorical_{i + 1}" for i in range(16)),
         *(f"numerical_{i + 1}" for i in range(63)), "click", "conversion")
ROWS_PER_SEARCH = 10

CATEGORICAL_SIZES = np.array([11, 4, 7, 2, 33, 7, 50, 8, 8, 2, 2, 2, 2, 2, 2, 2])
USER_CATEGORICALS = 9  # of a search, as are the first 23 numericals; the others are of an item
USER_NUMERICALS = 23
INTEGER_NUMERICALS = slice(57, 60)  # 0 in all rows, without a point

ZERO_SHARE, ONE_SHARE = 0.34, 0.04
DECIMALS = {1: 0.02, 2: 0.05, 3: 0.01, 4: 0.12, 5: 0.30, 6: 0.48, 7: 0.02}  # of the rest
CLICK_SHARE, CONVERSION_SHARE = 0.02, 0.05  # of rows, and of clicks


def scaled(digits: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """digits / 10^decimals, in as many divisions as `decimals` has bits that are set."""
    values = digits.astype(np.float64)
    for bit in (1, 2, 4):
        values = np.where(decimals & bit, values / 10.0**bit, values)
    return values


def numericals(random: np.random.Generator, rows: int) -> np.ndarray:
    shape = (rows, 63)
    decimals = random.choice(list(DECIMALS), size=shape, p=list(DECIMALS.values()))
    digits = ((0.001 + 0.999 * random.random(shape) ** 2) * 10**decimals).astype(np.int64)
    digits += digits % 10 == 0  # a last digit of 0 would be one decimal less
    kind = random.random(shape)
    values = np.where(kind < ZERO_SHARE + ONE_SHARE, 1.0, scaled(digits, decimals))
    return np.where(kind < ZERO_SHARE, 0.0, values)


def lines(random: np.random.Generator, rows: int) -> list[str]:
    """Rows of searches of ten rows each, from the first categorical column on."""
    first_rows = np.arange(rows) // ROWS_PER_SEARCH * ROWS_PER_SEARCH
    categorical = random.integers(0, CATEGORICAL_SIZES, (rows, 16))
    categorical[:, :USER_CATEGORICALS] = categorical[first_rows, :USER_CATEGORICALS]
    numerical = numericals(random, rows)
    numerical[:, :USER_NUMERICALS] = numerical[first_rows, :USER_NUMERICALS]
    clicks = random.random(rows) < CLICK_SHARE
    conversions = clicks & (random.random(rows) < CONVERSION_SHARE)
    return [
        ",".join([*map(str, ids), *texts(numbers), str(int(c)), str(int(b))]) + "\n"
        for ids, numbers, c, b in zip(
            categorical.tolist(), numerical.tolist(), clicks, conversions)]


def texts(numbers: list[float]) -> list[str]:
    """The shortest text of every number that reads as the same number."""
    found = [repr(number) for number in numbers]
    found[INTEGER_NUMERICALS] = ["0"] * 3
    return found
