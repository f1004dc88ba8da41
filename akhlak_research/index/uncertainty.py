"""``index_uncertainty``: how far the index would move with other respondents, other items, another recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from akhlak_research.core.checks import check_count, check_level
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.core.results import Notice, Result, Unavailable, result
from akhlak_research.core.seeding import generator
from akhlak_research.core.text import LANGUAGES, label
from akhlak_research.core.words import Words
from akhlak_research.counts.rows import group_labels
from akhlak_research.index.build import AnyRecipe
from akhlak_research.index.design_moments import designed
from akhlak_research.index.recipe import Recipe, read_recipe
from akhlak_research.index.recipe_model import ITEMS, SAMPLING, WEIGHTS, Change, RecipeModel, recipe_model
from akhlak_research.index.scores import score_persons
from akhlak_research.index.sobol_kernels import radial_design, share_errors, variance_shares
from akhlak_research.index.uncertain_sampling import design_draws, draw_within, framed
from akhlak_research.responses.model import Responses
from akhlak_research.survey.design import SurveyDesign
from akhlak_research.survey.linearised import Floats, Ints

#: draws of respondents and of items from which the design picks
_DRAWS, _ERROR_DRAWS = 256, 100
_WORDS = {SAMPLING: "uncertainty_sampling", ITEMS: "uncertainty_items", WEIGHTS: "uncertainty_weights"}


@dataclass(frozen=True, slots=True)
class UncertaintyShare:
    """What one source brings to one output.

    Attributes
    ----------
    quantity : {"total", "units", "rank_shift"}
        Total of all respondents; totals of units (shares weighted by their variances); mean shift of the ranks of units
        from those of the recipe as it is.
    source : str
        ``sampling``, ``items``, ``value_weights``, or the name of an alternative.
    first, total : float or Unavailable
        Share of the variance by itself; with all interactions. Estimates from a design: they can lie a little outside
        0 … 1, and the firsts need not sum to 1.
    first_error, total_error : float
        Standard errors of these estimates.
    """

    quantity: str
    source: str
    first: float | Unavailable
    first_error: float
    total: float | Unavailable
    total_error: float


@dataclass(frozen=True, slots=True)
class UncertainScore:
    """A score over everything that is uncertain: as it is, spread, central range; ranks of units likewise."""

    unit: str | None
    score: float
    sd: float
    low: float
    high: float
    rank: int | None
    rank_low: int | None
    rank_high: int | None


@result
class IndexUncertainty(Result):
    """Uncertainty of an index by source.

    Attributes
    ----------
    shares : tuple of UncertaintyShare
    scores : tuple of UncertainScore
        All respondents first, then units in sorted order.
    recipe : Recipe
    alternatives : mapping of str to int
        How many choices each has.
    level : float
    n_base, n_evaluations : int
    seed : int or None
    """

    kind: ClassVar[str] = "index_uncertainty"
    shares: tuple[UncertaintyShare, ...]
    scores: tuple[UncertainScore, ...]
    recipe: Recipe
    alternatives: Mapping[str, int]
    level: float
    n_base: int
    n_evaluations: int
    seed: int | None

    def of(self, quantity: str, source: str) -> UncertaintyShare:
        """What one source brings to one output."""
        for one in self.shares:
            if (one.quantity, one.source) == (quantity, source):
                return one
        known = [f"{one.quantity} {one.source}" for one in self.shares]
        raise ArgumentError("unknown_choice", argument="source", got=f"{quantity} {source}", expected=known)

    def table(self) -> pd.DataFrame:
        """One row per output and source: ``quantity source first first_error total total_error`` (shares of 1)."""
        rows = [
            (one.quantity, _WORDS.get(one.source, one.source), float(one.first), one.first_error, float(one.total),
             one.total_error)
            for one in self.shares
        ]  # fmt: skip
        names = ["quantity", "source_of", "first_order", "first_error", "total_order", "total_error"]
        return pd.DataFrame(rows, columns=names)

    def score_table(self) -> pd.DataFrame:
        """One row per unit: ``unit unit_score sd range_low range_high rank rank_low rank_high``."""
        rows = [
            (one.unit, one.score, one.sd, one.low, one.high, one.rank, one.rank_low, one.rank_high)
            for one in self.scores
        ]
        names = ["unit", "unit_score", "sd", "range_low", "range_high", "rank", "rank_low", "rank_high"]
        frame = pd.DataFrame(rows, columns=names)
        places = ["rank", "rank_low", "rank_high"]
        return frame.astype(dict.fromkeys(places, "Int64"))

    def headline(self) -> str:
        """The total with its central range."""
        whole = self.scores[0]
        return f"total {whole.score:.1f}, {100 * self.level:g} % of the cases within {whole.low:.1f} … {whole.high:.1f}"


def index_uncertainty(
    responses: Responses,
    recipe: AnyRecipe = "plain-mean",
    *,
    alternatives: Mapping[str, Sequence[Change]] | None = None,
    weight_spread: float | None = None,
    sampling: bool = True,
    items: bool = True,
    unit: str | pd.Series | None = None,
    frame: pd.DataFrame | None = None,
    design: SurveyDesign | None = None,
    level: float = 0.95,
    n_base: int = 256,
    rng: int | np.random.Generator | None = None,
) -> IndexUncertainty:
    """How far an index moves with other respondents, other items and other choices of the recipe, and by which most.

    Parameters
    ----------
    responses : Responses
        Answers with their instrument; sampling weights are used.
    recipe : Recipe, str, Path or mapping
        How the index is made.
    alternatives : mapping of str to sequence of changes
        Choices that could have been made otherwise: a name and two or more changes of the recipe, each a mapping of
        step to settings; ``{}`` is the recipe as it is. All are equally likely.
    weight_spread : float, optional
        Weights of the values vary by up to this share to either side (0.25: a quarter).
    sampling, items : bool
        Whether respondents (within units) and items (within values) are drawn again.
    unit : str or Series, optional
        Background variable of the office: scores and ranks of units too.
    frame : DataFrame, optional
        People per unit, as in ``build_index``: units are finite populations, and one that answered in full brings no
        sampling uncertainty.
    design : SurveyDesign, optional
        How the respondents were sampled, rows as in ``responses``: its weights, and its bootstrap over clusters within
        strata with their sampling fractions. Adjusted weights need bootstrap replicates made before the adjustment. Not
        with ``frame``.
    level : float
        Central range of the scores.
    n_base : int
        Rows of the design, a power of two; the index is computed n_base · (sources + 2) times.
    rng : int or Generator, optional
        Seed; the result carries it.

    Returns
    -------
    IndexUncertainty
        ``.table()`` shares by source, ``.score_table()`` scores and ranks, ``.of(quantity, source)``.

    Raises
    ------
    ArgumentError
        ``responses_needed``, ``alternatives_invalid``, ``nothing_uncertain``, ``count_out_of_range``,
        ``weight_spread_range``, ``level_out_of_range``, ``design_type``.
    MethodError
        ``frame_without_unit``, ``design_with``, ``uncertainty_needs_bootstrap``; those of ``as_replicates``.
    DataError
        ``design_rows``, ``unit_not_in_frame``, ``more_answers_than_people``;
        ``alternatives_overlap`` (two alternatives change one step), ``uncertainty_no_total``; those of recipes and
        rows.

    Notes
    -----
    ``items`` says how far the index hangs on which items stand for a value: items are drawn with
    replacement, as if others of their kind had been asked. Respondents are drawn by the bootstrap of Rao and Wu within
    units (n − 1 of n), with the finite populations of a ``frame`` (without one, as if each unit were large), or as the
    ``design`` has it; over draws the index then has the variance of ``build_index`` with the same frame or design.
    Shares are Sobol' indices: the first-order one is what a
    source brings alone, the total one with its interactions; a choice that changes nothing has exactly 0 in both. What
    is not among the alternatives is not in the result: it is no bound on all that could be doubted.

    References
    ----------
    Rao, J. N. K. & Wu, C. F. J. (1988), JASA 83, 231–241; Saltelli, A. et al. (2010), Computer Physics Communications
    181, 259–270; Saisana, M., Saltelli, A. & Tarantola, S. (2005), JRSS A 168, 307–323;
    OECD & JRC (2008), Handbook on Constructing Composite Indicators, step 7.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> answers = ak.Study("data/bfi").responses
    >>> scoring = [{}, {"score": {"method": "percent-favourable", "top_answers": 2}}]
    >>> found = ak.index_uncertainty(answers, {}, alternatives={"scoring": scoring}, n_base=32, rng=1)
    >>> max(found.shares, key=lambda share: float(share.total)).source
    'scoring'
    """
    check_level(level)
    check_count(n_base, 16, "n_base")
    if n_base & (n_base - 1):
        raise ArgumentError("count_out_of_range", argument="n_base", got=n_base, expected="16, 32, 64, 128, 256, …")
    if weight_spread is not None and not 0 < weight_spread < 1:
        raise ArgumentError("weight_spread_range", got=weight_spread, expected="0 < weight_spread < 1")
    options = dict(alternatives or {})
    if not (sampling or items or options or weight_spread is not None):
        raise ArgumentError("nothing_uncertain")
    made = recipe if isinstance(recipe, Recipe) else read_recipe(recipe)
    draw, seed = generator(rng)
    responses, unit, fractions, notices = _sampled(responses, made, unit, frame, design)
    code, names = _units(responses, unit)
    inputs = score_persons(responses, made).inputs
    draws = None if not sampling else _draws(design, code, [fractions.get(name, 0.0) for name in names], draw)
    model = recipe_model(
        responses, made, options, code, len(names), draws=draws, items=_DRAWS if items else 0,
        weight_spread=weight_spread, rng=draw,
    )  # fmt: skip
    plan = radial_design(n_base, len(model.factors), draw)
    levels = np.minimum((plan.rows * np.array(model.sizes)).astype(np.int64), np.array(model.sizes) - 1)
    output = model.evaluate(levels)
    nominal = _nominal(model, responses, made, code, len(names), draw)
    varied = [_source_words(name) for name in model.factors]
    notices.insert(0, Notice("alternatives_are_all", "info", {"names": varied}))
    unscored = [bool(np.isnan(column).any()) for column in output[:, 1:].T]
    lost = [name for name, column in zip(names, unscored, strict=True) if column]
    if lost:
        notices.append(Notice("units_sometimes_unscored", "caution", {"count": len(lost), "units": lost[:10]}))
    good = np.array([name not in set(lost) for name in names], dtype=bool)
    kept = np.concatenate([[True], good])
    shares = _shares(plan.split(output[:, kept]), nominal[kept], model.factors, draw)
    return IndexUncertainty(
        inputs=inputs, notices=tuple(notices), shares=tuple(shares), recipe=made, level=level, n_base=n_base,
        scores=tuple(_scores(output[: 2 * n_base, kept], nominal[kept], [n for n in names if n not in lost], level)),
        alternatives={name: len(option) for name, option in options.items()}, n_evaluations=len(output), seed=seed,
    )  # fmt: skip


def _sampled(
    responses: Responses, recipe: Recipe, unit: str | pd.Series | None, frame: pd.DataFrame | None,
    design: SurveyDesign | None,
) -> tuple[Responses, str | pd.Series | None, Mapping[str, float], list[Notice]]:  # fmt: skip
    """Answers with the weights of the design or against the frame, their units and sampling fractions, and notices."""
    if not isinstance(responses, Responses):
        raise ArgumentError("responses_needed", got=type(responses).__name__, expected="Responses")
    if design is not None:
        responses = designed(responses, design, frame=frame)
    if frame is None:
        return responses, unit, {}, []
    if unit is None:
        raise MethodError("frame_without_unit")
    known = framed(responses, recipe, unit, frame)
    return known.responses, known.unit, known.fraction, [*known.notices]


def _draws(design: SurveyDesign | None, code: Ints, fractions: list[float], rng: np.random.Generator) -> Floats:
    if design is not None:
        return design_draws(design, _DRAWS, rng)
    return draw_within(code, np.array(fractions), _DRAWS, rng)


def _source_words(name: str) -> Words | str:
    """A source in both languages; a name that the user gave stands as it is."""
    return Words({lang: label(_WORDS[name], lang) for lang in LANGUAGES}) if name in _WORDS else name


def _units(responses: Responses, unit: str | pd.Series | None) -> tuple[Ints, list[str]]:
    keep = np.ones(len(responses.codes), dtype=bool)
    if responses.weights is not None:
        keep = np.asarray(responses.weights, dtype=np.float64) > 0
    if unit is None:
        return np.full(int(keep.sum()), -1, dtype=np.int64), []
    labels = group_labels(responses, unit)[0]
    said = labels.astype(str).where(labels.notna())
    names = sorted(said.dropna().unique().tolist())
    if not names:
        raise DataError("no_units")
    return pd.Index(names).get_indexer(pd.Index(said))[keep].astype(np.int64), names


def _nominal(
    model: RecipeModel, responses: Responses, recipe: Recipe, code: Ints, g: int, rng: np.random.Generator
) -> Floats:
    """(1 + g,) the index as it is: the same function with nothing drawn."""
    plain = recipe_model(responses, recipe, {}, code, g, draws=None, items=0, weight_spread=None, rng=rng)
    return np.asarray(plain.evaluate(np.zeros((1, 0), dtype=np.int64))[0], dtype=np.float64)


def _ranks(totals: Floats) -> Ints:
    """(…, g) rank of each unit, the highest being 1; equal ones share the better rank."""
    return np.asarray(1 + (totals[..., None, :] > totals[..., :, None]).sum(axis=-1), dtype=np.int64)


def _shares(
    parts: tuple[Floats, Floats, Floats], nominal: Floats, factors: tuple[str, ...], rng: np.random.Generator
) -> list[UncertaintyShare]:
    """Shares of the sources in the total, in the units together, and in the shift of ranks."""
    outputs = {"total": tuple(part[..., :1] for part in parts)}
    if len(nominal) > 2:
        outputs["units"] = tuple(part[..., 1:] for part in parts)
        at = _ranks(nominal[None, 1:])[0]
        outputs["rank_shift"] = tuple(
            np.abs(_ranks(part[..., 1:]) - at).mean(axis=-1, keepdims=True).astype(np.float64) for part in parts
        )
    found = []
    for quantity, (a, b, mixed) in outputs.items():
        first, total, variance = variance_shares(a, b, mixed)
        errors = share_errors(a, b, mixed, _ERROR_DRAWS, rng)
        if not variance.sum() > 0:
            none = Unavailable("no_uncertainty")
            found += [UncertaintyShare(quantity, name, none, 0.0, none, 0.0) for name in factors]
            continue
        w = variance / variance.sum()
        rows = [np.nansum(part * w, axis=1) for part in (first, total)]
        rough = [np.sqrt(np.nansum((part * w) ** 2, axis=1)) for part in errors]
        found += [
            UncertaintyShare(quantity, name, float(s), float(e), float(t), float(f))
            for name, s, e, t, f in zip(factors, rows[0], rough[0], rows[1], rough[1], strict=True)
        ]
    return found


def _scores(output: Floats, nominal: Floats, names: list[str], level: float) -> list[UncertainScore]:
    ends = [0.5 - level / 2, 0.5 + level / 2]
    low, high = np.quantile(output, ends, axis=0)
    sd = output.std(axis=0, ddof=1)
    made = [UncertainScore(None, float(nominal[0]), float(sd[0]), float(low[0]), float(high[0]), None, None, None)]
    if not names:
        return made
    rank = _ranks(nominal[None, 1:])[0]
    ranks = np.quantile(_ranks(output[:, 1:]), ends, axis=0, method="inverted_cdf")
    for at, name in enumerate(names):
        i = at + 1
        made.append(
            UncertainScore(name, float(nominal[i]), float(sd[i]), float(low[i]), float(high[i]), int(rank[at]),
                           int(ranks[0, at]), int(ranks[1, at]))
        )  # fmt: skip
    return made
