"""Can the dimensions be told apart? Heterotrait–monotrait ratios from correlations alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from tqdm.std import tqdm

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, MethodError
from akhlak_research.core.results import Estimate, Interval, Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.counts.moments import Items
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import CORRELATIONS
from akhlak_research.measure.efa_bootstrap import pearson_replicates, polychoric_replicates
from akhlak_research.measure.material import dimensions_of, gather

_SECONDS_BEFORE_BAR = 2.0


@result
class Htmt(Result):
    """Heterotrait–monotrait ratios of every pair of dimensions.

    Attributes
    ----------
    ratios, ratios2 : mapping of (str, str) to Estimate or Unavailable
        HTMT and HTMT2 with percentile intervals.
    dimensions : tuple of str
    correlation : str
    n_boot, seed : int or None
    level : float
    """

    kind: ClassVar[str] = "htmt"
    ratios: Mapping[tuple[str, str], Estimate | Unavailable]
    ratios2: Mapping[tuple[str, str], Estimate | Unavailable]
    dimensions: tuple[str, ...]
    correlation: str
    n_boot: int
    seed: int | None
    level: float

    def __getitem__(self, pair: tuple[str, str]) -> Estimate | Unavailable:
        found = self.ratios.get(pair) or self.ratios.get((pair[1], pair[0]))
        if found is None:
            raise ArgumentError("unknown_choice", argument="pair", got=pair, expected=list(self.ratios))
        return found

    def table(self) -> pd.DataFrame:
        """One row per pair: ``first second htmt ci_low ci_high htmt2 htmt2_ci_low htmt2_ci_high cutoff met``; met says
        that the whole interval (without one, the ratio) is below the cut-off."""
        cut = thresholds("htmt")
        rows = []
        for (first, second), one in self.ratios.items():
            two = self.ratios2[first, second]
            upper = one.interval.high if isinstance(one.interval, Interval) else one.estimate
            rows.append(
                {
                    "first": first, "second": second, "htmt": one.estimate, "ci_low": one.interval.low,
                    "ci_high": one.interval.high, "htmt2": two.estimate, "htmt2_ci_low": two.interval.low,
                    "htmt2_ci_high": two.interval.high, "cutoff": cut.value, "met": cut.met(upper),
                }
            )  # fmt: skip
        return pd.DataFrame(rows)

    def matrix(self) -> pd.DataFrame:
        """HTMT as a symmetric matrix."""
        frame = pd.DataFrame(np.eye(len(self.dimensions)), index=self.dimensions, columns=self.dimensions)
        for (a, b), one in self.ratios.items():
            frame.loc[a, b] = frame.loc[b, a] = float(one)
        return frame

    def headline(self) -> str:
        """The largest ratio."""
        pair, worst = max(self.ratios.items(), key=lambda each: np.nan_to_num(float(each[1]), nan=-1.0))
        return f"largest HTMT {float(worst):.3f} ({pair[0]}, {pair[1]})"


def htmt(
    items: Items,
    *,
    dimensions: Mapping[str, Sequence[str]] | None = None,
    correlation: str = "pearson",
    n_boot: int = 500,
    rng: int | np.random.Generator | None = 1,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    level: float = 0.95,
) -> Htmt:
    """Heterotrait–monotrait ratio of correlations (HTMT), and HTMT2 for items that measure unequally well.

    The mean correlation of items of two dimensions over the geometric mean of the mean correlations within each: an
    estimate of the correlation of the dimensions themselves. Near 1, two names stand for one thing.

    Parameters
    ----------
    items : DataFrame, Responses, Counts
        Complete rows are used.
    dimensions : mapping of str to list of str, optional
        Dimension to its items (two or more), in place of the instrument's.
    correlation : {"pearson", "polychoric"}
    n_boot : int
        Bootstrap samples for percentile intervals; 0: none. Needs rows, not counts.
    rng : int, Generator or None
        Seed of the bootstrap.
    keys, scale : mapping, (low, high), optional
        Reverse keying and scale limits of a DataFrame.
    weights : array (n,), optional
        Sampling weights; a person keeps theirs when drawn.
    frequencies : array (n,), optional
        Row counts; k is the row k times.
    level : float
        Of the intervals.

    Returns
    -------
    Htmt
        ``.table()``, ``.matrix()``, ``["A", "N"]`` an Estimate.

    Raises
    ------
    MethodError
        ``htmt_dimensions``: fewer than two dimensions, or one of fewer than two items.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.htmt(ak.Study("data/bfi").responses, n_boot=0)
    >>> round(float(found["A", "E"]), 3)
    0.646

    Notes
    -----
    Absolute correlations are averaged, as ``semTools::htmt`` does: items should be keyed one way first. HTMT2 takes
    geometric means and so allows items of one dimension to load unequally.

    References
    ----------
    Henseler, J., Ringle, C. M., & Sarstedt, M. (2015). A new criterion for assessing discriminant validity in
    variance-based structural equation modeling. Journal of the Academy of Marketing Science, 43, 115–135.
    Roemer, E., Schuberth, F., & Henseler, J. (2021). HTMT2 – an improved criterion for assessing discriminant validity
    in structural equation modeling. Industrial Management & Data Systems, 121, 2637–2650.
    """
    check_level(level)
    way = CORRELATIONS[correlation]
    known = dimensions_of(items, dimensions)
    if known is None or len(known) < 2 or min(map(len, known.values())) < 2:
        raise MethodError("htmt_dimensions", got={k: len(v) for k, v in (known or {}).items()})
    items = _only(items, known)
    data: dict[str, Any] = {"keys": keys, "scale": scale, "weights": weights, "frequencies": frequencies}
    gathered = {k: v for k, v in data.items() if v is not None}
    material = gather(items, **gathered)
    matrix = way.matrix(items, material, gathered)
    names = material.moments.names
    unknown = [item for members in known.values() for item in members if item not in names]
    if unknown:
        raise ArgumentError("dimension_items_unknown", got=unknown, expected=names)
    places = [np.array([names.index(item) for item in members]) for members in known.values()]
    generated, seed = generator(rng)
    draws = np.empty((0, 2, 0))
    if n_boot:
        if material.rows is None:
            raise MethodError("htmt_needs_rows")
        make = pearson_replicates if correlation == "pearson" else polychoric_replicates
        with tqdm(total=n_boot, delay=_SECONDS_BEFORE_BAR, disable=None, leave=False, unit="replicate") as bar:
            found = []
            for R in make(material.rows, n_boot, generated):
                bar.update(1)
                found.append(heterotrait_ratios(R, places))
        draws = np.array(found)
    values = heterotrait_ratios(matrix.R, places)
    pairs = [(a, b) for i, a in enumerate(known) for b in list(known)[i + 1 :]]
    ratios, ratios2 = (
        {
            pair: _estimate(values[which, j], draws[:, which, j] if len(draws) else None, level, material.moments.n)
            for j, pair in enumerate(pairs)
        }
        for which in (0, 1)
    )
    lost = n_boot - len(draws)
    notices = (*matrix.notices, *((Notice("htmt_replicates_lost", "caution", {"n": lost}),) if lost else ()))
    return Htmt(
        inputs=material.inputs, notices=notices, ratios=ratios, ratios2=ratios2, dimensions=tuple(known),
        correlation=correlation, n_boot=n_boot, seed=seed, level=level,
    )  # fmt: skip


def _only(items: Items, known: Mapping[str, Sequence[str]]) -> Items:
    """The columns of a DataFrame that belong to a dimension."""
    if not isinstance(items, pd.DataFrame):
        return items
    wanted = [item for members in known.values() for item in members]
    unknown = [item for item in wanted if item not in items.columns]
    if unknown:
        raise ArgumentError("dimension_items_unknown", got=unknown, expected=list(items.columns))
    return items[list(dict.fromkeys(wanted))]


def _estimate(value: float, draws: Floats | None, level: float, n: int) -> Estimate | Unavailable:
    if not np.isfinite(value):
        return Unavailable("htmt_zero")
    if draws is None:
        none = Unavailable("htmt_no_interval")
        return Estimate(float(value), none, none, n)
    known = draws[np.isfinite(draws)]
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    interval = Interval(float(low), float(high), level, "bootstrap-percentile")
    return Estimate(float(value), float(known.std(ddof=1)), interval, n)


def heterotrait_ratios(R: Floats, places: Sequence[np.ndarray]) -> Floats:
    """(2, pairs) HTMT (arithmetic means) and HTMT2 (geometric means) of |R| (p, p); pairs (1,2), (1,3), …, (2,3), …"""
    size = np.abs(R)
    with np.errstate(divide="ignore"):
        logs = np.log(size)
    found = []
    for matrix, back in ((size, lambda x: x), (logs, np.exp)):
        within = []
        for at in places:
            i, j = np.triu_indices(len(at), 1)
            within.append(back(matrix[np.ix_(at, at)][i, j].mean()))
        row = []
        for a in range(len(places)):
            for b in range(a + 1, len(places)):
                between = back(matrix[np.ix_(places[a], places[b])].mean())
                scale = within[a] * within[b]
                row.append(between / np.sqrt(scale) if scale > 0 else np.nan)
        found.append(row)
    return np.array(found)
