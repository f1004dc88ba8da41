"""Do two solutions hold the same factors?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ResultBase, result
from akhlak_research.measure.alignment import align
from akhlak_research.measure.efa_result import Efa


@result
class Congruence(ResultBase):
    """Tucker's congruence of the factors of two solutions.

    Attributes
    ----------
    coefficients : DataFrame
        Factors of the first × factors of the second.
    matched : DataFrame
        One row per factor of the second: ``factor with_factor congruence``; the sign of a loading column carries no
        meaning, so the coefficient is that after turning it.
    items : tuple of str
        Compared.
    """

    kind: ClassVar[str] = "factor_congruence"
    coefficients: pd.DataFrame
    matched: pd.DataFrame
    items: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row per pair of matched factors: ``factor with_factor congruence``."""
        return self.matched.copy()

    def headline(self) -> str:
        """Range of the matched coefficients."""
        values = self.matched["congruence"]
        return f"{values.min():.3f} to {values.max():.3f}, {len(self.items)} items"


def factor_congruence(first: Efa | pd.DataFrame, second: Efa | pd.DataFrame) -> Congruence:
    """Match the factors of two solutions of the same items and say how alike they are.

    Parameters
    ----------
    first, second : result of ``efa``, or DataFrame of loadings (items × factors)
        Items are matched by name; both need the same items and the same number of factors. Factors are matched so that
        the sum of absolute coefficients is largest.

    Returns
    -------
    Congruence
        ``.coefficients``, ``.table()``. φ = Σ ab / √(Σ a² Σ b²). Lorenzo-Seva and ten Berge (2006) read .85 to .94 as
        fair similarity and .95 or more as equal factors.

    Raises
    ------
    ArgumentError
        ``congruence_items``, ``loadings_shapes``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses.codes
    >>> one, two = ak.efa(answers.iloc[::2], 5), ak.efa(answers.iloc[1::2], 5)
    >>> bool(ak.factor_congruence(one, two).table()["congruence"].min() > 0.9)
    True

    References
    ----------
    Tucker, L. R. (1951). A method for synthesis of factor analysis studies. Department of the Army.
    Lorenzo-Seva, U., & ten Berge, J. M. F. (2006). Tucker's congruence coefficient as a meaningful index of factor
    similarity. Methodology, 2, 57–64.
    """
    a, b = (given.loadings if isinstance(given, Efa) else given for given in (first, second))
    if set(a.index) != set(b.index):
        raise ArgumentError("congruence_items", got=sorted(map(str, set(a.index) ^ set(b.index))))
    a = a.loc[b.index]
    A, B = a.to_numpy(dtype=np.float64), b.to_numpy(dtype=np.float64)
    match = align(A, B)
    size = np.outer(np.sqrt((A**2).sum(axis=0)), np.sqrt((B**2).sum(axis=0)))
    table = pd.DataFrame({
        "factor": [str(name) for name in b.columns],
        "with_factor": [str(a.columns[j]) for j in match.permutation],
        "congruence": match.congruence,
    })  # fmt: skip
    return Congruence(
        coefficients=pd.DataFrame(
            np.divide(A.T @ B, size, out=np.full(size.shape, np.nan), where=size > 0),
            index=a.columns,
            columns=b.columns,
        ),
        matched=table,
        items=tuple(map(str, b.index)),
    )
