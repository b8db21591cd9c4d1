"""Makes Tests/Fixtures/statistics/*.json: tests, intervals and distributions by other libraries.

Run from the repository's root: python3 Tests/Fixtures/make/statistical_tests.py
Needs scipy, numpy, statsmodels, scikit-posthocs, baycomp and rliable, whose dependency arch needs pandas < 3.
Made with SciPy 1.17.1, NumPy 2.4.6, statsmodels 0.15.0, scikit-posthocs 0.17.1, baycomp 1.0.3 and rliable 1.2.0.

Where no library has a number, it comes from the published definition, written out here as plainly as
possible: DeLong's placements over all pairs, the Hodges-Lehmann interval as the shifts that SciPy's
test does not reject, Dodge's formula, exact p-values with ties by enumerating all signs.
"""

import itertools
import json

import baycomp
import numpy as np
import scikit_posthocs
from rliable import library, metrics
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

FOLDER = "Tests/Fixtures/statistics"
random = np.random.default_rng(12)


def write(name, value):
    with open(f"{FOLDER}/{name}.json", "w") as file:
        json.dump(value, file, indent=1, allow_nan=False)
        file.write("\n")


def floats(values):
    return [float(v) for v in values]


# Spread


def spread():
    cases = []
    for values in [[0.702, 0.699], [0.1, 0.4, 0.2, 0.7], floats(np.linspace(0.69, 0.71, 10) ** 3), [0.5] * 3]:
        n, deviation = len(values), float(np.std(values, ddof=1))
        for level in [0.9, 0.95]:
            tails = stats.chi2.ppf([(1 + level) / 2, (1 - level) / 2], n - 1)
            cases.append({"values": values, "level": level, "deviation": deviation,
                          "interval": floats(deviation * np.sqrt((n - 1) / tails))})
    quantiles = [{"degrees": d, "probability": p, "x": float(stats.chi2.isf(p, d))}
                 for d in [1, 2, 9, 30] for p in [0.999, 0.975, 0.5, 0.05, 0.025]]
    write("spread", {"intervals": cases, "chi_squared_quantiles": quantiles})


# Distributions


def distributions():
    normal = [{"z": z, "cumulative": float(stats.norm.cdf(z)), "two_sided": float(2 * stats.norm.sf(abs(z)))}
              for z in [-8.0, -3.1, -1.0, 0.0, 0.3, 1.96, 4.5]]
    normal_quantiles = [{"probability": p, "z": float(stats.norm.isf(p / 2))} for p in [1e-6, 0.01, 0.05, 0.3, 0.9]]
    chi = [{"degrees": d, "x": x, "probability": float(stats.chi2.sf(x, d))}
           for d in [1, 2, 3, 7, 30] for x in [0.01, 0.8, 3.0, 9.0, 41.0]]
    f = [{"numerator": a, "denominator": b, "x": x, "probability": float(stats.f.sf(x, a, b))}
         for a, b in [(1, 1), (2, 6), (3, 27), (9, 81)] for x in [0.05, 0.7, 1.0, 2.9, 15.0]]
    student_range = [{"count": k, "range": q, "probability": float(stats.studentized_range.sf(q, k, np.inf))}
                     for k in [2, 3, 5, 12] for q in [0.2, 1.0, 2.5, 3.5, 5.0]]
    range_quantiles = [{"count": k, "probability": p, "range": float(stats.studentized_range.isf(p, k, np.inf))}
                       for k in [2, 3, 6, 10] for p in [0.05, 0.1]]
    noncentral = [{"degrees": d, "noncentrality": c, "t": t, "cumulative": float(stats.nct.cdf(t, d, c))}
                  for d in [1, 2, 4, 9, 99] for c in [0.5, 2.0, 4.0] for t in [-2.0, 0.5, 2.3, 6.0]]
    student = [{"degrees": d, "t": t, "cumulative": float(stats.t.cdf(t, d))}
               for d in [1, 4, 9] for t in [-3.0, -0.2, 0.0, 1.5]]
    write("distributions", {"normal": normal, "normal_quantiles": normal_quantiles, "chi_squared": chi, "f": f,
                            "studentized_range": student_range, "studentized_range_quantiles": range_quantiles,
                            "noncentral_t": noncentral, "student": student})


# Paired differences


