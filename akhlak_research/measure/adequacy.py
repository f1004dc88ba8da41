"""May these items be factored? Kaiser, Meyer and Olkin's measure, and Bartlett's test of sphericity."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import ByGroup, Result, Unavailable, result
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.material import gather, repeat_for
from akhlak_research.measure.matrices import people_behind, require_positive_definite


@result
class Kmo(Result):
    """Sampling adequacy.

    Attributes
    ----------
    overall : float or Unavailable
        Of all items together, 0 to 1; Unavailable where no two items are related.
    per_item : Series
        Of each item; NaN for an item related to no other.
    partial_correlations : DataFrame
        Correlation of each pair with all other items held constant, items × items, ones on the diagonal. (Programs
        that speak of anti-image correlations print them with the opposite sign.)
    """

    kind: ClassVar[str] = "kmo"
    overall: float | Unavailable
    per_item: pd.Series
    partial_correlations: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The overall value first, then one row per item: ``item kmo``."""
        overall = pd.Series({"overall": float(self.overall)})
        values: pd.Series[float] = pd.concat([overall, self.per_item])
        return pd.DataFrame({"item": list(values.index), "kmo": values.to_numpy()})

    def headline(self) -> str:
        """Overall value and number of items."""
        return f"{float(self.overall):.3f}, {len(self.per_item)} items"


@result
class Bartlett(Result):
    """Test that all correlations are zero in the population.

    Attributes
    ----------
    statistic : float
        Approximately chi-square if they are.
    df : int
    pvalue : float or Unavailable
        Unavailable under sampling weights.
    determinant : float
        Of the correlation matrix.
    n : int
        People the statistic counts.
    """

    kind: ClassVar[str] = "bartlett_sphericity"
    statistic: float
    df: int
    pvalue: float | Unavailable
    determinant: float
    n: int

    def table(self) -> pd.DataFrame:
        """One row: ``statistic df pvalue n``."""
        return pd.DataFrame(
            {"statistic": [self.statistic], "df": [self.df], "pvalue": [float(self.pvalue)], "n": [self.n]}
        )

    def headline(self) -> str:
        """Statistic, degrees of freedom and n."""
        return f"{self.statistic:.1f} on {self.df} df, n={self.n}"


def kmo(
    items: Items,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
) -> Kmo | ByGroup[Kmo]:
    """Kaiser–Meyer–Olkin measure of sampling adequacy, overall and per item.

    Squared correlations as a share of squared correlations plus squared partial correlations. Near 1, what a pair of
    items shares is shared with the others too, as common factors would have it; below .5, pairs go alone.

    Parameters
    ----------
    items : DataFrame, Responses or Counts
        Item codes, respondents × items.
    keys, scale : optional
        Reverse keying and scale limits of a DataFrame. KMO does not depend on them.
    missing : {"listwise", "pairwise"}
    weights : array (n,), optional
        Sampling weights: KMO of the weighted correlations.
    frequencies : array (n,), optional
        Row counts.
    by : str or Series, optional
        Repeat for each group.

    Returns
    -------
    Kmo, or ByGroup of Kmo
        ``.overall``, ``.per_item``, ``.partial_correlations``.

    Raises
    ------
    MethodError
        ``not_positive_definite``: partial correlations need the inverse of the correlation matrix, and it has none
        (an item repeats others, fewer people than items, or pairwise deletion). No pseudo-inverse is put in its place.
    DataError
        As ``as_moments``: constant item, too few rows, and so on.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5, 4, 2], "b": [2, 2, 3, 5, 4, 5, 3], "c": [1, 3, 2, 4, 4, 3, 2]})
    >>> round(ak.kmo(frame).overall, 3)
    0.68

    References
    ----------
    Kaiser, H. F. (1970). A second generation little jiffy. Psychometrika, 35, 401–415.
    Kaiser, H. F., & Rice, J. (1974). Little jiffy, mark IV. Educational and Psychological Measurement, 34, 111–117,
    eq. 1 and 2.
    """
    options: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies
    }  # fmt: skip
    return _kmo(items, **options) if by is None else repeat_for(_kmo, items, by, **options)


