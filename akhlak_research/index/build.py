"""``build_index``: answers and a recipe in, scores with their uncertainty out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.refusals import group_refused
from akhlak_research.core.results import ByGroup, Estimate, Interval, Notice, Unavailable
from akhlak_research.counts.rows import group_labels
from akhlak_research.index.composite import as_components, composite_scores
from akhlak_research.index.design_moments import design_moments, designed, is_census, shared_clusters
from akhlak_research.index.estimate import Moments, Scale, scores_of
from akhlak_research.index.frame import Units, as_units
from akhlak_research.index.recipe import Recipe, read_recipe
from akhlak_research.index.result import TOTAL, Index, IndexScore
from akhlak_research.index.scores import PersonScores, score_persons
from akhlak_research.index.steps import normalise_methods
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import DomainMeans, Floats, Ints, domain_means
from akhlak_research.survey.stages import Stage, people_in_strata
from akhlak_research.survey.variance import domain_covariances

AnyRecipe = Recipe | str | Path | Mapping[str, Any]
_LEFT_OUT = {"same": "persons_left_out", "available": "persons_without_score"}


@overload
def build_index(
    responses: Responses, recipe: AnyRecipe = ..., *, unit: str | pd.Series | None = ..., by: None = ...,
    frame: pd.DataFrame | None = ..., components: pd.DataFrame | None = ..., scores: pd.DataFrame | None = ...,
    design: SurveyDesign | None = ..., level: float = ...,
) -> Index: ...  # fmt: skip
@overload
def build_index(
    responses: Responses, recipe: AnyRecipe = ..., *, unit: str | pd.Series | None = ..., by: str | pd.Series,
    frame: pd.DataFrame | None = ..., components: pd.DataFrame | None = ..., scores: pd.DataFrame | None = ...,
    design: SurveyDesign | None = ..., level: float = ...,
) -> ByGroup[Index]: ...  # fmt: skip
def build_index(
    responses: Responses,
    recipe: AnyRecipe = "plain-mean",
    *,
    unit: str | pd.Series | None = None,
    by: str | pd.Series | None = None,
    frame: pd.DataFrame | None = None,
    components: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    design: SurveyDesign | None = None,
    level: float = 0.95,
) -> Index | ByGroup[Index]:
    """An index from answers: a score per value and in total, for all respondents and per unit, with intervals.

    Parameters
    ----------
    responses : Responses
        Answers with their instrument. Sampling weights that they carry are used; their scale does not matter.
    recipe : Recipe, str, Path or mapping
        How it is made; see ``read_recipe``.
    unit : str or Series, optional
        Background variable (or labels) of the office whose score it is.
    by : str or Series, optional
        Repeats the whole index for each group of people.
    frame : DataFrame, optional
        People per unit: a column named like ``unit`` (or ``unit``) and ``population``. Gives finite-population
        correction, and makes units the strata of the error of the whole. With ``by`` it needs that column too.
    components : DataFrame, optional
        Scores (0–100) of the other components of the recipe: units in the index, one column per component.
    scores : DataFrame, optional
        Scores of persons on 0–100, one column per value, that take the place of the steps score and normalise: from an
        item-response or factor model. Rows as in ``responses``.
    design : SurveyDesign, optional
        How the respondents were sampled, rows as in ``responses``: its weights and errors (strata, clusters, finite
        populations, calibration, replicates) are used, units being domains. Not with ``frame`` or ``by``.
    level : float
        Level of the intervals.

    Returns
    -------
    Index
        ``.total``, ``.values["BP"]`` (each with ``.estimate .se .interval .band .probabilities``), ``.of(unit)``,
        ``.table()``, ``.band_table()``.
    ByGroup of Index
        With ``by``: the index of each group, of its rows alone.

    Raises
    ------
    ArgumentError
        ``responses_needed``, ``by_invalid``, ``by_unknown``, ``level_out_of_range``, ``frame_type``,
        ``components_type``, ``scores_type``, ``design_type``.
    DataError
        ``unit_not_in_frame``, ``more_answers_than_people``, ``duplicate_units``, ``population_invalid``,
        ``frame_columns``, ``frame_unit_missing``, ``no_units``, ``nobody_scored``, ``recipe_mixed_scales``,
        ``recipe_top_outside``, ``recipe_weights_unknown``, ``recipe_band_scale``, ``component_columns``,
        ``component_unit_unknown``, ``component_out_of_range``, ``scores_columns``, ``scores_rows``, ``scores_range``,
        ``design_rows``; those of reading a recipe and rows.
    MethodError
        ``frame_without_unit``, ``by_needs_frame_column``, ``by_with_components``, ``components_without_unit``,
        ``design_with``.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study("data/bfi")
    >>> index = ak.build_index(study.responses, {"round": {"decimals": 1}})
    >>> index.total
    <index_score total: Estimate(63.25 [62.88, 63.61], n=2796)>
    >>> index.table()[["value", "n", "estimate"]].round(2).head(2).values.tolist()
    [['A', 2796, 73.06], ['C', 2796, 65.32]]

    Notes
    -----
    A person's score on a value is the mean of the items answered if at least the recipe's share was answered. The
    total is the aggregate of the values' means, with the covariance that values of the same persons have. Errors are
    over respondents, by linearisation (without weights: s² / n), times 1 − n / N where a frame is given, with Student's
    t on n − 1 degrees of freedom (n − number of units for the whole with a frame). Intervals are cut to the limits of
    the scale. A unit with one respondent, or with respondents who all score the same, has no standard error unless
    everybody answered. Scores of all respondents are their own (weighted) mean: without weights an office that answered
    better counts more. Probabilities of bands use the normal approximation and the cut points that rounding implies.
    Frequencies are not taken: repeat the rows.

    References
    ----------
    Särndal, C.-E., Swensson, B. & Wretman, J. (1992), Model Assisted Survey Sampling, sections 5.6–5.8 and 3.7.
    """
    check_level(level)
    if not isinstance(responses, Responses):
        raise ArgumentError("responses_needed", got=type(responses).__name__, expected="Responses")
    made = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    if unit is None and frame is not None:
        raise MethodError("frame_without_unit")
    if unit is None and components is not None:
        raise MethodError("components_without_unit")
    if design is not None:
        responses = designed(responses, design, frame=frame, by=by)
    if by is not None:
        return _by_group(responses, made, unit, by, frame, components, level, scores)
    return _build(responses, made, unit, frame, components, level, scores, design)


def _by_group(
    responses: Responses, recipe: Recipe, unit: str | pd.Series | None, by: str | pd.Series,
    frame: pd.DataFrame | None, components: pd.DataFrame | None, level: float, scores: pd.DataFrame | None,
) -> ByGroup[Index]:  # fmt: skip
    if components is not None:
        raise MethodError("by_with_components")
    labels, _, name = group_labels(responses, by)
    if frame is not None and name not in frame.columns:
        raise MethodError("by_needs_frame_column", column=name, expected=[str(c) for c in frame.columns])
    parts: dict[Any, Index] = {}
    notices: list[Notice] = []
    for group in sorted(labels.dropna().unique().tolist(), key=lambda v: (str(type(v)), v)):
        keep = (labels == group).fillna(False).to_numpy(dtype=bool)
        chosen = unit[keep] if isinstance(unit, pd.Series) else unit
        people = None if frame is None else frame[frame[name].astype(str) == str(group)]
        try:
            given = None if scores is None else scores[keep]
            parts[group] = _build(responses.where(keep), recipe, chosen, people, None, level, given, None)
        except DataError as error:
            if error.code not in ("nobody_scored", "no_rows", "no_units"):
                raise
            notices.append(group_refused(group, error))
    return ByGroup(by=name, parts=parts, n_without_group=int(labels.isna().sum()), notices=tuple(notices))


def _build(
    responses: Responses, recipe: Recipe, unit: str | pd.Series | None, frame: pd.DataFrame | None,
    components: pd.DataFrame | None, level: float, given: pd.DataFrame | None, design: SurveyDesign | None,
) -> Index:  # fmt: skip
    labels, _, name = (None, None, None) if unit is None else group_labels(responses, unit)
    persons = score_persons(responses, recipe, labels, given)
    scale = Scale(recipe, level, persons.low, persons.high)
    _check_bands(scale)
    units = None
    if persons.unit is not None and name is not None:
        units = as_units(persons.unit, persons.unit_names, frame, name)
    whole, covariance = _whole(persons, units, design)
    scores = scores_of(whole, persons.values, persons.aggregate, scale, TOTAL)
    notices = _notices(persons, units, scale, responses)
    notices += [] if given is None else [Notice("scores_given", "info")]
    if units is not None:
        notices += shared_clusters(design, persons.row, units.code)
        made = _units(persons, units, scale, design)
        if recipe.components is not None:
            others = as_components(components, recipe.components, {score.unit for score in made if score.unit})
            made, said = composite_scores(made, others, recipe.components, scale)
            notices += said
        scores += made
    elif recipe.components is not None:
        notices.append(Notice("components_not_used", "caution"))
    notices += _cut(scores, scale)
    return Index(
        inputs=persons.inputs,
        notices=tuple(notices),
        recipe=recipe,
        level=level,
        unit_name=name,
        scores=tuple(scores),
        covariance=pd.DataFrame(covariance, index=list(persons.values), columns=list(persons.values)),
    )


def _check_bands(scale: Scale) -> None:
    bands = scale.bands
    if bands is not None and (scale.high != 100 or scale.low < bands.low):
        raise DataError("recipe_band_scale", got=f"{scale.low:g}–{scale.high:g}", expected="0–100", bands=bands.name)


def _whole(persons: PersonScores, units: Units | None, design: SurveyDesign | None) -> tuple[Moments, np.ndarray]:
    """Moments of all respondents; with a frame, of those whose unit is known, units being strata."""
    if design is not None:
        domain = np.zeros(len(persons.y), dtype=np.int64)
        mean, within, free, count = design_moments(design, persons.y, persons.row, domain, 1)
        made = Moments(None, count[0], len(domain), mean[0], within[0], float(free[0]), None, is_census(design))
        return made, within[0]
    framed = units is not None and units.people is not None
    keep = units.code >= 0 if units is not None and framed else np.ones(len(persons.y), dtype=bool)
    y, w = persons.y[keep], persons.w[keep]
    one = np.zeros(len(y), dtype=np.int64)
    means = domain_means(y, w, one, 1)
    n, population, census = len(y), None, False
    if units is not None and units.people is not None:
        fraction = units.fraction()
        assert fraction is not None
        stage = people_in_strata(units.code[keep], units.names, units.people)
        covariance = domain_covariances(means.influence, one, 1, (stage,), "adjust")[0][0]
        population = float(units.people.sum() + sum(units.silent_people))
        census = bool((fraction >= 1).all()) and not units.silent
        df = n - len(units.names)
    else:
        stage = people_in_strata(one, ("",))
        covariance, df = _within(means, one, stage)[0], n - 1
    whole = Moments(None, means.n[0], n, means.mean[0], covariance, float(df), population, census)
    return whole, covariance


def _within(means: DomainMeans, domain: Ints, stage: Stage) -> Floats:
    """(g, k, k) covariances of the means of each domain, domains being the strata.

    Each variance is that of the rows that have the value, n / (n − 1) with their own number; NaN where that is one
    person of several, which tells nothing of spread.
    """
    n, drawn = means.n.astype(np.float64), stage.drawn[:, None]
    small = np.where(n > 1, n / np.maximum(n - 1, 1), 1.0) / np.where(drawn > 1, drawn / np.maximum(drawn - 1, 1), 1.0)
    z = means.influence * np.sqrt(small)[domain]
    covariances, _ = domain_covariances(z, domain, len(means.n), (stage,), "remove")
    unknown = (means.n < 2) & (stage.fraction < 1)[:, None]
    return np.where(unknown[:, :, None] | unknown[:, None, :], np.nan, covariances)


def _units(persons: PersonScores, units: Units, scale: Scale, design: SurveyDesign | None) -> list[IndexScore]:
    keep = units.code >= 0
    code, g = units.code[keep], len(units.names)
    fraction = units.fraction()
    size = np.bincount(code, minlength=g)
    if design is None:
        means = domain_means(persons.y[keep], persons.w[keep], code, g)
        stage = people_in_strata(code, units.names, units.people)
        mean, count, covariances, df = means.mean, means.n, _within(means, code, stage), size - 1.0
    else:
        mean, covariances, df, count = design_moments(design, persons.y, persons.row, units.code, g)
    scores = {}
    for at, unit in enumerate(units.names):
        people = None if units.people is None else float(units.people[at])
        census = bool(fraction[at] >= 1) if fraction is not None else design is not None and is_census(design)
        moments = Moments(unit, count[at], int(size[at]), mean[at], covariances[at], float(df[at]), people, census)
        scores[unit] = scores_of(moments, persons.values, persons.aggregate, scale, TOTAL)
    for unit, people in zip(units.silent, units.silent_people, strict=True):
        none = Unavailable("no_answers")
        scores[unit] = [scale.score(unit, value, none, 0.0, people) for value in (*persons.values, TOTAL)]
    return [score for unit in sorted(scores) for score in scores[unit]]


def _notices(persons: PersonScores, units: Units | None, scale: Scale, responses: Responses) -> list[Notice]:
    recipe, bands = scale.recipe, scale.bands
    found = []
    if persons.left_out:
        share = 100 * recipe["score"]["minimum_answered"]
        values = {"n": persons.left_out, "n_rows": persons.left_out + len(persons.y), "minimum": share}
        found.append(Notice(_LEFT_OUT[recipe["score"]["persons"]], "info", values))
    if bands is not None:
        about = {"bands": bands.name, "instrument": bands.instrument, "year": str(bands.year)}
        found.append(Notice("bands_are_a_choice", "info", about))
        if recipe.decimals is not None:
            found.append(Notice("rounded_before_banding", "info", {"decimals": recipe.decimals, "bands": bands.name}))
    caution = normalise_methods[recipe["normalise"]["method"]].caution
    if caution is not None:
        found.append(Notice(caution, "caution", {"low": scale.low}))
    if units is None:
        return found
    without = int((units.code < 0).sum())
    if without:
        code = "persons_without_unit" if units.people is None else "persons_without_unit_left_out"
        found.append(Notice(code, "caution", {"n": without}))
    if units.silent:
        silent = {"count": len(units.silent), "units": list(units.silent[:10]), "people": sum(units.silent_people)}
        found.append(Notice("units_without_answers", "caution", silent))
    fraction = units.fraction()
    if fraction is not None and responses.weights is None and float(np.ptp(fraction)) > 0:
        ends = {"low": 100 * float(fraction.min()), "high": 100 * float(fraction.max())}
        found.append(Notice("total_is_of_respondents", "caution", ends))
    return found


def _cut(scores: list[IndexScore], scale: Scale) -> list[Notice]:
    """A notice where intervals were cut to the limits of the scale."""
    cut = sum(
        isinstance(score.interval, Interval)
        and isinstance(score.score, Estimate)
        and (score.interval.low == scale.low or score.interval.high == scale.high)
        and score.interval.low < score.interval.high
        for score in scores
    )
    return [Notice("intervals_cut", "info", {"count": cut, "low": scale.low, "high": scale.high})] if cut else []
