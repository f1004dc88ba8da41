"""Match the factors of two solutions by Tucker's congruence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from akhlak_research.core.errors import ArgumentError
from akhlak_research.measure.bounded import Floats


@dataclass(frozen=True, slots=True)
class Alignment:
    """How to lay one solution over another.

    Attributes
    ----------
    permutation : (k,) int
        Column of ``loadings`` that belongs to each column of the target.
    signs : (k,)
        +1 or −1 for each of them.
    congruence : (k,)
        Tucker's (1951) coefficient of each pair after the signs, in the target's order.
    """

    permutation: np.ndarray
    signs: Floats
    congruence: Floats

    def loadings(self, loadings: Floats) -> Floats:
        """(p, k) columns of ``loadings`` in the target's order and signs."""
        return np.asarray(np.asarray(loadings)[:, self.permutation] * self.signs)

    def correlations(self, phi: Floats) -> Floats:
        """(k, k) factor correlations in the target's order and signs."""
        there = np.asarray(phi, dtype=np.float64)[np.ix_(self.permutation, self.permutation)]
        return np.asarray(there * np.outer(self.signs, self.signs))


def align(loadings: Floats, target: Floats) -> Alignment:
    """Permutation and signs that bring one loading matrix nearest to another.

    Parameters
    ----------
    loadings, target : (p, k)
        The same items in the same order. The assignment maximises the sum of absolute congruences.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.array([[0.8, 0.1], [0.7, 0.0], [0.1, 0.6], [0.0, 0.9]])
    >>> align(-target[:, ::-1], target).permutation.tolist()
    [1, 0]
    """
    L, B = np.asarray(loadings, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if L.shape != B.shape:
        raise ArgumentError("loadings_shapes", got=str(L.shape), expected=str(B.shape))
    size = np.outer(np.sqrt((L**2).sum(axis=0)), np.sqrt((B**2).sum(axis=0)))
    congruence = np.divide(L.T @ B, size, out=np.zeros(size.shape), where=size > 0)
    ours, theirs = linear_sum_assignment(-np.abs(congruence))
    permutation = ours[np.argsort(theirs)]
    matched = congruence[permutation, np.arange(len(permutation))]
    signs = np.where(matched < 0, -1.0, 1.0)
    return Alignment(permutation, signs, matched * signs)
