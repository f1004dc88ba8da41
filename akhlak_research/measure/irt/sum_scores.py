"""The distribution of the sum score given θ, by recursion over items (Lord & Wingersky 1984; Thissen et al. 1995)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from akhlak_research.measure.bounded import Floats


def score_likelihood(probabilities: Floats, steps: Sequence[np.ndarray]) -> Floats:
    """(S + 1, Q): probability of each sum of steps at each node.

    Parameters
    ----------
    probabilities : (p, K, Q)
        Zero in padded categories.
    steps : p arrays (K_i,) of int
        What each category adds to the sum; the first is 0.
    """
    nodes = probabilities.shape[2]
    found = np.ones((1, nodes))
    for i, added in enumerate(steps):
        wider = np.zeros((len(found) + int(added[-1]), nodes))
        for k, step in enumerate(added):
            wider[int(step) : int(step) + len(found)] += found * probabilities[i, k]
        found = wider
    return found


def score_posterior(likelihood: Floats, prior: Floats, theta: Floats) -> tuple[Floats, Floats, Floats]:
    """Posterior mean (S + 1,) and standard deviation of θ given the sum, and the sum's model probability."""
    joint = likelihood * prior
    share = joint.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = joint @ theta / share
        sd = np.sqrt(np.maximum(joint @ theta**2 / share - mean**2, 0.0))
    return mean, sd, share
