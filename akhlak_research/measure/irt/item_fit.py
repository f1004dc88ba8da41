"""Does each item behave as the model says? S-X², infit and outfit, with the customary verdict."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2

from akhlak_research.catalog.thresholds import thresholds
from akhlak_research.core.checks import check_choice
from akhlak_research.core.errors import DataError
from akhlak_research.core.results import Notice, Result, result
from akhlak_research.measure.irt.fitted import Fitted
from akhlak_research.measure.irt.mean_squares import expectation, extreme, mean_squares, point_measure
from akhlak_research.measure.irt.orlando_thissen import item_cells, merge, s_x2
from akhlak_research.measure.irt.results import Irt, one_population
from akhlak_research.measure.irt.scores import SCORERS
from akhlak_research.measure.multiplicity import holm

Persons = Literal["ML", "WLE", "EAP", "MAP"]


@result
class IrtItemFit(Result):
    """How each item fits.

    Attributes
    ----------
    items : DataFrame
        Index ``item``: ``n``; ``s_x2 df pvalue pvalue_adjusted rmsea`` (Orlando & Thissen; adjusted by Holm over the
        items); ``infit_mnsq infit_zstd outfit_mnsq outfit_zstd point_measure_r``; ``verdict``.
    persons : str
        Whose measures stand in infit, outfit and point–measure correlation.
    n_extreme : int
        People with only lowest or only highest answers, left out of infit and outfit by ML and WLE.
    n_complete : int
        People behind S-X², which needs complete rows.
    """

    kind: ClassVar[str] = "irt_item_fit"
    items: pd.DataFrame
    persons: str
    n_extreme: int
    n_complete: int

    def table(self) -> pd.DataFrame:
        """One row per item."""
        return self.items.reset_index()

    def headline(self) -> str:
        """Items by verdict."""
        counts = self.items["verdict"].value_counts()
        return f"{len(self.items)} items: " + ", ".join(f"{n} {name}" for name, n in counts.items())


def irt_item_fit(result: Irt, *, persons: Persons = "ML") -> IrtItemFit:
    """Item fit: S-X², infit and outfit mean squares, point–measure correlation, and a verdict by customary cut-offs.

    Parameters
    ----------
    result : Irt
        A fitted model of one group.
    persons : {"ML", "WLE", "EAP", "MAP"}
        Measures of people in infit, outfit and point–measure correlation. ``ML`` and ``WLE`` leave out people with only
        lowest or only highest answers, as Winsteps and eRm do (that is what Indonesian reviewers know); ``EAP`` is what
        mirt prints and gives smaller mean squares, because the answers pull their own expectation less.

    Returns
    -------
    IrtItemFit
        ``.items`` by item. The verdict is that of Sumintono & Widhiarso (2015): ``fits`` if outfit MNSQ, outfit ZSTD
        and point–measure correlation are all within the cut-offs of ``ak.thresholds()``, ``kept`` if at least one is,
        ``misfit`` if none is. It is a custom of Rasch reports, not a test; S-X² stands beside it.

    Raises
    ------
    MethodError
        ``irt_one_population`` for several groups: fit each one with ``by=``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> fit = ak.irt(study.responses.of_dimension("N"), "pcm")
    >>> checked = ak.irt_item_fit(fit)
    >>> checked.items.loc["N5", ["outfit_mnsq", "infit_mnsq"]].astype(float).round(2).tolist()
    [1.17, 1.11]

    Notes
    -----
    S-X² under sampling weights has no known distribution and is not given; nor are ZSTD. Frequencies count as people.
    ZSTD grows with n: at n = 2,000 trifles pass 2; read the mean squares first.

    References
    ----------
    Orlando, M., & Thissen, D. (2000). Likelihood-based item-fit indices for dichotomous IRT models. APM, 24, 50–64.
    Kang, T., & Chen, T. T. (2008). Performance of the generalized S-X² item fit index. JEM, 45, 391–406.
    Wright, B. D., & Masters, G. N. (1982). Rating scale analysis. MESA Press.
    """
    fitted = one_population(result)
    check_choice(persons, SCORERS.names, "persons")
    sampled = fitted.rows.weighting == "sampling"
    frame = _mean_square_columns(fitted, persons, sampled)
    complete = fitted.patterns.complete
    statistics = _s_x2_columns(fitted, sampled)
    items = pd.concat([frame[["n"]], statistics, frame.drop(columns="n")], axis=1)
    items["verdict"] = [_verdict(row) for _, row in items.iterrows()]
    out = extreme(fitted)
    people = fitted.people()
    return IrtItemFit(
        inputs=result.inputs,
        notices=(Notice("irt_s_x2_weighted", "info"),) if sampled else (),
        items=items,
        persons=persons,
        n_extreme=int(people[out].sum()),
        n_complete=int(people[complete].sum()),
    )


def _mean_square_columns(fitted: Fitted, persons: str, sampled: bool) -> pd.DataFrame:
    theta, _ = SCORERS[persons].estimate(fitted)
    keep = np.isfinite(theta)
    if persons in ("ML", "WLE"):
        keep &= ~extreme(fitted)
    if keep.sum() < 2:
        raise DataError("irt_all_extreme")
    expected = expectation(fitted, np.where(keep, theta, np.nan))
    squares = mean_squares(expected, fitted.patterns.weight[:, None], 0)
    no_z = np.full(len(squares.outfit), np.nan)
    n = (fitted.people()[:, None] * (fitted.patterns.codes >= 0)).sum(axis=0).astype(int)
    columns = {
        "n": n, "infit_mnsq": squares.infit, "infit_zstd": no_z if sampled else squares.infit_z,
        "outfit_mnsq": squares.outfit, "outfit_zstd": no_z if sampled else squares.outfit_z,
        "point_measure_r": point_measure(fitted, theta, keep),
    }  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index(fitted.patterns.names, name="item"))


def _s_x2_columns(fitted: Fitted, sampled: bool) -> pd.DataFrame:
    names = list(fitted.patterns.names)
    frame = pd.DataFrame(
        np.nan, index=pd.Index(names, name="item"), columns=["s_x2", "df", "pvalue", "pvalue_adjusted", "rmsea"]
    )
    complete = fitted.patterns.complete
    n = float(fitted.patterns.weight[complete].sum())
    if sampled or n < 2 or len(names) < 3:
        return frame
    sizes, codes, weight = fitted.sizes(), fitted.patterns.codes[complete], fitted.patterns.weight[complete]
    p, prior = fitted.curves(fitted.theta).p, np.exp(fitted.log_prior()[0])
    total = codes.sum(axis=1)
    # mirt counts the free numbers of θ's distribution as parameters of every item
    of_people = 1 if fitted.family.rasch else 0
    for i, name in enumerate(names):
        observed = np.zeros((int((sizes - 1).sum()) + 1, int(sizes[i])))
        np.add.at(observed, (total, codes[:, i]), weight)
        free = int(sizes[i]) - 1 + (0 if fitted.family.rasch else 1) + of_people
        statistic, df = s_x2(merge(item_cells(p, sizes, prior, i, observed)), free)
        if df > 0:
            rmsea = np.sqrt(max(statistic / df - 1, 0.0) / (n - 1))
            frame.loc[name] = [statistic, df, chi2.sf(statistic, df), np.nan, rmsea]
    frame["pvalue_adjusted"] = holm(frame["pvalue"].to_numpy())
    return frame


def _verdict(row: pd.Series) -> str:
    met = [
        all(thresholds(name).met(row[column]) for name in names)
        for column, names in (
            ("outfit_mnsq", ("outfit_low", "outfit_high")),
            ("outfit_zstd", ("outfit_z_low", "outfit_z_high")),
            ("point_measure_r", ("point_measure_low", "point_measure_high")),
        )
    ]
    return "fits" if all(met) else "kept" if any(met) else "misfit"
