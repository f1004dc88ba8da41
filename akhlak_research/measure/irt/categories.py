"""Are the categories of an item used in their order?"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.results import Result, result
from akhlak_research.measure.irt.results import Irt, one_population
from akhlak_research.measure.irt.scores import SCORERS


@result
class IrtCategories(Result):
    """How people use the categories of each item.

    Attributes
    ----------
    categories : DataFrame
        ``item category n percent average_theta threshold ordered``: ``average_theta`` is the mean EAP of the people
        who chose it and should rise; ``threshold`` is b between it and the one below; ``ordered`` whether that
        threshold lies above the one before.
    disordered : tuple of str
        Items with a threshold below the one before it (cannot happen in the graded model).
    unsteady : tuple of str
        Items in which people of a higher category stand lower on average than those of the one below.
    """

    kind: ClassVar[str] = "irt_categories"
    categories: pd.DataFrame
    disordered: tuple[str, ...]
    unsteady: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row per item and category."""
        return self.categories

    def headline(self) -> str:
        """Items out of order."""
        return f"disordered thresholds: {', '.join(self.disordered) or 'none'}"


def irt_categories(result: Irt) -> IrtCategories:
    """Are the categories used in their order? Counts, average measures and thresholds of every category.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.

    Returns
    -------
    IrtCategories
        ``.categories``, ``.disordered``, ``.unsteady``. A disordered threshold says that a category is nowhere the most
        likely one: people skip it; it does not say that the item is wrong.

    Raises
    ------
    MethodError
        ``irt_one_population``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "pcm")
    >>> ak.irt_categories(fit).disordered
    ('N1', 'N2', 'N3', 'N4', 'N5')
    """
    fitted = one_population(result)
    theta, _ = SCORERS["EAP"].estimate(fitted)
    weight, people = fitted.patterns.weight, fitted.people()
    rows = []
    disordered, unsteady = [], []
    b = result.parameters.filter(regex=r"^b\d+$").to_numpy()
    for i, name in enumerate(fitted.patterns.names):
        codes = fitted.patterns.codes[:, i]
        means = []
        for k, category in enumerate(fitted.patterns.categories[i]):
            at = codes == k
            share = weight[at].sum() / weight[codes >= 0].sum()
            means.append(float(np.average(theta[at], weights=weight[at])))
            threshold = float(b[i, k - 1]) if k else np.nan
            ordered = None if k < 2 else bool(b[i, k - 1] > b[i, k - 2])
            rows.append((name, category, int(people[at].sum()), 100 * share, means[-1], threshold, ordered))
        steps = b[i, : len(means) - 1]
        if (np.diff(steps) < 0).any():
            disordered.append(name)
        if (np.diff(means) < 0).any():
            unsteady.append(name)
    columns = ["item", "category", "n", "percent", "average_theta", "threshold", "ordered"]
    return IrtCategories(
        inputs=result.inputs, categories=pd.DataFrame(rows, columns=columns), disordered=tuple(disordered),
        unsteady=tuple(unsteady),
    )  # fmt: skip
