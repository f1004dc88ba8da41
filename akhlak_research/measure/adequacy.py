"""May these items be factored? Kaiser, Meyer and Olkin's measure, and Bartlett's test of sphericity."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import ByGroup, Notice, Result, Unavailable, result
from akhlak_research.counts.moments import Items, Missing
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.correlations import CORRELATIONS, chi_square_people
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
    correlation : str
        As asked.
    """

    kind: ClassVar[str] = "kmo"
    overall: float | Unavailable
    per_item: pd.Series
    partial_correlations: pd.DataFrame
    correlation: str = "pearson"

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
        Unavailable under sampling weights and for polychoric correlations.
    determinant : float
        Of the correlation matrix.
    n : int
        People the statistic counts.
    correlation : str
        As asked.
    """

    kind: ClassVar[str] = "bartlett_sphericity"
    statistic: float
    df: int
    pvalue: float | Unavailable
    determinant: float
    n: int
    correlation: str = "pearson"

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
    correlation: str = "pearson",
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
    correlation : {"pearson", "polychoric"}
        Of the answers, or of what lies behind them. Polychoric correlations are larger, and so, as a rule, is their
        KMO: it speaks of the latent responses, and cut-offs made for Pearson correlations are easier to pass.

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
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies,
        "correlation": correlation,
    }  # fmt: skip
    return repeat_for(_kmo, items, by, **options)


def _kmo(items: Items, *, correlation: str, **options: Any) -> Kmo:
    entry = CORRELATIONS[correlation]
    material = gather(items, **options)
    moments, matrix = material.moments, entry.matrix(items, material, options)
    require_positive_definite(matrix.R, moments.names)
    overall, per_item, partial = kmo_kernel(matrix.R)
    names = list(moments.names)
    return Kmo(
        inputs=moments.inputs,
        notices=(*_latent(entry.latent), *matrix.notices),
        overall=Unavailable("kmo_no_correlation") if np.isnan(overall) else overall,
        per_item=pd.Series(per_item, index=names, name="kmo"),
        partial_correlations=pd.DataFrame(partial, index=names, columns=names),
        correlation=correlation,
    )


def _latent(latent: bool) -> tuple[Notice, ...]:
    return (Notice("adequacy_latent", "info"),) if latent else ()


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
    correlation: str = "pearson",
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
    correlation : {"pearson", "polychoric"}
        Polychoric: the statistic of the polychoric matrix without a p-value, because such correlations vary more than
        the chi-square law expects; on unrelated items the test would reject far too often.

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
        "keys": keys, "scale": scale, "missing": missing, "weights": weights, "frequencies": frequencies, "n": n,
        "correlation": correlation,
    }  # fmt: skip
    return repeat_for(_bartlett, items, by, **options)


def _bartlett(items: Items, *, n: int | None, correlation: str, **options: Any) -> Bartlett:
    entry = CORRELATIONS[correlation]
    material = gather(items, **options)
    moments = material.moments
    people = people_behind(moments, n)
    if isinstance(people, Unavailable) and people.code == "pairwise_needs_n":
        raise MethodError("pairwise_needs_n", low=int(moments.n_pair.min()), high=int(moments.n_pair.max()))
    matrix = entry.matrix(items, material, options)
    require_positive_definite(matrix.R, moments.names)
    counted = moments.n if isinstance(people, Unavailable) else people
    statistic, df = bartlett_kernel(matrix.R, counted)
    lawful = chi_square_people(material, correlation, n)
    return Bartlett(
        inputs=moments.inputs,
        notices=(*_latent(entry.latent), *matrix.notices),
        statistic=statistic,
        df=df,
        pvalue=lawful if isinstance(lawful, Unavailable) else float(chi2.sf(statistic, df)),
        determinant=float(np.linalg.det(matrix.R)),
        n=counted,
        correlation=correlation,
    )


def bartlett_kernel(R: Floats, n: int) -> tuple[float, int]:
    """Statistic and degrees of freedom for R (p, p) of n people (Bartlett 1951)."""
    p = len(R)
    log_det = float(np.linalg.slogdet(R)[1])
    return -(n - 1 - (2 * p + 5) / 6) * log_det, p * (p - 1) // 2
