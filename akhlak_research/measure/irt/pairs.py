"""Which pairs of items have more in common than the trait?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.results import Result, result
from akhlak_research.measure.bounded import Floats
from akhlak_research.measure.irt.local_dependence import pair_tables, q3
from akhlak_research.measure.irt.results import Irt, one_population


@result
class LocalDependence(Result):
    """Pairs of items that have more (or less) in common than the trait explains.

    Attributes
    ----------
    pairs : DataFrame
        ``item_1 item_2 q3 q3_star ld_x2 df ld_z cramers_v``, strongest Q3* first. ``q3_star`` is Q3 less its mean over
        all pairs (Q3 leans below 0 by about 1/(p − 1)); ``ld_z`` = (X² − df)/√(2 df).
    q3 : DataFrame
        Items × items.
    """

    kind: ClassVar[str] = "local_dependence"
    pairs: pd.DataFrame
    q3: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """One row per pair."""
        return self.pairs

    def headline(self) -> str:
        """The strongest pair."""
        top = self.pairs.iloc[0]
        return f"{top['item_1']}–{top['item_2']} Q3* {top['q3_star']:.3f}"


def local_dependence(result: Irt) -> LocalDependence:
    """Pairs of items whose answers go together beyond the trait: Q3 and the LD-X² statistic.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.

    Returns
    -------
    LocalDependence
        ``.pairs`` and ``.q3``. Positive: the pair shares something else (same wording, same page); it makes reliability
        look better than it is. LD-X² is not exactly chi-squared; values of ``ld_z`` beyond 10 are the usual alarm.

    Raises
    ------
    MethodError
        ``irt_one_population``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "grm")
    >>> ak.local_dependence(fit).pairs.loc[0, ["item_1", "item_2"]].tolist()
    ['N3', 'N4']

    References
    ----------
    Yen, W. M. (1984). Effects of local item dependence. APM, 8, 125–145.
    Chen, W.-H., & Thissen, D. (1997). Local dependence indexes for item pairs. JEBS, 22, 265–289.
    Christensen, K. B., Makransky, G., & Horton, M. (2017). Critical values for Yen's Q3. APM, 41, 178–194.
    """
    fitted = one_population(result)
    names = list(fitted.patterns.names)
    correlations = q3(fitted)
    tables = pair_tables(fitted)
    of_pairs = correlations[tables.first, tables.second]
    sampled = fitted.rows.weighting == "sampling"
    pairs = pd.DataFrame({
        "item_1": [names[i] for i in tables.first], "item_2": [names[j] for j in tables.second],
        "q3": of_pairs, "q3_star": of_pairs - _mean(of_pairs),
        "ld_x2": np.nan if sampled else tables.statistic, "df": tables.df,
        "ld_z": np.nan if sampled else (tables.statistic - tables.df) / np.sqrt(2 * tables.df),
        "cramers_v": tables.v,
    })  # fmt: skip
    pairs = pairs.sort_values("q3_star", ascending=False, key=np.abs, kind="stable").reset_index(drop=True)
    matrix = pd.DataFrame(correlations, index=pd.Index(names, name="item"), columns=names)
    return LocalDependence(inputs=result.inputs, pairs=pairs, q3=matrix)


def _mean(values: Floats) -> float:
    """Mean of what exists; NaN where nothing does."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
