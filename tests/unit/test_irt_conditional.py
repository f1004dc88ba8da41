"""Conditional likelihood of the Rasch family: brute force, derivatives, agreement with the marginal one, refusals."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import MethodError
from akhlak_research.counts.rows import as_rows
from akhlak_research.measure.irt.conditional import blocks_of, conditional_point
from akhlak_research.measure.irt.patterns import as_patterns


def simulate(n=200, p=4, seed=1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, 1)) + np.linspace(-0.7, 0.7, p) + rng.logistic(size=(n, p))
    frame = pd.DataFrame(np.digitize(latent, [-1, 0.8]) * 1.0, columns=[f"x{i}" for i in range(p)])
    return frame.assign(x0=(frame["x0"] > 0) * 1.0)


@pytest.fixture(scope="module")
def setting():
    frame = simulate()
    frame.iloc[::5, 1] = np.nan
    patterns = as_patterns(as_rows(frame))
    return frame, blocks_of(patterns), patterns.n_categories


def test_likelihood_equals_enumeration(setting):
    frame, blocks, sizes = setting
    d = np.array([[0.3, 0.0], [0.1, -0.6], [-0.2, -0.9], [0.5, 0.4]])
    steps = np.column_stack([np.zeros(4), d])
    total = 0.0
    for row in frame.to_numpy():
        items = np.flatnonzero(~np.isnan(row))
        given = row[items].astype(int)
        ways = [w for w in product(*(range(sizes[i]) for i in items)) if sum(w) == given.sum()]
        weight = [np.exp(steps[items, list(w)].sum()) for w in ways]
        total += np.log(np.exp(steps[items, given].sum()) / sum(weight))
    assert conditional_point(blocks, d, sizes)[0] == pytest.approx(total, abs=1e-9)


def test_derivatives_equal_finite_differences(setting):
    _, blocks, sizes = setting
    d = np.array([[0.3, 0.0], [0.1, -0.6], [-0.2, -0.9], [0.5, 0.4]])
    _, gradient, information = conditional_point(blocks, d, sizes)
    there = (np.arange(1, 3) < sizes[:, None]).ravel()
    for j in np.flatnonzero(there):
        step = np.eye(8)[j].reshape(4, 2) * 1e-5
        above, below = conditional_point(blocks, d + step, sizes), conditional_point(blocks, d - step, sizes)
        assert gradient[j] == pytest.approx((above[0] - below[0]) / 2e-5, abs=1e-5)
        np.testing.assert_allclose(-(above[1] - below[1])[there] / 2e-5, information[there, j], atol=1e-6)


def test_conditional_and_marginal_agree_where_people_are_normal():
    frame = simulate(4000, 6)
    conditional, marginal = ak.irt(frame, "pcm", estimator="CML"), ak.irt(frame, "pcm")
    gap = conditional.difficulties("erm") - marginal.difficulties("erm")
    assert gap.abs().max(axis=None) < 0.05
    assert conditional.people["sd"].iloc[0] == pytest.approx(marginal.people["sd"].iloc[0], abs=0.02)
    theta = [f.scores["theta"] - f.people["mean"].iloc[0] for f in (conditional, marginal)]
    assert np.abs(theta[0] - theta[1]).max() < 0.05


def test_frequencies_are_rows():
    frame = simulate()
    times = np.arange(len(frame)) % 3
    long = frame.loc[frame.index.repeat(times)].reset_index(drop=True)
    one, other = (ak.irt(f, "pcm", estimator="CML", **o) for f, o in ((frame, {"frequencies": times}), (long, {})))
    assert one.loglik == pytest.approx(other.loglik, abs=1e-8)
    pd.testing.assert_frame_equal(one.standard_errors, other.standard_errors, atol=1e-6)


def test_refusals():
    frame = simulate()
    for options in (
        {"model": "grm"},
        {"model": "pcm", "weights": np.ones(200)},
        {"model": "pcm", "errors": "sandwich"},
    ):
        with pytest.raises(MethodError, match="irt_cml_refused"):
            ak.irt(frame, estimator="CML", **options)
    bare = ak.irt(frame, "pcm", estimator="CML", errors="none")
    assert bare.standard_errors.code == "irt_errors_not_asked"
