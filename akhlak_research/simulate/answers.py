"""``simulate_responses``: answers to an instrument from a population whose truth is known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from akhlak_research.core.checks import check_choice, check_count
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ResultBase, result, to_jsonable
from akhlak_research.core.seeding import generator
from akhlak_research.instrument.model import BLANK, Instrument
from akhlak_research.simulate.model import Dif, read_model
from akhlak_research.simulate.spoiling import answer_carelessly, draw_careless, draw_missing


@result
class Simulated(ResultBase):
    """Simulated answers beside the truth that made them.

    Attributes
    ----------
    instrument : Instrument
        What was answered.
    responses : DataFrame, n rows
        Background variables, then codes as answered (reversed items not turned), NaN where there is no answer.
    missing_kinds : DataFrame, n × p
        ``""`` where there is an answer, else the kind.
    attentive : DataFrame, n × p
        Codes as they would stand without carelessness and without missing answers.
    factors : DataFrame, n × m
        True factor scores.
    careless : Series
        ``""``, ``"straight"``, ``"random"`` or ``"alternating"``.
    loadings : mapping of item to float
    factor_correlations : DataFrame, m × m
    thresholds : mapping of item to tuple of float
        Of the keyed answer (reversed items turned), before DIF.
    dif : tuple of Dif
    expectations : DataFrame, n × p
        Expected percent of maximum of each keyed answer, given the respondent's factor means and DIF.
    seed : int or None
        Remakes it; None where a generator was given.
    """

    kind: ClassVar[str] = "simulated"
    instrument: Instrument
    responses: pd.DataFrame
    missing_kinds: pd.DataFrame
    attentive: pd.DataFrame
    factors: pd.DataFrame
    careless: pd.Series
    loadings: Mapping[str, float]
    factor_correlations: pd.DataFrame
    thresholds: Mapping[str, tuple[float, ...]]
    dif: tuple[Dif, ...]
    expectations: pd.DataFrame
    seed: int | None

    @property
    def expected(self) -> dict[str, float]:
        """Expected percent of maximum of each item over these respondents; carelessness does not enter."""
        return {str(item): float(mean) for item, mean in self.expectations.mean().items()}

    def table(self) -> pd.DataFrame:
        """The truth, one row per item: ``item dimension loading expected_mean threshold_1 …``."""
        expected = self.expected
        rows = [
            {
                "item": item.code, "dimension": item.dimension, "loading": self.loadings[item.code],
                "expected_mean": expected[item.code],
                **{f"threshold_{k}": cut_at for k, cut_at in enumerate(self.thresholds[item.code], 1)},
            }
            for item in self.instrument.items
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def cells(self) -> pd.DataFrame:
        """The answers as a file holds them: whole codes as text, empty where blank, the kind's first code elsewhere."""
        frame = self.responses.astype(object)
        codes = {missing.kind: missing.codes[0] for missing in self.instrument.missing} | {BLANK: ""}
        for item in self.instrument.item_codes:
            answers, kinds = self.responses[item], self.missing_kinds[item]
            said = [codes[kind] if kind else str(int(code)) for code, kind in zip(answers, kinds, strict=True)]
            frame[item] = pd.Series(said, index=frame.index, dtype=object)
        return frame

    def headline(self) -> str:
        """Respondents, items, how many were made careless, how many answers are missing."""
        n_careless, n_missing = int((self.careless != "").sum()), int((self.missing_kinds != "").to_numpy().sum())
        size = f"{len(self.responses)} respondents, {len(self.instrument.items)} items"
        return f"{size}, {n_careless} careless, {n_missing} answers missing"

    def record(self) -> dict[str, Any]:
        """Kind, version, the truth per item, and a digest of the answers (not the answers)."""
        digest = hashlib.sha256(self.cells().to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        body = {
            "simulated": True, "instrument": self.instrument.digest, "n": len(self.responses), "digest": digest,
            "seed": self.seed, "items": self.table(), "factor_correlations": self.factor_correlations, "dif": self.dif,
            "careless": self.careless.value_counts().sort_index(),
        }  # fmt: skip
        return {"kind": self.kind, "version": self.version, **{k: to_jsonable(v) for k, v in body.items()}}


def simulate_responses(
    instrument: Instrument,
    n: int,
    *,
    loadings: float | Mapping[str, float] = 0.7,
    factor_correlations: float | ArrayLike = 0.5,
    thresholds: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    means: float | Mapping[str, float] | None = None,
    factor_means: ArrayLike | None = None,
    groups: pd.DataFrame | None = None,
    dif: Sequence[Dif] = (),
    careless: Mapping[str, float] | None = None,
    missing: Mapping[str, float | Mapping[str, float]] | None = None,
    rng: int | np.random.Generator | None = None,
) -> Simulated:
    """Answers of n people to an instrument, from a graded normal-ogive model of known truth.

    Each dimension is a factor; the latent response of an item is λ times its factor plus noise, with variance 1, and
    thresholds cut it into categories. Of a reversed item the keyed answer follows the model, and what is recorded is
    the answer as given (low + high − keyed).

    Parameters
    ----------
    instrument : Instrument
        Items, dimensions and scales.
    n : int
        Number of respondents.
    loadings : float or mapping of item to float
        Standardised loadings, strictly between −1 and 1.
    factor_correlations : float or (m, m) array
        One correlation for all pairs of dimensions, or their matrix in the instrument's order (diagonal 1).
    thresholds : sequence, or mapping of item to sequence, optional
        Rising cuts in standard deviations of the latent response, one fewer than the scale has points. Default: evenly
        from −1.5 to 1.5.
    means : float or mapping, optional
        Expected percent of maximum (0–100) by dimension or item (an item's own entry wins): the thresholds are shifted
        until the keyed answer's expectation over these respondents, with their ``factor_means`` and DIF, equals it.
        Carelessness and missing answers come on top.
    factor_means : (n, m) array, optional
        Added to the factor scores of each respondent, e.g. the effect of an office. Default: 0.
    groups : DataFrame, optional
        n rows of background variables, handed through; ``dif`` refers to them.
    dif : sequence of Dif
        Items that are harder for a group.
    careless : mapping, optional
        ``{"straight": 0.02, "random": 0.01, "alternating": 0.01}``: exactly ``round(share × n)`` respondents of each
        kind answer without reading.
    missing : mapping, optional
        ``{"blank": 0.01}`` or ``{"dont_know": {"AK2": 0.06}}``: kinds are ``"blank"`` or those of the instrument; each
        answer is lost by itself with this chance.
    rng : int or Generator, optional
        Seed; the result carries it.

    Returns
    -------
    Simulated
        ``.responses`` for analysis, ``.cells()`` as a file would hold them, and the truth.

    Raises
    ------
    ArgumentError
        ``count_out_of_range``, ``unknown_choice``, ``loading_out_of_range``, ``factor_correlations_invalid``,
        ``thresholds_invalid``, ``mean_out_of_range``, ``shape_wrong``, ``share_out_of_range``, ``shares_exceed_one``.

    References
    ----------
    Samejima (1969), Estimation of latent ability using a response pattern of graded scores, eq. of the normal ogive.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> law = ak.berakhlak_instrument()
    >>> made = ak.simulate_responses(law, 500, means={"AD": 38.9}, careless={"straight": 0.02}, rng=1)
    >>> made
    <simulated 500 respondents, 21 items, 10 careless, 0 answers missing>
    >>> round(made.expected["AD1"], 6)
    38.9
    """
    n = check_count(n, 1, "n")
    random, seed = generator(rng)
    items = instrument.item_codes
    groups = pd.DataFrame(index=range(n)) if groups is None else groups.reset_index(drop=True)
    if len(groups) != n:
        raise ArgumentError("shape_wrong", argument="groups", got=len(groups), expected=n)
    for kind in missing or {}:
        check_choice(kind, (BLANK, *(known.kind for known in instrument.missing)), "missing")
    model = read_model(instrument, groups, loadings, factor_correlations, thresholds, means, factor_means, dif)

    factors = model.draw_factors(random)
    given = model.answer(factors, random)
    low = np.array([instrument.scale_of(item).low for item in items])
    kinds = draw_careless(n, careless or {}, random)
    answered = answer_carelessly(given, kinds, model.widths, random)
    lost = draw_missing(n, items, missing or {}, random)
    codes = np.where(lost == "", answered + low, np.nan)
    dimensions = [d.code for d in instrument.dimensions]
    return Simulated(
        instrument=instrument,
        responses=pd.concat([groups, pd.DataFrame(codes, columns=list(items))], axis="columns"),
        missing_kinds=pd.DataFrame(lost, columns=list(items)),
        attentive=pd.DataFrame((given + low).astype(float), columns=list(items)),
        factors=pd.DataFrame(factors, columns=dimensions),
        careless=pd.Series(kinds, name="careless"),
        loadings=dict(zip(items, model.slopes.tolist(), strict=True)),
        factor_correlations=pd.DataFrame(model.phi, index=dimensions, columns=dimensions),
        thresholds={item: tuple(row.tolist()) for item, row in zip(items, model.cuts, strict=True)},
        dif=tuple(dif),
        expectations=pd.DataFrame(model.expectations(), columns=list(items)),
        seed=seed,
    )