def _kmo(items: Items, **options: Any) -> Kmo:
    moments = gather(items, **options).moments
    require_positive_definite(moments.correlation, moments.names)
    overall, per_item, partial = kmo_kernel(moments.correlation)
    names = list(moments.names)
    return Kmo(
        inputs=moments.inputs,
        overall=Unavailable("kmo_no_correlation") if np.isnan(overall) else overall,
        per_item=pd.Series(per_item, index=names, name="kmo"),
        partial_correlations=pd.DataFrame(partial, index=names, columns=names),
    )


def kmo_kernel(R: Floats) -> tuple[float, Floats, Floats]:
    """Overall measure, measures per item (p,) and partial correlations (p, p) of R (p, p).

    An item unrelated to all others has neither correlation nor partial correlation to compare: its measure is NaN.
    """
    inverse = np.linalg.inv(R)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    np.fill_diagonal(partial, 1.0)
    off = ~np.eye(len(R), dtype=bool)
    r2 = np.where(off, R**2, 0.0)
    q2 = np.where(off, partial**2, 0.0)
    with np.errstate(invalid="ignore"):
        return float(r2.sum() / (r2.sum() + q2.sum())), r2.sum(axis=0) / (r2.sum(axis=0) + q2.sum(axis=0)), partial


def bartlett_sphericity(
    items: Items,
    *,
    keys: Keys | None = None,
    scale: Scale | None = None,
    missing: Missing = "listwise",
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    by: str | pd.Series | None = None,
    n: int | None = None,
) -> Bartlett | ByGroup[Bartlett]:
    """Bartlett's test that the items are uncorrelated: χ² = −(n − 1 − (2p + 5)/6) ln|R| on p(p − 1)/2 df.

    With more than a few dozen people it rejects almost always; it says that there is something to factor, not that
    factoring will succeed.

    Parameters
    ----------
    items, keys, scale, missing, frequencies, by
        As in ``kmo``.
    weights : array (n,), optional
        Sampling weights: the statistic of the weighted correlations with n the rows used, without a p-value, because
        the statistic does not follow the chi-square law then.
    n : int, optional
        The n of the statistic with ``missing="pairwise"``, where each correlation has its own; not allowed otherwise.

    Returns
    -------
    Bartlett, or ByGroup of Bartlett
        ``.statistic``, ``.df``, ``.pvalue``, ``.determinant``, ``.n``. The chi-square law assumes normal answers and
        is approximate for rating scales.

    Raises
    ------
    MethodError
        ``pairwise_needs_n``; ``not_positive_definite``.
    ArgumentError
        ``n_not_needed``.

    Examples
    --------
    >>> import akhlak_research as ak, pandas as pd
    >>> frame = pd.DataFrame({"a": [1, 2, 3, 4, 5, 4, 2], "b": [2, 2, 3, 5, 4, 5, 3], "c": [1, 3, 2, 4, 4, 3, 2]})
    >>> test = ak.bartlett_sphericity(frame)
    >>> round(test.statistic, 3), test.df, round(test.pvalue, 3)
    (10.233, 3, 0.017)

    References
    ----------
    Bartlett, M. S. (1951). The effect of standardization on a χ² approximation in factor analysis. Biometrika, 38,
    337–344.
    """
    options: dict[str, Any] = {
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies, "n": n
    }  # fmt: skip
    return _bartlett(items, **options) if by is None else repeat_for(_bartlett, items, by, **options)


def _bartlett(items: Items, *, n: int | None, **options: Any) -> Bartlett:
    moments = gather(items, **options).moments
    people = people_behind(moments, n)
    if isinstance(people, Unavailable) and people.code == "pairwise_needs_n":
        raise MethodError("pairwise_needs_n", low=int(moments.n_pair.min()), high=int(moments.n_pair.max()))
    require_positive_definite(moments.correlation, moments.names)
    counted = moments.n if isinstance(people, Unavailable) else people
    statistic, df = bartlett_kernel(moments.correlation, counted)
    return Bartlett(
        inputs=moments.inputs,
        statistic=statistic,
        df=df,
        pvalue=people if isinstance(people, Unavailable) else float(chi2.sf(statistic, df)),
        determinant=float(np.linalg.det(moments.correlation)),
        n=counted,
    )


def bartlett_kernel(R: Floats, n: int) -> tuple[float, int]:
    """Statistic and degrees of freedom for R (p, p) of n people (Bartlett 1951)."""
    p = len(R)
    log_det = float(np.linalg.slogdet(R)[1])
    return -(n - 1 - (2 * p + 5) / 6) * log_det, p * (p - 1) // 2
