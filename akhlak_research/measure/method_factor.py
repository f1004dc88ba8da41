"""Does a common way of answering (social desirability, acquiescence) stand beside the dimensions?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.instrument.model import Instrument
from akhlak_research.measure.cfa.api import cfa
from akhlak_research.measure.cfa.compare import ModelComparison, compare_models
from akhlak_research.measure.cfa.result import CfaResult
from akhlak_research.measure.cfa.syntax import read_model
from akhlak_research.measure.convergent import factor_correlations
from akhlak_research.responses.model import Responses

NAME = "method"


@result
class MethodFactor(Result):
    """A factor model without and with a method factor.

    Attributes
    ----------
    items : DataFrame
        ``item factor loading loading_with method trait_share method_share``: standardised loading without and with the
        method factor, loading on it, and the shares of variance of both.
    correlations : DataFrame
        ``first second without with``: correlations of the dimensions in both models.
    comparison : ModelComparison
    method_share : float
        Mean share of variance that goes to the method factor, over its items.
    form : str
    """

    kind: ClassVar[str] = "method_factor"
    further_tables: ClassVar[tuple[str, ...]] = ("correlations",)
    items: pd.DataFrame
    correlations: pd.DataFrame
    comparison: ModelComparison
    method_share: float
    form: str

    def table(self) -> pd.DataFrame:
        """One row per item."""
        return self.items.copy()

    def headline(self) -> str:
        """Share of the method factor and the difference test."""
        return f"{self.form}: {self.method_share:.1%} of variance; {self.comparison.headline()}"


def method_factor(
    model: str | Instrument,
    data: pd.DataFrame | Responses,
    *,
    form: Literal["equal", "bifactor", "marker"] = "equal",
    markers: Sequence[str] = (),
    **options: Any,
) -> MethodFactor:
    """Compare a factor model with one in which a common method factor takes part in every answer.

    Parameters
    ----------
    model : str or Instrument
        One group; the dimensions covary.
    data : DataFrame or Responses
    form : {"equal", "bifactor", "marker"}
        ``equal``: every item has the same loading on the method factor (one parameter). ``bifactor``: loadings of its
        own. ``marker``: marker items (of social desirability, say) measure the method factor, and all items load on it
        alike.
    markers : sequence of str
        Of form ``marker``: two items or more that are not in the model.
    **options
        As for ``cfa`` (``estimator``, ``ordered``, ``weights`` …).

    Returns
    -------
    MethodFactor
        ``.table()``, ``.correlations``, ``.comparison``.

    Raises
    ------
    ArgumentError
        ``method_markers``; what ``cfa`` raises where the method factor is not identified.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> found = ak.method_factor("A =~ A1 + A2 + A3 + A4 + A5\\nN =~ N1 + N2 + N3 + N4 + N5", answers)
    >>> found.comparison.df
    1.0

    Notes
    -----
    The method factor does not covary with the dimensions. Where all items are worded one way, it cannot be told from
    what the dimensions truly share: a small share speaks against a method effect, a large one does not prove it.

    The difference test has its χ² distribution with markers only. Without them parts of the larger model are not
    identified where there is no method effect, nor, for ``equal``, where items of a dimension load alike: in
    simulation (three dimensions of four items, n = 1,000, no method effect) the 5 percent test rejects 19 percent
    (``equal``, all loadings .7), 1 percent (``equal``, loadings .4 to .85) and 39 to 48 percent (``bifactor``) of the
    samples that can be fitted, and of ``bifactor`` every other sample cannot. The method factor's sign is arbitrary.

    References
    ----------
    Podsakoff, P. M., MacKenzie, S. B., Lee, J.-Y., & Podsakoff, N. P. (2003). Common method biases in behavioral
    research. Journal of Applied Psychology, 88, 879–903. Williams, L. J., Hartman, N., & Cavazotte, F. (2010). Method
    variance and marker variables. Organizational Research Methods, 13, 477–514.
    """
    check_choice(form, ("equal", "bifactor", "marker"), "form")
    text = model.model() if isinstance(model, Instrument) else model
    said = [s for s in read_model(text).statements if s.op == "=~"]
    factors = list(dict.fromkeys(s.lhs for s in said))
    items = list(dict.fromkeys(s.rhs for s in said))
    if (form == "marker") != (len(markers) >= 2) or set(markers) & set(items):
        raise ArgumentError("method_markers", got=list(markers), form=form)
    label = "" if form == "bifactor" else "common_method*"
    apart = "\n".join(f"{NAME} ~~ 0*{factor}" for factor in factors)
    part = " + ".join(f"{label}{item}" for item in items)
    if form == "marker":
        head = f"{NAME} =~ " + " + ".join(markers) + "\n" + apart
        before = cfa(f"{text}\n{head}", data, std_lv=True, **options)
        after = cfa(f"{text}\n{head}\n{NAME} =~ {part}", data, std_lv=True, **options)
    else:
        before = cfa(text, data, std_lv=True, **options)
        after = cfa(f"{text}\n{NAME} =~ {part}\n{apart}", data, std_lv=True, **options)
    table = _items(before, after, items)
    irregular = () if form == "marker" else (Notice("method_test_irregular", "caution", {"form": form}),)
    return MethodFactor(
        inputs=after.inputs, notices=(*after.notices, *irregular), items=table,
        correlations=_correlations(before, after, factors), comparison=compare_models(before, after),
        method_share=float(table["method_share"].mean()), form=form,
    )  # fmt: skip


def _items(before: CfaResult, after: CfaResult, items: Sequence[str]) -> pd.DataFrame:
    first, second = (_loadings(each) for each in (before, after))
    common = {item: value for (factor, item), value in second.items() if factor == NAME}
    rows = []
    for (factor, item), value in first.items():
        if factor != NAME and item in items:
            own = second[factor, item]
            rows.append((item, factor, value, own, common[item], own**2, common[item] ** 2))
    columns = ["item", "factor", "loading", "loading_with", "method", "trait_share", "method_share"]
    return pd.DataFrame(rows, columns=columns)


def _loadings(model: CfaResult) -> dict[tuple[str, str], float]:
    rows = model.parameters[model.parameters["op"] == "=~"]
    return {(a, b): float(v) for a, b, v in zip(rows["lhs"], rows["rhs"], rows["std_all"], strict=True)}


def _correlations(before: CfaResult, after: CfaResult, factors: Sequence[str]) -> pd.DataFrame:
    first, second = (factor_correlations(each).loc[list(factors), list(factors)].to_numpy() for each in (before, after))
    i, j = np.triu_indices(len(factors), 1)
    return pd.DataFrame(
        {
            "first": [factors[int(a)] for a in i], "second": [factors[int(b)] for b in j], "without": first[i, j],
            "with": second[i, j],
        }
    )  # fmt: skip
