"""What the reader of a factor solution must know."""

from __future__ import annotations

import numpy as np

from akhlak_research.core.results import Notice
from akhlak_research.counts.moments import Moments
from akhlak_research.measure.extraction import LOWEST_UNIQUENESS
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE
from akhlak_research.measure.rotation import ROTATIONS


def solution_notices(
    moments: Moments, solution: Solution, rotation: str, smallest: float, n: int | None, cut: float
) -> tuple[Notice, ...]:
    """Gravest first. ``smallest`` is the smallest eigenvalue of the matrix, ``n`` what the caller gave, ``cut`` the
    size from which a loading counts."""
    extracted, turned = solution.extracted, solution.rotated
    said = []
    if not extracted.converged:
        said.append(Notice("efa_not_converged", "warning", {"iterations": extracted.iterations}))
    if extracted.heywood:
        at_floor = extracted.uniquenesses <= LOWEST_UNIQUENESS * (1 + 1e-9)
        names = tuple(name for name, low in zip(moments.names, at_floor, strict=True) if low)
        said.append(Notice("efa_heywood", "warning", {"items": names, "floor": LOWEST_UNIQUENESS}))
    if smallest <= SMALLEST_EIGENVALUE:
        said.append(Notice("efa_singular", "warning", {"eigenvalue": smallest}))
    if not turned.converged:
        said.append(Notice("rotation_not_converged", "caution", {"rotation": rotation}))
    if turned.n_best < turned.n_starts:
        said.append(Notice("rotation_local_minima", "caution", {"n_best": turned.n_best, "n_starts": turned.n_starts}))
    if moments.inputs.missing == "pairwise":
        low, high = int(moments.n_pair.min()), int(moments.n_pair.max())
        said.append(Notice("efa_pairwise", "info", {"low": low, "high": high, "n": n or "–"}))
    if rotation != "none" or solution.loadings.shape[1] == 1:
        said += _structure_notices(moments, solution, ROTATIONS[rotation].fixed, cut)
    if ROTATIONS[rotation].fixed == 0:
        said.append(Notice("efa_convention", "info"))
    return tuple(said)


def _structure_notices(moments: Moments, solution: Solution, fixed: int | None, cut: float) -> list[Notice]:
    """Factors that too few items carry, items on several factors, items on none."""
    first = fixed or 0  # a general factor is shared by design
    names = np.asarray(moments.names, dtype=object)
    size = np.abs(solution.loadings)
    large = size[:, first:] >= cut
    main = np.zeros_like(large)
    main[np.arange(len(size)), size[:, first:].argmax(axis=1)] = True
    said = []
    weak = tuple(f"F{first + j + 1}" for j in np.flatnonzero((large & main).sum(axis=0) < 3))
    if weak:
        said.append(Notice("efa_weak_factor", "caution", {"factors": weak, "cut": cut}))
    cross = tuple(names[large.sum(axis=1) > 1])
    if cross:
        said.append(Notice("efa_cross_loading", "info", {"items": cross, "cut": cut}))
    nowhere = tuple(names[~(size >= cut).any(axis=1)])
    if nowhere:
        said.append(Notice("efa_no_loading", "caution", {"items": nowhere, "cut": cut}))
    return said