def exact_signed_rank(differences):
    """The p-value over all assignments of signs to the ranks, ties included."""
    d = differences[differences != 0]
    ranks = stats.rankdata(np.abs(d))
    observed = ranks[d > 0].sum()
    sums = [np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(d))]
    lower = np.mean([s <= observed for s in sums])
    upper = np.mean([s >= observed for s in sums])
    return min(1.0, 2 * min(lower, upper))


def hodges_lehmann(differences, level=0.95):
    n = len(differences)
    walsh = np.sort([(differences[i] + differences[j]) / 2 for i in range(n) for j in range(i + 1)])
    bounds = np.concatenate([[walsh[0] - 1], walsh, [walsh[-1] + 1]])
    middles = (bounds[:-1] + bounds[1:]) / 2
    kept = [stats.wilcoxon(differences - m, method="exact").pvalue > 1 - level for m in middles]
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    interval = None if first == 0 else [float(bounds[first]), float(bounds[last + 1])]
    return float(np.median(walsh)), interval


def differences():
    cases = []
    for n in [3, 5, 6, 9, 14]:
        for shift in [0.0, 0.002, -0.004]:
            d = np.round(random.normal(shift, 0.003, n), 6)
            shifted, interval = hodges_lehmann(d)
            t = stats.ttest_1samp(d, 0)
            confidence = t.confidence_interval(0.95)
            w = stats.wilcoxon(d, method="exact")
            p = stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf)
            cases.append({
                "differences": floats(d), "t_probability": float(t.pvalue),
                "t_interval": [float(confidence.low), float(confidence.high)],
                "wilcoxon_probability": float(w.pvalue),
                "positive_rank_sum": float(stats.rankdata(np.abs(d))[d > 0].sum()),
                "permutation_probability": float(p.pvalue), "shift": shifted, "shift_interval": interval,
            })
    tied = []
    for n in [4, 8, 12]:
        d = np.round(random.normal(0.001, 0.003, n), 3)
        d[0] = 0
        tied.append({"differences": floats(d), "probability": float(exact_signed_rank(d))})
    large = []
    for digits in [6, 3]:
        d = np.round(random.normal(0.0006, 0.003, 80), digits)
        w = stats.wilcoxon(d, method="approx", correction=False)
        large.append({"differences": floats(d), "probability": float(w.pvalue)})
    d = np.round(random.normal(0.0012, 0.003, 24), 6)
    sampled = stats.permutation_test(
        (d,), np.mean, permutation_type="samples", n_resamples=999_999, rng=np.random.default_rng(1))
    corrections = []
    for count in [3, 8]:
        p = np.round(random.uniform(0, 0.2, count), 4)
        corrections.append({
            "probabilities": floats(p), "holm": floats(multipletests(p, method="holm")[1]),
            "benjamini_hochberg": floats(multipletests(p, method="fdr_bh")[1])})
    power = []
    for ratio in [0.2, 0.5, 1.0, 1.8]:
        for n in [2, 5, 10, 40]:
            power.append({"ratio": ratio, "count": n,
                          "power": float(TTestPower().power(ratio, n, 0.05, alternative="two-sided"))})
    counts = [{"ratio": r, "count": int(np.ceil(TTestPower().solve_power(effect_size=r, power=0.8, alpha=0.05)))}
              for r in [0.1, 0.3, 0.5, 1.0, 1.5]]
    detectable = [{"count": n, "ratio": float(TTestPower().solve_power(nobs=n, power=0.8, alpha=0.05))}
                  for n in [3, 5, 10, 30]]
    write("differences", {
        "cases": cases, "tied": tied, "large": large,
        "drawn": {"differences": floats(d), "probability": float(sampled.pvalue)},
        "corrections": corrections, "power": power, "counts": counts, "detectable": detectable})


