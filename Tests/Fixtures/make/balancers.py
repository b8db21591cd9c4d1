"""Writes Tests/Fixtures/training/balancers.json: weights of objectives by balancers of gradients.

Every method is computed from gradient vectors by the equations of its paper, with NumPy and SciPy's solvers, and
expressed as the weights of the gradients in the step.

Usage: python3 Tests/Fixtures/make/balancers.py   (made with NumPy 2.4.6, SciPy 1.17.1)
"""

import itertools
import json
import pathlib

import numpy as np
from scipy import optimize


def simplex_minimum(gram):
    """The exact minimum of w' G w on the simplex: the best of all supports."""
    n = len(gram)
    best = None
    for size in range(1, n + 1):
        for support in itertools.combinations(range(n), size):
            part = gram[np.ix_(support, support)]
            system = np.block([[part, np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
            solution = np.linalg.lstsq(system, np.r_[np.zeros(size), 1], rcond=None)[0][:size]
            if (solution < -1e-12).any() or abs(solution.sum() - 1) > 1e-9:
                continue
            w = np.zeros(n)
            w[list(support)] = solution
            value = w @ gram @ w
            if best is None or value < best[0] - 1e-15:
                best = (value, w)
    return best[1]


def mgda(g, losses, normalization="none"):
    norms = np.linalg.norm(g, axis=1)
    divisors = {"none": np.ones(len(g)), "gradient": norms, "loss": losses, "both": norms * losses}[normalization]
    scaled = g / divisors[:, None]
    return len(g) * simplex_minimum(scaled @ scaled.T) / divisors


def cagrad(g, losses, radius=0.5):
    n = len(g)
    mean = g.mean(axis=0)
    bound = radius * np.linalg.norm(mean)

    def value(z):
        w = np.exp(z - z.max())
        w /= w.sum()
        return (w @ g) @ mean + bound * np.linalg.norm(w @ g)

    best = min(
        (optimize.minimize(value, start, method="Nelder-Mead",
                           options=dict(xatol=1e-13, fatol=1e-16, maxiter=200000, maxfev=200000))
         for start in [np.zeros(n), *(3 * np.eye(n))]), key=lambda r: r.fun)
    w = np.exp(best.x - best.x.max())
    w /= w.sum()
    # Elements that vanish at the minimum are settled, and the rest is refined.
    support = w > 1e-6

    def refined(z):
        full = np.zeros(n)
        part = np.exp(z - z.max())
        full[support] = part / part.sum()
        return full

    again = optimize.minimize(lambda z: (refined(z) @ g) @ mean + bound * np.linalg.norm(refined(z) @ g),
                              np.log(w[support]), method="BFGS", options=dict(gtol=1e-13))
    w = refined(again.x)
    return n * (1 / n + bound / np.linalg.norm(w @ g) * w) / (1 + radius**2)


def fair(g, losses, fairness=1.0):
    """The minimum of the convex function w' G w / 2 - sum psi(w), psi'(w) = w^-p; then the equation is refined."""
    gram, p = g @ g.T, 1 / fairness
    scale = np.diag(gram) ** (-1 / (1 + p))

    def value(v):
        w = scale * v
        psi = np.log(w) if p == 1 else w ** (1 - p) / (1 - p)
        return w @ gram @ w / 2 - psi.sum(), scale * (gram @ w - w**-p)

    start = optimize.minimize(value, np.ones(len(g)), jac=True, method="L-BFGS-B", bounds=[(1e-6, None)] * len(g),
                              options=dict(maxiter=10000, ftol=1e-16, gtol=1e-12))
    w = scale * optimize.root(lambda v: value(v)[1], start.x, tol=1e-14).x
    assert np.allclose(gram @ w, w**-p, rtol=1e-8), (gram @ w, w**-p)
    return w


def nash(g, losses, maximumNorm=1.0):
    w = fair(g, losses)
    norm = np.linalg.norm(w @ g)
    return w * min(1, maximumNorm / norm) if maximumNorm > 0 else w


def imtl_g(g, losses):
    """Equation 6 of the paper: the first weight is what the others leave of 1."""
    u = g / np.linalg.norm(g, axis=1, keepdims=True)
    d = g[0] - g[1:]
    v = u[0] - u[1:]
    others = g[0] @ v.T @ np.linalg.inv(d @ v.T)
    return len(g) * np.r_[1 - others.sum(), others]


def config(g, losses):
    u = g / np.linalg.norm(g, axis=1, keepdims=True)
    inverse = np.linalg.pinv(u)
    best = inverse @ np.ones(len(g))
    unit = best / np.linalg.norm(best)
    d = (g @ unit).sum() * unit
    return np.linalg.lstsq(g.T, d, rcond=None)[0]


def aligned(g, losses):
    values, vectors = np.linalg.eigh(g @ g.T)
    balance = np.sqrt(values.min()) * vectors @ np.diag(values**-0.5) @ vectors.T
    return balance @ np.ones(len(g))


def upgrad(g, losses):
    total = np.zeros(len(g))
    for i in range(len(g)):
        extra, _ = optimize.nnls(g.T, -g[i], maxiter=10000)
        total += np.eye(len(g))[i] + extra
    return total


def db_mtl(g, losses):
    # g is the gradient of loss / n, so that of the logarithm of the loss is n g / loss.
    h = len(g) * g / losses[:, None]
    lengths = np.linalg.norm(h, axis=1)
    return lengths.max() / lengths * len(g) / losses


def gradcraft(g, losses, pull=0.5, margin=0.0):
    norms = np.linalg.norm(g, axis=1)
    factors = pull * norms.max() / norms + 1 - pull
    h = factors[:, None] * g
    total = np.zeros(len(g))
    for i in range(len(g)):
        conflicts = [j for j in range(len(g)) if h[i] @ h[j] < 0]
        total[i] += factors[i]
        if conflicts:
            c = h[conflicts]
            wanted = margin * np.linalg.norm(h[i]) * np.linalg.norm(c, axis=1) - c @ h[i]
            total[conflicts] += np.linalg.lstsq(c @ c.T, wanted, rcond=None)[0] * factors[conflicts]
    return total


METHODS = [
    ("mgda", mgda, {}), ("mgda", mgda, {"normalization": "gradient"}), ("mgda", mgda, {"normalization": "loss"}),
    ("mgda", mgda, {"normalization": "both"}), ("cagrad", cagrad, {}), ("cagrad", cagrad, {"radius": 0.2}),
    ("nash-mtl", nash, {}), ("nash-mtl", nash, {"maximumNorm": 0}), ("fairgrad", fair, {}),
    ("fairgrad", fair, {"fairness": 2}), ("fairgrad", fair, {"fairness": 0.5}), ("imtl-g", imtl_g, {}),
    ("config", config, {}), ("aligned-mtl", aligned, {}), ("upgrad", upgrad, {}), ("gradcraft", gradcraft, {}),
    ("gradcraft", gradcraft, {"pull": 0.8, "margin": 0.1}), ("db-mtl", db_mtl, {}),
]


def main():
    random = np.random.default_rng(11)
    cases = []
    for count, spread in [(2, 1.0), (2, 8.0), (3, 1.0), (3, 8.0), (5, 2.0)]:
        # Sixty-fourths, which 32-bit numbers hold exactly.
        g = np.round(64 * random.normal(size=(count, 7)) * spread ** random.normal(size=(count, 1)) ** 2) / 64
        g[1] -= np.round(64 * 0.8 * g[0]) / 64
        losses = np.round(64 * random.uniform(0.1, 1, size=count)) / 64
        for name, method, settings in METHODS:
            weights = method(g, losses, **settings)
            cases.append({"id": name, "settings": settings, "gradients": g.tolist(), "losses": losses.tolist(),
                          "step": (weights @ g).tolist(), "weights": weights.tolist()})
    path = pathlib.Path(__file__).parent.parent / "training" / "balancers.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
