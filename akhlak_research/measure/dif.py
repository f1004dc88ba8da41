"""Differential item functioning: which items work differently in groups, and what that does to the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count, check_level
from akhlak_research.core.errors import MethodError
from akhlak_research.counts.rows import Keys, Scale
from akhlak_research.measure.dif_index import effect_on_groups, effect_on_units
from akhlak_research.measure.dif_material import gather
from akhlak_research.measure.dif_methods import METHODS
from akhlak_research.measure.dif_result import DifResult
from akhlak_research.measure.dif_rounds import Plan, compare, notices_of, run_all
from akhlak_research.measure.material import several_dimensions
from akhlak_research.measure.multiplicity import ADJUSTMENTS
from akhlak_research.responses.model import Responses

MethodName = Literal["ordinal-logistic", "mantel", "generalised-mantel-haenszel", "irt-lr", "irt-wald"]


def dif(
    items: pd.DataFrame | Responses,
    group: str | pd.Series,
    *,
    method: MethodName = "ordinal-logistic",
    matching: Literal["total", "rest", "trait"] | None = None,
    test: Literal["both", "uniform", "nonuniform"] | None = None,
    purify: bool = True,
    anchors: Sequence[str] | None = None,
    adjust: Literal["holm", "benjamini-hochberg", "none"] = "holm",
    reference: object = None,
    unit: str | pd.Series | None = None,
    keys: Keys | None = None,
    scale: Scale | None = None,
    weights: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    level: float = 0.95,
    max_rounds: int = 10,
) -> DifResult:
    """Test every item for differential functioning, and say what it does to the index in index points.

    An item functions differently if people of two groups who stand equally on what the scale measures answer it
    differently. Effects are group minus reference: a positive one lifts the group's answers.

    Parameters
    ----------
    items : DataFrame or Responses
        Item codes of one scale, respondents × items. People are matched on these items, and the index is their mean
        on 0–100; for one dimension alone use ``responses.of_dimension(…)`` or ``ak.per_dimension``.
    group : str or Series
        A background variable of Responses (sex, age band, employment status, job family, language), a column of the
        DataFrame (then no item), or a Series of n labels. Rows without a group are left out and counted in a notice;
        so are groups below the threshold ``dif_smallest_group``.
    method : str
        ``ordinal-logistic`` (proportional odds; uniform and non-uniform), ``mantel`` (ordered categories, uniform),
        ``generalised-mantel-haenszel`` (unordered categories, all groups at once), ``irt-lr`` and ``irt-wald``
        (graded response model with the other anchors held equal; likelihood ratio or Wald).
    matching : {"total", "rest", "trait"}, optional
        Sum of the anchors and the item; of the anchors without it; or θ of a graded response model (weighted
        likelihood estimate). Default: ``total``; the IRT methods know ``trait`` alone.
    test : {"both", "uniform", "nonuniform"}, optional
        Which test decides; default: the first that the method knows.
    purify : bool
        Leave flagged items out of the anchors and test again, until nothing changes.
    anchors : sequence of str, optional
        Match on these items, without purification.
    adjust : {"holm", "benjamini-hochberg", "none"}
        Adjustment of p for all tests of the result: family-wise error, false discovery rate, none.
    reference : optional
        Label of the reference group; default: the largest.
    unit : str or Series, optional
        The office whose index is computed; gives ``.units``.
    keys, scale : mapping, (low, high), optional
        Reverse keying and limits of the codes of a DataFrame. Without limits the lowest and highest answers given
        stand for them (a notice says so): index points depend on them.
    weights : array (n,), optional
        Sampling weights, for ``ordinal-logistic`` and ``irt-wald``: pseudo-likelihood, Wald tests and errors with
        sandwich covariance, people drawn independently. Other methods refuse them. Responses bring their own.
    frequencies : array (n,), optional
        Row counts; k is the row k times, in all outputs.
    level : float
        Level of the intervals.
    max_rounds : int
        Most rounds of purification.

    Returns
    -------
    DifResult
        ``.table()``, ``.flagged``, ``["KP1"]``, ``.groups``, ``.units``.

    Raises
    ------
    MethodError
        ``one_group``; ``dif_no_weights``, ``dif_matching``, ``dif_test``: the method cannot do that.
    DataError, ArgumentError
        ``too_few_items``; ``unknown_choice``, ``by_unknown``, ``by_invalid``, ``by_index``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> found = ak.dif(ak.Study("data/bfi").responses.of_dimension("N"), "gender")
    >>> found.flagged
    ('N5',)
    >>> found["N5"][0].verdict, round(found["N5"][0].points.estimate, 1)
    ('dif_large', -1.8)

    Notes
    -----
    *Missing answers.* Matching on a sum uses complete rows; ``trait`` and the IRT methods use every answer given.

    *Degenerate answers.* An item that everybody in the two groups answers alike, a matching score without variance and
    perfect separation give ``Unavailable`` with the reason. A category that one group never uses is kept by the
    proportional odds model and the tests on strata, which need no parameter of its own for each group; the IRT methods
    join it to its neighbour nearer the middle and say so.

    *Index points.* The expected answer of the group's people minus what the reference would answer at the same
    standing, averaged over the group's people, as a share of the item's scale, divided by the number of items, times
    100. The interval holds the people's matching scores fixed.

    References
    ----------
    Swaminathan, H. & Rogers, H. J. (1990), Journal of Educational Measurement 27, 361–370; Zumbo, B. D. (1999), A
    handbook on the theory and methods of differential item functioning; Zwick, R., Donoghue, J. R. & Grima, A. (1993),
    Journal of Educational Measurement 30, 233–251; Thissen, D., Steinberg, L. & Wainer, H. (1993), in Differential
    item functioning, 67–113.
    """
    check_level(level)
    chosen, adjustment = METHODS[method], ADJUSTMENTS[adjust]
    matching = matching or chosen.matching[0]  # type: ignore[assignment]
    test = test or chosen.tests[0]  # type: ignore[assignment]
    check_choice(matching, ("total", "rest", "trait"), "matching")
    check_choice(test, ("both", "uniform", "nonuniform"), "test")
    if matching not in chosen.matching:
        raise MethodError("dif_matching", method=method, got=matching, expected=chosen.matching)
    if test not in chosen.tests:
        raise MethodError("dif_test", method=method, got=test, expected=chosen.tests)
    missing = "fiml" if matching == "trait" else chosen.missing
    data = gather(
        items, group, keys=keys, scale=scale, weights=weights, frequencies=frequencies, reference=reference, unit=unit,
        missing=missing,
    )  # fmt: skip
    if data.sampled and not chosen.weights:
        able = tuple(one.name for one in METHODS if one.weights)
        raise MethodError("dif_no_weights", method=method, expected=able)
    most = check_count(max_rounds, 1, "max_rounds") if purify and anchors is None else 0
    runs = run_all(data, chosen, Plan(str(matching), str(test), anchors, most, adjustment))
    comparisons = compare(data, runs, adjustment, level)
    flagged = tuple(dict.fromkeys(one.item for one in comparisons if one.verdict in ("dif_moderate", "dif_large")))
    groups = effect_on_groups(data, comparisons)
    return DifResult(
        inputs=data.inputs, notices=several_dimensions(items) + notices_of(data, runs, comparisons, flagged),
        group=data.name, reference=data.groups[0], method=method, matching=str(matching), test=str(test), adjust=adjust,
        comparisons=comparisons, flagged=flagged,
        anchors={run.label: tuple(n for n, a in zip(data.names, run.anchors, strict=True) if a) for run in runs},
        rounds={run.label: run.rounds for run in runs}, groups=groups,
        units=None if data.unit is None else effect_on_units(data, comparisons), level=level,
    )  # fmt: skip
