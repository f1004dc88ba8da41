"""Checks that a correlation matrix can carry what is asked of it, and how many people stand behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Unavailable
from akhlak_research.measure.bounded import Floats

if TYPE_CHECKING:
    from akhlak_research.counts.moments import Moments

# Below this an inverse holds less than half of the digits of a double.
SMALLEST_EIGENVALUE = 1e-10


def smallest_eigenvalue(R: Floats) -> float:
    """Smallest eigenvalue of R (p, p)."""
    return float(np.linalg.eigvalsh(R)[0])


def require_positive_definite(R: Floats, names: Sequence[str]) -> None:
    """Refuse a matrix that has no inverse: ``not_positive_definite`` with the eigenvalue and the pairs at |r| = 1."""
    smallest = smallest_eigenvalue(R)
    if smallest > SMALLEST_EIGENVALUE:
        return
    twins = np.argwhere(np.triu(np.abs(R) > 1 - 1e-10, 1)).tolist()
    pairs = tuple(f"{names[i]} × {names[j]}" for i, j in twins)
    raise MethodError("not_positive_definite", got=smallest, pairs=pairs or "–")


def people_behind(moments: Moments, n: int | None) -> int | Unavailable:
    """The n of a chi-square statistic, or why there is none.

    Listwise and with frequencies, the rows used. Pairwise, what the caller gives. Under sampling weights no n makes
    the statistic a chi-square.
    """
    inputs = moments.inputs
    if n is not None:
        if inputs.missing != "pairwise" or inputs.weighting == "sampling":
            raise ArgumentError("n_not_needed", got=n, expected=moments.n)
        return check_count(n, 2, "n", moments.inputs.n_rows)
    if inputs.weighting == "sampling":
        return Unavailable("weighted_chi_square")
    if inputs.missing == "pairwise":
        return Unavailable("pairwise_needs_n", {"low": int(moments.n_pair.min()), "high": int(moments.n_pair.max())})
    return moments.n
