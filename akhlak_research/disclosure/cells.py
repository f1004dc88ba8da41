"""Cell suppression in a frequency table with published margins: primary, secondary, and the audit that decides.

The table is augmented by its margins; each row and each column then sums to zero with its margin counted negative
(Fischetti & Salazar 2001, the attacker's problem). What an attacker can infer of a hidden cell is the range of its
values over all tables that agree with what is published: two linear programmes a cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def augmented(table: Ints) -> Ints:
    """(r + 1, c + 1): the table with its row totals, column totals and the grand total."""
    with_rows = np.column_stack([table, table.sum(axis=1)])
    return np.vstack([with_rows, with_rows.sum(axis=0)])


def primary(full: Ints, threshold: int) -> Bools:
    """Cells and margins of 1 to ``threshold`` − 1 people. The grand total is always known: it is n."""
    hidden = (full > 0) & (full < threshold)
    hidden[-1, -1] = False
    return np.asarray(hidden)


def ranges(full: Ints, hidden: Bools) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(r + 1, c + 1) lowest and highest value of each cell that agrees with all cells not hidden.

    Counts are not negative, and an attacker is given the benefit of real numbers.
    """
    from scipy.optimize import linprog

    low = full.astype(np.float64)
    high = low.copy()
    where = np.argwhere(hidden)
    if not len(where):
        return low, high
    matrix, right = _equations(full, hidden)
    for at, (i, j) in enumerate(where):
        goal = np.zeros(len(where))
        goal[at] = 1.0
        ends = [linprog(sign * goal, A_eq=matrix, b_eq=right, bounds=(0, None)).x[at] for sign in (1.0, -1.0)]
        low[i, j], high[i, j] = ends
    return low, high


def _equations(full: Ints, hidden: Bools) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = full.shape
    where = np.argwhere(hidden)
    matrix, right = [], []
    for axis, length in ((0, rows), (1, columns)):
        # the cells of a line minus its margin are zero
        signs = np.ones(full.shape)
        if axis == 0:
            signs[:, -1] = -1
        else:
            signs[-1, :] = -1
        known = (signs * full * ~hidden).sum(axis=1 - axis)
        for line in range(length):
            on_line = where[:, axis] == line
            if not on_line.any():
                continue
            matrix.append([signs[i, j] if on else 0.0 for (i, j), on in zip(where, on_line, strict=True)])
            right.append(-known[line])
    return np.asarray(matrix), np.asarray(right, dtype=np.float64)


def suppress(table: Ints, threshold: int) -> tuple[Bools, Ints]:
    """Cells to hide so that nobody can infer that a cell has fewer people than ``threshold``.

    Parameters
    ----------
    table : (r, c) int
        People per cell.
    threshold : int
        Cells of 1 to threshold − 1 people are hidden, and further ones until the highest possible value of each of
        them reaches the threshold and its range is not a single value.

    Returns
    -------
    hidden : (r + 1, c + 1) bool
        With the margins in the last row and column.
    full : (r + 1, c + 1) int
    """
    full = augmented(np.asarray(table, dtype=np.int64))
    small = primary(full, threshold)
    hidden = small.copy()
    while True:
        low, high = ranges(full, hidden)
        exposed = small & ((high < threshold - 1e-6) | (high - low < 1e-6))
        if not exposed.any():
            return hidden, full
        corners = _cheapest_rectangle(full, hidden, *min(map(tuple, np.argwhere(exposed))))
        if corners is None:  # no rectangle left: nothing but the grand total can be published
            everything = np.ones_like(hidden)
            everything[-1, -1] = False
            return everything, full
        for i, j in corners:
            hidden[i, j] = True


def _cheapest_rectangle(full: Ints, hidden: Bools, i: int, j: int) -> list[tuple[int, int]] | None:
    """Corners to hide beside cell (i, j) so that its value can move: those of the rectangle with the fewest people in
    cells not hidden yet. A single further cell in a row or column never protects: the other line gives it away."""
    last = (full.shape[0] - 1, full.shape[1] - 1)
    found: tuple[int, list[tuple[int, int]]] | None = None
    for k in range(full.shape[0]):
        for m in range(full.shape[1]):
            if k == i or m == j:
                continue
            corners = [(i, m), (k, j), (k, m)]
            new = [corner for corner in corners if not hidden[corner]]
            # an empty corner cannot give way, and the grand total is known
            if not new or last in corners or any(full[corner] == 0 for corner in corners):
                continue
            cost = int(sum(full[corner] for corner in new))
            if found is None or cost < found[0]:
                found = (cost, new)
    return None if found is None else found[1]


def suppress_groups(n: Ints, threshold: int) -> Bools:
    """(g,) groups of a total to hide: those of 1 to ``threshold`` − 1 people, and the smallest others until at least
    two are hidden and together they have ``threshold`` people; the total less the published ones is no more than that.
    """
    n = np.asarray(n, dtype=np.int64)
    hidden = np.asarray((n > 0) & (n < threshold))
    for at in np.argsort(n, kind="stable"):
        if not hidden.any() or (hidden.sum() >= 2 and n[hidden].sum() >= threshold):
            break
        if n[at] > 0:
            hidden[at] = True
    return hidden
