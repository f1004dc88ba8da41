"""What the reader of a factor solution must know."""

from __future__ import annotations

from akhlak_research.core.results import Notice
from akhlak_research.counts.moments import Moments
from akhlak_research.measure.extraction import LOWEST_UNIQUENESS
from akhlak_research.measure.factor_solution import Solution
from akhlak_research.measure.matrices import SMALLEST_EIGENVALUE


def solution_notices(
    moments: Moments, solution: Solution, rotation: str, smallest: float, n: int | None
) -> tuple[Notice, ...]:
    """Gravest first. ``smallest`` is the smallest eigenvalue of the matrix, ``n`` what the caller gave."""
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
    said.append(Notice("efa_convention", "info"))
    return tuple(said)