def bayes():
    correlated = []
    for n, runs in [(5, None), (10, None), (10, 1), (20, 2)]:
        x = np.round(random.normal(0.7, 0.004, n), 6)
        y = np.round(x + random.normal(0.0015, 0.002, n), 6)
        for rope in [0.0, 0.001]:
            if runs is None:  # Independent: the plain posterior, which baycomp has no parameter for.
                mean, scale = np.mean(y - x), np.std(y - x, ddof=1) / np.sqrt(n)
                left, right = stats.t.cdf(-rope, n - 1, mean, scale), stats.t.sf(rope, n - 1, mean, scale)
                correlation = 0.0
            else:
                probabilities = baycomp.CorrelatedTTest.probs(x, y, rope=rope, runs=runs)
                left, right = probabilities[0], probabilities[-1]
                correlation = runs / n
            correlated.append({"differences": floats(y - x), "rope": rope, "correlation": correlation,
                               "below": float(left), "above": float(right)})
    signed = []
    for n, rope in [(4, 0.001), (8, 0.0), (12, 0.001), (20, 0.002)]:
        x = np.round(random.normal(0.7, 0.004, n), 6)
        y = np.round(x + random.normal(0.0008, 0.002, n), 6)
        probabilities = baycomp.SignedRankTest.probs(x, y, rope=rope, nsamples=200_000, random_state=5)
        # The share of every region in one draw of weights, by baycomp's own sampler of one sample.
        weights = np.random.RandomState(3).dirichlet([0.5] + [1] * n, 1)[0]
        share = baycomp.SignedRankTest.sample(x, y, rope=rope, nsamples=1, random_state=3)[0]
        signed.append({"differences": floats(y - x), "rope": rope, "below": float(probabilities[0]),
                       "above": float(probabilities[-1]), "weights": floats(weights), "shares": floats(share)})
    write("equivalence", {"correlated": correlated, "signed_rank": signed})


# Areas


def placements(scores, labels):
    x, y = scores[labels], scores[~labels]
    wins = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return wins.mean(axis=1), wins.mean(axis=0)


def areas():
    cases = []
    for n, digits in [(40, 6), (60, 1), (200, 2)]:
        labels = random.uniform(size=n) < 0.3
        first = np.round(random.normal(labels * 0.8, 1), digits).astype(np.float32)
        second = np.round(0.7 * first + random.normal(labels * 0.2, 0.6), digits).astype(np.float32)
        places = [placements(s, labels) for s in (first, second)]
        m, k = labels.sum(), (~labels).sum()
        s10 = np.cov([p[0] for p in places])
        s01 = np.cov([p[1] for p in places])
        covariance = s10 / m + s01 / k
        area = [float(p[0].mean()) for p in places]
        error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))
        cases.append({
            "labels": [int(v) for v in labels], "first": floats(first), "second": floats(second), "areas": area,
            "errors": floats(np.sqrt(np.diag(covariance))), "difference_error": error,
            "probability": float(2 * stats.norm.sf(abs(area[0] - area[1]) / error))})
    n = 1500
    users = random.integers(0, 150, n)
    scenarios = (users + (random.uniform(size=n) < 0.2)) % 3
    effect = random.normal(0, 1, 150)
    labels = random.uniform(size=n) < 1 / (1 + np.exp(-(effect[users] - 1)))
    scores = np.round(effect[users] * 0.5 + random.normal(0, 1, n), 3).astype(np.float32)

    def area(rows, weights):
        order = np.argsort(scores[rows], kind="stable")
        w, y, s = weights[rows][order], labels[rows][order], scores[rows][order]
        below = total = 0.0
        for value in np.unique(s):
            same = s == value
            p, q = w[same & y].sum(), w[same & ~y].sum()
            total += p * (below + q / 2)
            below += q
        return total / (w[y].sum() * w[~y].sum())

    everyone = np.arange(n)
    home = np.array([np.bincount(scenarios[users == u], minlength=3).argmax() for u in range(150)])
    present = np.isin(np.arange(150), users)
    samples = []
    for _ in range(1500):
        counts = np.zeros(150)
        for stratum in range(3):
            members = np.flatnonzero((home == stratum) & present)
            np.add.at(counts, random.choice(members, len(members)), 1)
        weights = counts[users]
        samples.append([area(everyone, weights)] + [area(np.flatnonzero(scenarios == k), weights) for k in range(3)])
    samples = np.array(samples)
    macro = samples[:, 1:].mean(axis=1)
    ones = np.ones(n)
    write("areas", {"cases": cases, "clusters": {
        "users": [int(v) for v in users], "scenarios": [int(v) for v in scenarios], "labels": [int(v) for v in labels],
        "scores": floats(scores), "pooled": float(area(everyone, ones)),
        "by_scenario": [float(area(np.flatnonzero(scenarios == k), ones)) for k in range(3)],
        "pooled_deviation": float(samples[:, 0].std(ddof=1)), "macro_deviation": float(macro.std(ddof=1)),
        "pooled_interval": floats(np.percentile(samples[:, 0], [2.5, 97.5]))}})


