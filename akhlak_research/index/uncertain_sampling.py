"""Respondents drawn again: within units and their finite populations, or as a survey design drew them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from akhlak_research.core.errors import MethodError
from akhlak_research.core.results import Notice
from akhlak_research.counts.rows import group_labels
from akhlak_research.index.design_moments import is_census
from akhlak_research.index.frame import as_units
from akhlak_research.index.recipe import Recipe
from akhlak_research.index.scores import score_persons
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints
from akhlak_research.survey.replication import as_replicates


@dataclass(frozen=True, slots=True)
class Framed:
    """Answers whose unit is known, the share of each unit's people behind them, and what to say of the rest."""

    responses: Responses
    unit: str | pd.Series
    fraction: dict[str, float]
    notices: tuple[Notice, ...]


def framed(responses: Responses, recipe: Recipe, unit: str | pd.Series, frame: pd.DataFrame) -> Framed:
    """Answers against a frame, as ``build_index`` takes them: people without a unit are left out of the whole.

    Raises
    ------
    DataError
        ``unit_not_in_frame``, ``more_answers_than_people``, ``frame_columns``, ``duplicate_units``, ``no_units``.
    """
    labels, _, name = group_labels(responses, unit)
    persons = score_persons(responses, recipe, labels)
    assert persons.unit is not None
    units = as_units(persons.unit, persons.unit_names, frame, name)
    fraction = units.fraction()
    assert fraction is not None
    found = []
    known = labels.notna().to_numpy(dtype=bool)
    if not known.all():
        found.append(Notice("persons_without_unit_left_out", "caution", {"n": int((~known).sum())}))
    if units.silent:
        silent = {"count": len(units.silent), "units": list(units.silent[:10]), "people": sum(units.silent_people)}
        found.append(Notice("units_without_answers", "caution", silent))
    kept = unit[known] if isinstance(unit, pd.Series) else unit
    shares = dict(zip(units.names, fraction.tolist(), strict=True))
    return Framed(responses if known.all() else responses.where(known), kept, shares, tuple(found))


def draw_within(unit: Ints, fraction: Floats, size: int, rng: np.random.Generator) -> Floats:
    """(size, n) factors of weights: n − 1 people drawn with replacement from the n of each unit.

    1 − λ + λ n / (n − 1) m with m times drawn and λ = √(1 − f), so that the variance of a mean over draws is
    (1 − f) s² / n (Rao, J. N. K. & Wu, C. F. J. 1988, JASA 83, 231–241). A unit with one person keeps it.

    Parameters
    ----------
    unit : (n,) int
        −1 where unknown.
    fraction : (g,) float
        Share of each unit's people who answered; 0 where unknown.
    """
    out = np.ones((size, len(unit)))
    for code in np.unique(unit):
        rows = np.flatnonzero(unit == code)
        m = len(rows)
        spread = 1.0 if code < 0 else float(np.sqrt(max(0.0, 1 - fraction[code])))
        if m < 2 or spread == 0:
            continue
        at = rng.integers(0, m, (size, m - 1)) + np.arange(size)[:, None] * m
        times = np.bincount(at.ravel(), minlength=size * m).reshape(size, m)
        out[:, rows] = 1 - spread + spread * m / (m - 1) * times
    return out


def design_draws(design: SurveyDesign, size: int, rng: np.random.Generator) -> Floats:
    """(R, n) factors of the weights of a design: its bootstrap replicates, or those that it implies.

    Raises
    ------
    MethodError
        ``uncertainty_needs_bootstrap`` where weights were adjusted, or replicates are of another kind: then what the
        design implies cannot be drawn from it; those of ``as_replicates``.
    """
    made = design.replicates
    if made is None:
        if design.steps:
            raise MethodError("uncertainty_needs_bootstrap", got=[step.kind for step in design.steps])
        if is_census(design):
            return np.ones((size, design.n))
        made = as_replicates(design, "bootstrap", replicates=size, rng=rng).replicates
        assert made is not None
    elif not np.allclose(made.scale * made.rscales * (made.count - 1), 1.0, rtol=0.05):
        raise MethodError("uncertainty_needs_bootstrap", got=made.kind)
    return np.asarray((made.weights() / design.weights[:, None]).T, dtype=np.float64)

