"""From the smallest unit to the whole: a stratified mean, levels inside levels, units without a score."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable

RECIPE = {"round": {"decimals": 1}}


@pytest.fixture(scope="module")
def study(root):
    return ak.Study(root / "data" / "berakhlak-contoh")


@pytest.fixture(scope="module")
def index(study):
    return ak.build_index(study.responses, RECIPE, unit="unit", frame=study.frame("frame"))


def test_the_whole_is_the_mean_of_weighted_respondents(study, index):
    """Weights N / n make the mean of all respondents that of the strata; here offices count by their people at once."""
    complete = study.responses.where(study.responses.codes.notna().all(axis=1).to_numpy())
    plain = ak.build_index(complete, RECIPE, unit="unit", frame=study.frame("frame"))
    n = complete.groups["unit"].map(complete.groups["unit"].value_counts())
    sizes = study.frame("frame").set_index("unit")["population"]
    weights = (complete.groups["unit"].map(sizes) / n).astype(float)
    weighted = ak.build_index(replace(complete, weights=weights), RECIPE)
    rolled = ak.roll_up(plain, missing="available")
    for value in ("BP", "total"):
        assert rolled.of(value=value).score.estimate == pytest.approx(weighted.of()[value].estimate)


def test_levels_by_hand(index):
    units = list(index.units)
    columns = {"cluster": [f"c{at % 4}" for at in range(40)], "block": [f"b{at % 2}" for at in range(40)]}
    levels = pd.DataFrame(columns, index=units)
    sizes = pd.Series(np.arange(1.0, 41), index=units)
    sizes[[score.unit for score in index.scores if score.n == 1 and score.value == "total"]] = 0.0
    rolled = ak.roll_up(index, levels, sizes)
    for group in ("c1", "b1"):
        column = "cluster" if group.startswith("c") else "block"
        mine = [unit for unit in units if levels.loc[unit, column] == group and sizes[unit] > 0]
        share = sizes[mine] / sizes[mine].sum()
        totals = [index.of(unit)["total"] for unit in mine]
        expected = sum(s * t.estimate for s, t in zip(share, totals, strict=True))
        assert rolled.of(group).score.estimate == pytest.approx(expected)
        error = math.sqrt(sum((s * float(t.se)) ** 2 for s, t in zip(share, totals, strict=True)))
        assert float(rolled.of(group).score.se) == pytest.approx(error)
    assert [s.level for s in rolled.scores if s.score.value == "total"] == ["cluster"] * 4 + ["block"] * 2 + ["whole"]
    both = [rolled.of(group) for group in ("b0", "b1")]
    people = [one.score.population for one in both]
    mixed = sum(one.score.estimate * n for one, n in zip(both, people, strict=True)) / sum(people)
    assert rolled.of().score.estimate == pytest.approx(mixed)
    json.dumps(rolled.record())


def test_a_unit_without_an_error_leaves_its_groups_without_one(index):
    rolled = ak.roll_up(index)
    assert isinstance(rolled.of().score.se, Unavailable) and rolled.of().score.se.code == "units_without_se"
    assert rolled.of().score.estimate > 50
    pooled = ak.roll_up(index, lonely="pooled").of().score
    assert pooled.estimate == pytest.approx(rolled.of().score.estimate)
    one = next(score for score in index.scores if score.n == 1 and score.value == "total")
    others = [s for s in index.scores if s.value == "total" and s.unit not in (None, one.unit)]
    people = sum(s.population for s in [one, *others])
    own = sum((s.population / people * float(s.se)) ** 2 for s in others)
    area = ak.small_area(index)
    lent = (one.population / people) ** 2 * area.pooled_variance * (1 - 1 / one.population)
    assert float(pooled.se) == pytest.approx(math.sqrt(own + lent))


def test_a_unit_without_a_score_is_refused_or_left_out(study):
    frame = pd.concat([study.frame("frame"), pd.DataFrame({"unit": ["Baru"], "population": [100]})])
    index = ak.build_index(study.responses, RECIPE, unit="unit", frame=frame)
    assert isinstance(ak.roll_up(index).of().score.score, Unavailable)
    rolled = ak.roll_up(index, missing="available")
    assert rolled.of().covered_percent == pytest.approx(100 * 7419 / 7519) and rolled.of().units_scored == 40


def bad(index):
    units = list(index.units)
    levels = pd.DataFrame({"a": ["x"] * 40, "b": ["y", "z"] * 20}, index=units)
    plain = pd.DataFrame({"a": ["x"] * 40}, index=units)
    sizes = pd.Series(1.0, index=units)
    return {
        "index_needed": lambda: ak.roll_up(plain),
        "levels_type": lambda: ak.roll_up(index, ["a"]),
        "levels_nested": lambda: ak.roll_up(index, levels),
        "levels_units": lambda: ak.roll_up(index, plain.head(3)),
        "levels_missing": lambda: ak.roll_up(index, plain.assign(a=[None, *["x"] * 39])),
        "duplicate_units": lambda: ak.roll_up(index, pd.concat([plain, plain])),
        "roll_weights": lambda: ak.roll_up(index, plain, sizes.head(3)),
        "unknown_choice": lambda: ak.roll_up(index, plain, missing="zero"),
    }


@pytest.mark.parametrize("code", [
    "index_needed", "levels_type", "levels_nested", "levels_units", "levels_missing", "duplicate_units", "roll_weights",
    "unknown_choice",
])  # fmt: skip
def test_refusals(index, code):
    with pytest.raises(AkhlakError) as caught:
        bad(index)[code]()
    assert caught.value.code == code and caught.value.hint
