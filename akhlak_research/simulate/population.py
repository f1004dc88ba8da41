"""The made-up civil service behind the worked study: offices, employees, who answers and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

from akhlak_research.catalog.loader import load
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background, Instrument, MissingKind
from akhlak_research.instrument.statutory import berakhlak_instrument
from akhlak_research.simulate.answers import Simulated, simulate_responses
from akhlak_research.simulate.model import Dif
from akhlak_research.simulate.normal_ogive import Floats, Ints
from akhlak_research.simulate.spoiling import answer_carelessly, draw_careless, draw_missing

Parameters = Mapping[str, Any]
_PARTS = (
    "offices",
    "employees",
    "answers",
    "response",
    "order",
    "careless",
    "missing",
    "panel",
    "votes",
    "evidence",
    "days",
    "engagement",
)


@dataclass(frozen=True, slots=True, eq=False)
class Offices:
    """The made-up offices.

    Attributes
    ----------
    names, strata : tuple of str
    sizes : (g,) int
        Employees.
    effects : (g, 7) float
        Added to the seven factors of their employees.
    standing : (g,) float
        Mean effect, standardised over offices.
    propensity : (g,) float
        Chance that an employee answers.
    """

    names: tuple[str, ...]
    strata: tuple[str, ...]
    sizes: Ints
    effects: Floats
    standing: Floats
    propensity: Floats


@dataclass(frozen=True, slots=True, eq=False)
class CivilService:
    """Everybody, and those who answered.

    Attributes
    ----------
    truth : mapping
        The catalogue's parameters.
    seed : int
    instrument : Instrument
    offices : Offices
    unit : (N,) int
        Office of each employee.
    shifts : (N, 7) float
        Effects of office and job on each employee's factors.
    everybody : Simulated
        What all N employees would answer, attentively and completely; ``groups`` first.
    respondents : (n,) int
        Who answered, in the order of the file.
    day : (n,) int
        Day of the fieldwork on which each answered, 0 the first.
    careless : (n,) object
        ``""`` or the kind.
    codes : (n, p) int
        What they put down, before answers are lost.
    missing : (n, p) object
        ``""`` or the kind of the lost answer.
    engagement : (n,) int
        Answer to one overall question.
    """

    truth: Parameters
    seed: int
    instrument: Instrument
    offices: Offices
    unit: Ints
    shifts: Floats
    everybody: Simulated
    respondents: Ints
    day: Ints
    careless: np.ndarray[Any, Any]
    codes: Ints
    missing: np.ndarray[Any, Any]
    engagement: Ints

    @property
    def background(self) -> pd.DataFrame:
        """Background variables of all employees."""
        return self.everybody.responses[["unit", "stratum", "status", "sex", "age", "job"]]

    @property
    def answered(self) -> Ints:
        """Respondents of each office (g,)."""
        return np.bincount(self.unit[self.respondents], minlength=len(self.offices.names))


def streams(seed: int) -> dict[str, np.random.Generator]:
    """One random stream for each part, so that changing one part leaves the others as they were."""
    children = np.random.SeedSequence(seed).spawn(len(_PARTS))
    return {part: np.random.default_rng(child) for part, child in zip(_PARTS, children, strict=True)}


def civil_service(seed: int) -> CivilService:
    """The population of the worked study for a seed; parameters from the catalogue ``simulation``."""
    truth, random = load("simulation"), streams(seed)
    instrument = study_instrument(truth)
    offices = _offices(truth, random["offices"])
    unit = np.repeat(np.arange(len(offices.names)), offices.sizes)
    groups = _employees(truth, offices, unit, random["employees"])
    manager = (groups["job"] == truth["background"]["job"]["codes"][0]).to_numpy()
    shifts = offices.effects[unit] + truth["background"]["manager_effect"] * manager[:, None]
    everybody = simulate_responses(
        instrument,
        len(unit),
        loadings=truth["items"]["loadings"],
        factor_correlations=_correlations(truth),
        thresholds=truth["items"]["shape"],
        means=item_targets(truth),
        factor_means=shifts,
        groups=groups,
        dif=[Dif(**entry) for entry in truth["dif"]],
        rng=random["answers"],
    )
    respondents = np.flatnonzero(random["response"].random(len(unit)) < offices.propensity[unit])
    respondents = random["order"].permutation(respondents)
    day = _days(truth["fieldwork"], offices.standing[unit[respondents]], random["days"])
    n, items = len(respondents), instrument.item_codes
    careless = draw_careless(n, truth["careless"], random["careless"])
    low, width = instrument.scale.low, len(instrument.scale.codes)
    attentive = everybody.attentive.to_numpy()[respondents].astype(np.int64)
    widths = np.full(len(items), width)
    codes = answer_carelessly(attentive - low, careless, widths, random["careless"]) + low
    missing = draw_missing(n, items, truth["missing"], random["missing"])
    engagement = _engagement(truth["engagement"], everybody, respondents, random["engagement"])
    return CivilService(
        truth, seed, instrument, offices, unit, shifts, everybody, respondents, day, careless, codes, missing,
        engagement,
    )  # fmt: skip


def _engagement(plan: Parameters, everybody: Simulated, respondents: Ints, rng: np.random.Generator) -> Ints:
    """(n,) answers to the overall question."""
    weighted = sum(weight * everybody.factors[value].to_numpy() for value, weight in plan["weights"].items())
    z = ((weighted - np.mean(weighted)) / np.std(weighted))[respondents]
    r2 = plan["explained"]
    latent = np.sqrt(r2) * z + np.sqrt(1 - r2) * rng.standard_normal(len(respondents))
    answers: Ints = np.clip(np.rint(plan["mean"] + plan["sd"] * latent), plan["low"], plan["high"]).astype(np.int64)
    return answers


def value_targets(truth: Parameters) -> dict[str, float]:
    """The published means of the seven values that the population is made to have."""
    wanted = truth["targets"]
    published = [f for f in load("published")["figures"] if all(f[key] == wanted[key] for key in wanted)]
    return {str(code): float(mean) for code, mean in published[0]["dimensions"].items()}


def item_targets(truth: Parameters) -> dict[str, float]:
    """Mean of each item: that of its value and its own offset."""
    values = value_targets(truth)
    return {item: values[item[:2]] + offset for item, offset in truth["items"]["offsets"].items()}


def study_instrument(truth: Parameters) -> Instrument:
    """The 21 behaviours in the wording of the act, with "don't know" and the background variables."""
    unknown = MissingKind("dont_know", ("9",), _both("label.missing_dont_know"))
    instrument = berakhlak_instrument(missing=(unknown,))
    note: dict[str, str] = {lang: f"{text('simulate.banner', lang)} {instrument.note[lang]}" for lang in LANGUAGES}
    strata = {entry["code"]: Words(entry["name"]) for entry in truth["offices"]["strata"]}
    labels: dict[str, dict[int | str, Words]] = {
        "unit": {},
        "stratum": dict(strata),
        "status": {code: Words({"id": code, "en": code}) for code in ("PNS", "PPPK")},
        "sex": {code: _both(f"simulate.sex_{code}") for code in ("L", "P")},
        "age": {int(code): _both(f"simulate.age_{code}") for code in truth["background"]["age"]["codes"]},
        "job": {code: _both(f"simulate.job_{code}") for code in truth["background"]["job"]["codes"]},
    }
    groups = tuple(Background(code, _both(f"simulate.{code}"), labels=said) for code, said in labels.items())
    groups = (*groups, Background("engagement", _both("simulate.engagement"), kind="numeric"))
    return replace(instrument, groups=groups, note=Words(note))


def _offices(truth: Parameters, rng: np.random.Generator) -> Offices:
    plan = truth["offices"]
    g, m = plan["number"], len(truth["factors"]["general"])
    ratio = plan["largest"] / plan["smallest"]
    sizes = rng.permutation(np.rint(plan["smallest"] * ratio ** (np.arange(g) / (g - 1))).astype(np.int64))
    shared, own = rng.standard_normal((g, 1)), rng.standard_normal((g, m))
    r = plan["effect_correlation"]
    effects = np.sqrt(plan["effect_variance"]) * (np.sqrt(r) * shared + np.sqrt(1 - r) * own)
    standing = effects.mean(axis=1)
    standing = (standing - standing.mean()) / standing.std()
    names = tuple(f"Perangkat Daerah {number:02d}" for number in range(1, g + 1))
    strata = tuple(_stratum(int(size), plan["strata"]) for size in sizes)
    return Offices(names, strata, sizes, effects, standing, _propensity(truth["response"], sizes, standing))


def _stratum(size: int, strata: list[dict[str, Any]]) -> str:
    return str(next(entry["code"] for entry in strata if entry["up_to"] is None or size <= entry["up_to"]))


def _propensity(plan: Parameters, sizes: Ints, standing: Floats) -> Floats:
    """Chances of answering whose expected total is the number of respondents wanted."""
    log_size = np.log(sizes)
    slope = plan["per_sd_of_effect"] * standing + plan["per_log_of_size"] * (log_size - log_size.mean())

    def surplus(level: float) -> float:
        return float((sizes * expit(level + slope)).sum() - plan["expected_respondents"])

    return np.asarray(expit(brentq(surplus, -20, 20, xtol=1e-13) + slope), dtype=np.float64)


def _days(plan: Parameters, standing: Floats, rng: np.random.Generator) -> Ints:
    """Day of each answer; those of better offices tend to come earlier."""
    position = rng.random(len(standing)) ** np.exp(plan["early_slope"] * standing)
    order = np.argsort(np.argsort(position, kind="stable"), kind="stable")
    shares = np.array(plan["daily"]) / sum(plan["daily"])
    return _draw(shares.tolist(), (order + 0.5) / len(standing))


def _employees(truth: Parameters, offices: Offices, unit: Ints, rng: np.random.Generator) -> pd.DataFrame:
    plan, n = truth["background"], len(unit)
    share = rng.uniform(plan["pppk"]["lowest"], plan["pppk"]["highest"], len(offices.names))
    pppk = rng.random(n) < share[unit]
    woman = rng.random(n) < plan["women"]
    return pd.DataFrame(
        {
            "unit": np.array(offices.names)[unit],
            "stratum": np.array(offices.strata)[unit],
            "status": np.where(pppk, "PPPK", "PNS"),
            "sex": np.where(woman, "P", "L"),
            "age": _by_status(plan["age"], pppk, rng.random(n)),
            "job": _by_status(plan["job"], pppk, rng.random(n)),
        }
    )


def _by_status(plan: Parameters, pppk: np.ndarray[Any, Any], chance: Floats) -> np.ndarray[Any, Any]:
    return np.array(plan["codes"])[np.where(pppk, _draw(plan["PPPK"], chance), _draw(plan["PNS"], chance))]


def _draw(shares: list[float], chance: Floats) -> Ints:
    """Category by cumulative shares; the last edge is left out, so that rounding cannot lead beyond it."""
    return np.asarray(np.searchsorted(np.cumsum(shares)[:-1], chance, side="right"), dtype=np.int64)


def _correlations(truth: Parameters) -> Floats:
    general = np.array(list(truth["factors"]["general"].values()))
    matrix = np.outer(general, general)
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _both(key: str) -> Words:
    return Words({lang: text(key, lang) for lang in LANGUAGES})
