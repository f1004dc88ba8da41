"""S-X²: does an item behave, among people with the same sum score, as its curve says (Orlando & Thissen 2000)?

For several categories as Kang & Chen (2008). Cells that expect fewer than one person are merged by fixed rules, which
follow mirt: sums that nobody or one person reached go to their neighbour; within a sum the smallest cell is merged with
its smaller neighbour until all expect one; a category that hardly ever is left goes to the one below; what is still
too small is merged with the neighbouring sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.sum_scores import score_likelihood

_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class Cells:
    """Observed and expected people, sums × categories; zero where a cell was merged away."""

    observed: Floats
    expected: Floats


def item_cells(probabilities: Floats, sizes: np.ndarray, prior: Floats, item: int, observed: Floats) -> Cells:
    """Observed and expected counts of an item by sum score, extreme sums left out.

    Parameters
    ----------
    probabilities : (p, K, Q)
    sizes : (p,)
        Categories per item; positions are summed.
    prior : (Q,)
    item : int
    observed : (S + 1, K_i)
        People by sum and answer.
    """
    steps = [np.arange(size) for size in sizes]
    others = [i for i in range(len(sizes)) if i != item]
    rest = score_likelihood(probabilities[others], [steps[i] for i in others]) * prior
    k = int(sizes[item])
    joint = np.zeros((len(rest) + k - 1, k))
    for step in range(k):
        joint[step : step + len(rest), step] = rest @ probabilities[item, step]
    n = observed.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(n > 0, n * joint / joint.sum(axis=1, keepdims=True), 0.0)
    inner = slice(1, len(joint) - 1)
    return _impossible(Cells(observed[inner], expected[inner]), k)


def _impossible(cells: Cells, k: int) -> Cells:
    """Sums so low or high that some category is impossible join the first sum where all are possible."""
    observed, expected = cells.observed.copy(), cells.expected.copy()
    edge = k - 2
    if edge <= 0 or len(observed) <= 2 * edge:
        return cells
    for array in (observed, expected):
        array[edge] += array[:edge].sum(axis=0)
        array[-edge - 1] += array[-edge:].sum(axis=0)
    keep = slice(edge, len(observed) - edge)
    return Cells(observed[keep], expected[keep])


def merge(cells: Cells) -> Cells:
    """Merge cells until each expects at least one person."""
    used = cells.observed.sum(axis=1) > 0
    observed, expected = cells.observed[used].copy(), cells.expected[used].copy()
    small = expected < _LEAST
    observed, expected, small = _single_people(observed, expected, small)
    if expected.shape[1] > 2:
        for row in range(len(expected)):
            if small[row].any():
                observed[row], expected[row] = _merge_row(observed[row], expected[row])
        observed, expected = _rare_columns(observed, expected)
    observed, expected = _merge_sums(observed, expected)
    return Cells(observed, expected)


def _single_people(observed: Floats, expected: Floats, small: np.ndarray) -> tuple[Floats, Floats, np.ndarray]:
    gone = []
    for row in range(len(observed) - 1):
        if observed[row].sum() == 1:
            gone.append(row)
            observed[row + 1] += observed[row]
            expected[row + 1] += expected[row]
    keep = np.setdiff1d(np.arange(len(observed)), gone)
    # which rows had small cells was read before the merging and is not read again
    small = small[: len(keep)]
    observed, expected = observed[keep], expected[keep]
    if len(observed) > 1 and observed[-1].sum() == 1:
        observed[-2] += observed[-1]
        expected[-2] += expected[-1]
        observed, expected = observed[:-1], expected[:-1]
    return observed, expected, small


def _merge_row(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """The smallest cell of a sum joins its smaller neighbour, until all expect one; what is left moves to the front."""
    o, e = observed.tolist(), expected.tolist()
    while len(e) > 2:
        at = max(i for i, value in enumerate(e) if value == min(e))
        if at == 0:
            to = 1
        elif at == len(e) - 1 or e[at - 1] <= e[at + 1]:
            to = at - 1
        else:
            to = at + 1
        e[to] += e[at]
        o[to] += o[at]
        del e[at], o[at]
        if min(e) >= _LEAST:
            break
    empty = [0.0] * (len(expected) - len(e))
    return np.array(o + empty), np.array(e + empty)


def _rare_columns(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    while expected.shape[1] > 2 and expected[:, -1].sum() < _LEAST * np.ceil(len(expected) * 0.1):
        for array in (observed, expected):
            array[:, -2] += array[:, -1]
        observed, expected = observed[:, :-1], expected[:, :-1]
    keep = np.ones(expected.shape[1], bool)
    for column in range(expected.shape[1] - 1, 0, -1):
        if (expected[:, column] > 0).mean() < 0.05:
            keep[column] = False
            for array in (observed, expected):
                array[:, column - 1] += array[:, column]
    return observed[:, keep], expected[:, keep]


def _merge_sums(observed: Floats, expected: Floats) -> tuple[Floats, Floats]:
    while len(expected) > 1:
        small = ((expected < _LEAST) & (expected != 0)).any(axis=1)
        if not small.any():
            break
        at = int(np.argmax(small))
        if at == 0:
            to = 1
        elif at == len(expected) - 1 or observed[at - 1].sum() <= observed[at + 1].sum():
            to = at - 1
        else:
            to = at + 1
        for array in (observed, expected):
            array[to] += array[at]
        keep = np.arange(len(expected)) != at
        observed, expected = observed[keep], expected[keep]
    return observed, expected


def s_x2(cells: Cells, n_parameters: int) -> tuple[float, int]:
    """Statistic and degrees of freedom of merged cells: cells − sums − the item's parameters."""
    there = cells.expected > 0
    safe = np.where(there, cells.expected, 1.0)
    statistic = float((np.where(there, cells.observed - cells.expected, 0.0) ** 2 / safe).sum())
    return statistic, int(there.sum()) - len(cells.expected) - n_parameters
