"""Intervals of an index hold the truth as often as they say, over samples of a known population."""

import math

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.instrument.model import Dimension, Instrument, Item, ResponseScale
from akhlak_research.responses.model import Responses

pytestmark = pytest.mark.slow

OFFICES = {"small": (40, 12), "middle": (200, 40), "large": (2000, 60)}
REPEATS = 1500
INSTRUMENT = Instrument(
    name="t", title={"en": "t"}, version="1", scale=ResponseScale(1, 5),
    dimensions=(Dimension("A", {"en": "A"}), Dimension("B", {"en": "B"})),
    items=tuple(Item(name, name[0], {"en": name}) for name in ("A1", "A2", "A3", "B1", "B2", "B3")),
)  # fmt: skip


def population(rng) -> pd.DataFrame:
    """Answers with a common trait per person and a level per office."""
    parts = []
    for level, (office, (people, _)) in enumerate(OFFICES.items()):
        trait = rng.normal(0.3 * level, 1, people)
        latent = trait[:, None] * 0.8 + rng.normal(0, 0.7, (people, 6)) + 0.4
        answers = np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0
        parts.append(pd.DataFrame(answers, columns=INSTRUMENT.item_codes).assign(unit=office))
    return pd.concat(parts, ignore_index=True)


def sample(people: pd.DataFrame, rng, weighted: bool) -> Responses:
    rows = np.concatenate([
        rng.choice(people.index[people["unit"] == office], n, replace=False) for office, (_, n) in OFFICES.items()
    ])  # fmt: skip
    drawn = people.loc[rows].reset_index(drop=True)
    codes = drawn[list(INSTRUMENT.item_codes)]
    weights = drawn["unit"].map({office: size / n for office, (size, n) in OFFICES.items()}) if weighted else None
    return Responses(
        codes=codes, missing_kinds=codes.isna().map(lambda gap: "blank" if gap else ""), groups=drawn[["unit"]],
        weights=weights, instrument=INSTRUMENT,
    )  # fmt: skip


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_coverage_of_units_and_of_the_whole(level):
    rng = np.random.default_rng(31)
    people = population(rng)
    score = people[list(INSTRUMENT.item_codes)].sub(1).mul(25).mean(axis=1)
    truth = {**score.groupby(people["unit"]).mean().to_dict(), None: score.mean()}
    frame = pd.DataFrame({"unit": list(OFFICES), "population": [size for size, _ in OFFICES.values()]})
    held = dict.fromkeys(truth, 0)
    for _ in range(REPEATS):
        index = ak.build_index(sample(people, rng, weighted=True), {}, unit="unit", frame=frame, level=level)
        for unit in truth:
            interval = index.of(unit)["total"].interval
            held[unit] += interval.low <= truth[unit] <= interval.high
    error = 3 * math.sqrt(level * (1 - level) / REPEATS)
    for unit, hits in held.items():
        assert abs(hits / REPEATS - level) < error, (unit, hits / REPEATS)
