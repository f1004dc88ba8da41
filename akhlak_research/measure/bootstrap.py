"""Bootstrap of coefficient alpha as one product of resampling counts with row sums (Efron 1979)."""

from __future__ import annotations

import numpy as np

from akhlak_research.measure.bounded import Floats

# numbers held at once: bounds the memory of a chunk of replicates to some 100 MB
_CHUNK = 6_000_000


def bootstrap_alpha(
    values: Floats, weights: Floats | None, sampling: bool, n_boot: int, rng: np.random.Generator
) -> Floats:
    """(n_boot,) alphas of n people drawn with replacement from n people.

    Parameters
    ----------
    values : (n, p)
        Complete rows.
    weights : (n,) or None
        Frequencies: a row stands for that many people. Sampling weights: a person keeps theirs when drawn.
    sampling : bool
        Which of the two they are.
    n_boot : int
    rng : Generator

    Notes
    -----
    Alpha needs Σ x², (Σ x)² and x of each row, so a replicate is one row of a product (n_boot × n) · (n × (p + 3)).
    People are put in order first: the draw depends on who answered, not on the order of their rows, and a frequency k
    draws as k rows do.
    """
    order = np.lexsort((*(() if weights is None else (weights,)), *values.T))
    values = values[order]
    w = np.ones(len(values)) if weights is None else weights[order]
    people = None if sampling or weights is None else np.repeat(np.arange(len(w)), w.astype(np.int64))
    n = len(values) if people is None else len(people)
    x = values - (values.min(axis=0) + values.max(axis=0)) / 2  # the same whatever the frequencies; exact for codes
    rows = np.column_stack([np.ones(len(x)), (x**2).sum(axis=1), x.sum(axis=1) ** 2, x])
    if sampling:
        rows *= (w / w.max())[:, None]
    alphas = np.empty(n_boot)
    chunk = max(1, _CHUNK // max(n, len(values)))
    for start in range(0, n_boot, chunk):
        size = min(chunk, n_boot - start)
        drawn = rng.integers(0, n, size=(size, n))
        if people is not None:
            drawn = people[drawn]
        drawn += np.arange(size)[:, None] * len(values)
        times = np.bincount(drawn.ravel(), minlength=size * len(values)).reshape(size, -1)
        alphas[start : start + size] = _alpha_of_sums(times @ rows)
    return alphas


def _alpha_of_sums(sums: Floats) -> Floats:
    """Alpha from (m, p + 3) sums of w, w Σx², w (Σx)² and wx; NaN where the sum of the items does not vary."""
    k = sums.shape[1] - 3
    mean = sums[:, 3:] / sums[:, :1]
    trace = sums[:, 1] / sums[:, 0] - (mean**2).sum(axis=1)
    total = sums[:, 2] / sums[:, 0] - mean.sum(axis=1) ** 2
    varies = total > 1e-12 * (trace + (mean**2).sum(axis=1))
    alphas: Floats = np.where(varies, k / (k - 1) * (1 - trace / np.where(varies, total, 1.0)), np.nan)
    return alphas