# Many models


def many_models():
    blocks = []
    for n, k, digits in [(4, 3, 4), (10, 5, 4), (12, 4, 2)]:
        quality = np.linspace(0, 0.01, k)
        scores = np.round(0.7 + quality + random.normal(0, 0.008, (n, k)), digits)
        ranks = stats.rankdata(-scores, axis=1)
        friedman = stats.friedmanchisquare(*scores.T)
        f = (n - 1) * friedman.statistic / (n * (k - 1) - friedman.statistic)
        q = stats.studentized_range.isf(0.05, k, np.inf) / np.sqrt(2)
        sampled = np.array([ranks[random.integers(0, n, n)].mean(axis=0) for _ in range(20_000)])
        blocks.append({
            "scores": scores.tolist(), "averages": floats(ranks.mean(axis=0)),
            "friedman": [float(friedman.statistic), float(friedman.pvalue)],
            "iman_davenport": [float(f), float(stats.f.sf(f, k - 1, (k - 1) * (n - 1)))],
            "nemenyi": scikit_posthocs.posthoc_nemenyi_friedman(scores).to_numpy().tolist(),
            "conover": scikit_posthocs.posthoc_conover_friedman(scores).to_numpy().tolist(),
            "critical_difference": float(q * np.sqrt(k * (k + 1) / (6 * n))),
            "intervals": np.percentile(sampled, [2.5, 97.5], axis=0).T.tolist()})
    first = np.round(random.normal(0.72, 0.01, (6, 5)), 4)  # rliable: [run][task]
    second = np.round(first + random.normal(0.004, 0.01, (6, 5)), 4)
    first[0, 0] = second[0, 0]
    thresholds = np.round(np.linspace(0.69, 0.75, 13), 4)
    profiles, _ = library.create_performance_profile({"first": first}, thresholds, reps=10)
    _, intervals = library.get_interval_estimates(
        {"first": first}, lambda x: np.array([metrics.aggregate_iqm(x)]), reps=20_000,
        random_state=np.random.RandomState(7))
    _, improvement = library.get_interval_estimates(
        {"pair": (second, first)}, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=20_000,
        random_state=np.random.RandomState(7))
    aggregates = {
        "first": first.T.tolist(), "second": second.T.tolist(),
        "interquartile_means": [float(metrics.aggregate_iqm(first)), float(metrics.aggregate_iqm(second))],
        "improvement": float(metrics.probability_of_improvement(second, first)),
        "thresholds": floats(thresholds), "profile": floats(profiles["first"]),
        "interquartile_interval": floats(np.ravel(intervals["first"])),
        "improvement_interval": floats(np.ravel(improvement["pair"]))}
    budgets = []
    for n in [5, 24]:
        v = np.sort(np.round(random.normal(0.7, 0.02, n), 5))
        i = np.arange(1, n + 1)
        values = []
        for trials in [1, 2, 7, n]:
            weights = (i / n) ** trials - ((i - 1) / n) ** trials
            mean = np.sum(v * weights)
            values.append({"trials": trials, "mean": float(mean),
                           "deviation": float(np.sqrt(np.sum(v**2 * weights) - mean**2))})
        budgets.append({"scores": floats(random.permutation(v)), "values": values})
    orders = []
    for seeds, models, noise in [(4, 5, 0.002), (3, 6, 0.01)]:
        scores = np.round(0.7 + np.linspace(0, 0.01, models) + random.normal(0, noise, (seeds, models)), 4)
        rho = np.mean([stats.spearmanr(scores[a], scores[b]).statistic for a in range(seeds) for b in range(a)])
        orders.append({
            "scores": scores.tolist(), "correlation": float(rho),
            "reliability": float(seeds * rho / (1 + (seeds - 1) * rho)),
            "seeds": int(np.ceil(0.9 * (1 - rho) / (rho * 0.1)))})
    errors, bases = random.uniform(0.2, 0.3, 6), random.uniform(0.3, 0.4, 6)
    skill = {"errors": floats(errors), "base_errors": floats(bases), "skill": float(1 - stats.gmean(errors / bases))}
    write("many-models", {"blocks": blocks, "aggregates": aggregates, "budgets": budgets, "orders": orders,
                          "skill": skill})


spread()
distributions()
differences()
bayes()
areas()
many_models()
