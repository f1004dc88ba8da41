"""``link_scores``: scores of a new instrument on the scale of the old one, where both were given."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Notice, ResultBase, result
from akhlak_research.core.seeding import generator
from akhlak_research.index.linking_kernels import equipercentile, mean_sigma
from akhlak_research.survey.linearised import Floats

Design = Literal["same-people", "equivalent-groups", "anchor-items"]
#: people (or anchors) below which a curve follows noise
_FEW_PEOPLE, _FEW_ANCHORS = 100, 3


@result
class Link(ResultBase):
    """A conversion from the new scale to the old one.

    Attributes
    ----------
    method : {"mean-sigma", "equipercentile"}
    design : {"same-people", "equivalent-groups", "anchor-items"}
    slope, intercept : float
        Of mean–sigma; NaN for equipercentile.
    points : DataFrame
        ``score linked std_error ci_low ci_high``: the conversion at scores over the new scale.
    n_new, n_old : int
        People or anchors behind each side.
    correlation : float
        Of the two sides where the same people or anchors are behind both; NaN otherwise.
    level : float
    n_boot : int
    seed : int or None
    """

    kind: ClassVar[str] = "link"
    method: str
    design: str
    slope: float
    intercept: float
    points: pd.DataFrame
    n_new: int
    n_old: int
    correlation: float
    level: float
    n_boot: int
    seed: int | None
    notices: tuple[Notice, ...] = ()

    def apply(self, scores: pd.Series | float) -> pd.Series | float:
        """Scores of the new instrument on the scale of the old one.

        Beyond the points an equipercentile link keeps the distance at its end.
        """
        if not isinstance(scores, pd.Series):
            return self.at(float(scores))
        made = [self.at(float(score)) for score in scores]
        return pd.Series(made, index=scores.index, name=scores.name, dtype=np.float64)

    def at(self, score: float) -> float:
        """One score on the scale of the old instrument; NaN stays NaN."""
        if self.method == "mean-sigma":
            return self.slope * score + self.intercept
        at, to = (self.points[name].to_numpy(dtype=np.float64) for name in ("score", "linked"))
        beyond = min(score - float(at[0]), 0.0) + max(score - float(at[-1]), 0.0)
        return float(np.interp(score, at, to)) + beyond

    def table(self) -> pd.DataFrame:
        """The conversion: ``score linked std_error ci_low ci_high``."""
        return self.points.copy()

    def headline(self) -> str:
        """Method and design."""
        return f"{self.method}, {self.design}, n = {self.n_new} and {self.n_old}"


def link_scores(
    new: pd.Series,
    old: pd.Series,
    *,
    design: Design,
    method: Literal["mean-sigma", "equipercentile"] = "mean-sigma",
    weights: tuple[pd.Series | None, pd.Series | None] = (None, None),
    points: tuple[float, float, int] | None = None,
    step: tuple[float, float] | None = None,
    level: float = 0.95,
    n_boot: int = 500,
    rng: int | np.random.Generator | None = None,
) -> Link:
    """A conversion of scores from a new instrument to the scale of an old one.

    Where the instruments differ and neither anchors nor people are common, there is no link: the series is broken, and
    no arithmetic mends it.

    Parameters
    ----------
    new, old : Series
        Scores of persons on each instrument; or, with ``design="anchor-items"``, locations (difficulties) of the items
        that both instruments share.
    design : {"same-people", "equivalent-groups", "anchor-items"}
        Who is behind both sides: the same people (matched by the index), two random samples of one population, or
        the same items (matched by the index).
    method : {"mean-sigma", "equipercentile"}
        A straight line by means and standard deviations, or the same percentile ranks (persons only).
    weights : (Series or None, Series or None)
        Sampling weights of the persons, new and old.
    points : (low, high, count), optional
        Scores at which the conversion is given; default: 21 over the range of ``new``.
    step : (new, old), optional
        Distance of neighbouring scores, over which equipercentile spreads each; default: the commonest distance.
    level : float
        Level of the intervals (bootstrap percentiles over persons or anchors).
    n_boot : int
        Bootstrap samples.
    rng : int or Generator, optional
        Their seed.

    Returns
    -------
    Link
        ``.apply(scores)``, ``.points``, ``.slope``, ``.intercept``.

    Raises
    ------
    ArgumentError
        ``unknown_choice``, ``link_type``, ``not_a_score``, ``level_out_of_range``, ``count_out_of_range``.
    DataError
        ``link_unmatched`` (nobody common), ``duplicate_units``, ``link_no_spread``, ``link_weights``.
    MethodError
        ``link_anchor_method``.

    Notes
    -----
    Missing scores are left out, with same people in pairs. Two instruments that measure different things can be put on
    one scale and still not be comparable; look at the correlation.

    References
    ----------
    Kolen, M. J. & Brennan, R. L. (2014), Test Equating, Scaling, and Linking, 3rd ed.; Marco, G. L. (1977), Journal of
    Educational Measurement 14, 139–160.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> old = pd.Series([50.0, 60.0, 70.0, 80.0])
    >>> link = ak.link_scores(old / 2 + 40, old, design="same-people", rng=1)
    >>> round(link.slope, 2), round(link.apply(70.0), 1)
    (2.0, 60.0)
    """
    check_choice(design, ("same-people", "equivalent-groups", "anchor-items"), "design")
    check_choice(method, ("mean-sigma", "equipercentile"), "method")
    check_level(level)
    check_count(n_boot, 100, "n_boot")
    if design == "anchor-items" and method == "equipercentile":
        raise MethodError("link_anchor_method")
    x, y, w_x, w_y = _sides(new, old, design, weights)
    if np.isinf(x).any() or np.isinf(y).any():
        raise ArgumentError("not_a_score", got="∞")
    at = np.linspace(*((float(x.min()), float(x.max()), 21) if points is None else points))
    steps = np.array([_step(x), _step(y)] if step is None else step, dtype=np.float64)

    def convert(rows: np.ndarray, columns: np.ndarray) -> Floats:
        if method == "mean-sigma":
            slope, intercept = _line(x[rows], y[columns], w_x[rows], w_y[columns])
            return np.asarray(slope * at + intercept, dtype=np.float64)
        return equipercentile(at, x[rows], y[columns], w_x[rows], w_y[columns], steps)

    everyone = (np.arange(len(x)), np.arange(len(y)))
    linked = convert(*everyone)
    draw, seed = generator(rng)
    drawn = _resampled(convert, len(x), len(y), design != "equivalent-groups", n_boot, draw)
    low, high = np.nanquantile(drawn, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    slope, intercept = _line(x, y, w_x, w_y) if method == "mean-sigma" else (np.nan, np.nan)
    table = pd.DataFrame(
        {"score": at, "linked": linked, "std_error": np.nanstd(drawn, axis=0), "ci_low": low, "ci_high": high}
    )
    correlation = float(np.corrcoef(x, y)[0, 1]) if design != "equivalent-groups" else np.nan
    return Link(
        method=method, design=design, slope=float(slope), intercept=float(intercept), points=table, n_new=len(x),
        n_old=len(y), correlation=correlation, level=level, n_boot=n_boot, seed=seed,
        notices=_notices(design, min(len(x), len(y))),
    )  # fmt: skip


def _line(x: Floats, y: Floats, w_x: Floats, w_y: Floats) -> tuple[float, float]:
    if (w_x == w_x[0]).all() and (w_y == w_y[0]).all():
        return mean_sigma(x, y) if np.ptp(x) > 0 else (np.nan, np.nan)
    mx, my = np.average(x, weights=w_x), np.average(y, weights=w_y)
    spread = np.average((x - mx) ** 2, weights=w_x)
    slope = float(np.sqrt(np.average((y - my) ** 2, weights=w_y) / spread)) if spread > 0 else np.nan
    return slope, float(my - slope * mx)


def _sides(
    new: pd.Series, old: pd.Series, design: Design, weights: tuple[pd.Series | None, pd.Series | None]
) -> tuple[Floats, Floats, Floats, Floats]:
    for side in (new, old):
        if not isinstance(side, pd.Series):
            raise ArgumentError("link_type", got=type(side).__name__, expected="Series")
    a, b = _with_weights(new, weights[0]), _with_weights(old, weights[1])
    if design != "equivalent-groups":
        for frame in (a, b):
            twice = frame.index[frame.index.duplicated()]
            if len(twice):
                raise DataError("duplicate_units", got=[str(name) for name in twice[:10]])
        common = a.index.intersection(b.index)
        if len(common) < 2:
            raise DataError("link_unmatched", got=len(common), expected=2)
        a, b = a.loc[common], b.loc[common]
    for frame, name in ((a, "new"), (b, "old")):
        if len(frame) < 2 or np.ptp(frame["score"].to_numpy()) == 0:
            raise DataError("link_no_spread", side=name, got=len(frame))
    return (*(frame["score"].to_numpy(dtype=np.float64) for frame in (a, b)),
            *(frame["weight"].to_numpy(dtype=np.float64) for frame in (a, b)))  # type: ignore[return-value]  # fmt: skip


def _with_weights(side: pd.Series, weights: pd.Series | None) -> pd.DataFrame:
    given = np.ones(len(side)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(given) != len(side) or not (np.isfinite(given) & (given > 0)).all():
        raise DataError("link_weights", got=len(given), expected=len(side))
    frame = pd.DataFrame({"score": pd.to_numeric(side).to_numpy(dtype=np.float64), "weight": given}, index=side.index)
    return frame.dropna().sort_index(kind="stable")


def _step(scores: Floats) -> float:
    """The commonest distance of neighbouring scores."""
    distances = np.round(np.diff(np.unique(scores)), 9)
    values, counts = np.unique(distances, return_counts=True)
    return float(values[np.argmax(counts)])


def _resampled(
    convert: Callable[[np.ndarray, np.ndarray], Floats], n: int, m: int, paired: bool, n_boot: int,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    drawn = []
    for _ in range(n_boot):
        rows = rng.integers(0, n, n)
        drawn.append(convert(rows, rows if paired else rng.integers(0, m, m)))
    return np.array(drawn)


def _notices(design: Design, n: int) -> tuple[Notice, ...]:
    least = _FEW_ANCHORS if design == "anchor-items" else _FEW_PEOPLE
    found = [Notice("link_few", "caution", {"n": n, "least": least})] if n < least else []
    return (*found, Notice("linked_is_not_equal", "info"))
