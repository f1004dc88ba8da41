"""Figures of an index: what they show, in words and numbers; notes instead of pictures of nothing."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.core.results import Unavailable
from akhlak_research.report.exhibit import Exhibit


@pytest.fixture(scope="module")
def study(root):
    return ak.Study(root / "data" / "berakhlak-contoh")


@pytest.fixture(scope="module")
def evidence(study):
    return study.given("evidence", ak.evidence_score, evaluators=("evaluator_1", "evaluator_2"))


@pytest.fixture(scope="module")
def ranks(study):
    return ak.rank_sets(study.index, rng=1)


@pytest.fixture(scope="module")
def found(study):
    mean = study.responses.codes[["AD1", "AD2", "AD3"]].mean(axis=1)
    outcome = (mean + np.random.default_rng(1).normal(0, 0.5, len(mean))).rename("keterlibatan")
    return ak.priorities(study.responses, outcome, rng=1, n_boot=200)


def figures(study, evidence, ranks, found):
    u = ak.index_uncertainty(study.weighted_responses, study.recipe, unit="unit", n_base=16, rng=1)
    return {
        "ranks": ak.plot_ranks(ranks), "evidence": ak.plot_evidence(evidence), "uncertainty": ak.plot_uncertainty(u),
        "trend": ak.plot_trend({2022: 60.9, 2023: 61.1, 2024: study.index}, series="berakhlak"),
        "priorities": ak.plot_priorities(found, instrument=study.instrument),
        "office": ak.plot_office(study.index, "Perangkat Daerah 02", ranks=ranks, norms=ak.norms(study.index, rng=1),
                                 evidence=evidence, priorities=found, instrument=study.instrument),
    }  # fmt: skip


def test_every_figure_has_both_languages_a_picture_words_and_numbers(study, evidence, ranks, found):
    for name, exhibit in figures(study, evidence, ranks, found).items():
        assert exhibit.kind == "figure", name
        assert Exhibit.from_payload(exhibit.payload()).name == exhibit.name
        for lang in ("id", "en"):
            content = exhibit.content[lang]
            assert ET.fromstring(content["svg"]).tag.endswith("svg")
            assert len(content["alt"]) > 40 and content["caption"] and content["rows"]
            assert {len(row) for row in content["rows"]} == {len(content["head"])} == {len(content["numeric"])}
        assert exhibit.content["id"]["alt"] != exhibit.content["en"]["alt"]


def test_the_same_figure_has_the_same_bytes(ranks):
    assert ak.plot_ranks(ranks).payload() == ak.plot_ranks(ranks).payload()


def test_many_units_are_cut_in_the_picture_but_not_in_the_table():
    x = pd.Series(np.linspace(40, 80, 90), index=[f"u{at:02d}" for at in range(90)])
    exhibit = ak.plot_ranks(ak.rank_sets(x, pd.Series(4.0, index=x.index), rng=1, n_draws=200), max_units=20)
    content = exhibit.content["en"]
    assert len(content["rows"]) == 90 and "20 of 90" in content["notes"][0]
    assert "u45" not in content["svg"] and "u89" in content["svg"]


def test_a_break_is_marked_and_not_joined():
    broken = ak.plot_trend({2022: 60.9, 2023: 61.1, 2024: 64.9}, series="berakhlak").content["en"]
    whole = ak.plot_trend({2022: 60.9, 2023: 61.1, 2024: 64.9}).content["en"]
    assert "break in series" in broken["svg"] and "break in series" not in whole["svg"]
    assert [row[-1] for row in broken["rows"]] == ["1", "1", "2"] and [row[-1] for row in whole["rows"]] == ["1"] * 3
    assert any("Probolinggo" in note for note in broken["notes"])


def test_an_office_with_one_respondent_is_not_drawn(study, evidence):
    index = study.index
    single = next(score.unit for score in index.scores if score.n == 1 and score.unit is not None)
    exhibit = ak.plot_office(index, single)
    assert exhibit.kind == "note"
    plain = ak.plot_office(index, "Perangkat Daerah 02")
    assert "%" in "".join(plain.content["en"]["notes"]) and "Evidence" not in "".join(plain.content["en"]["notes"])


def test_priorities_of_an_office_without_a_standing_are_a_note(study):
    outcome = pd.Series(np.random.default_rng(1).normal(size=len(study.responses.codes)), name="x")
    single = next(score.unit for score in study.index.scores if score.n == 1 and score.unit is not None)
    here = (study.responses.groups["unit"] == single).to_numpy()
    for given, code in ((outcome, "one_respondent"), (outcome.mask(here), "no_answers")):
        found = ak.priorities(study.responses, given, unit="unit", of=single, rng=1, n_boot=100)
        assert {entry.gap.code for entry in found.entries} == {code}
        assert {entry.quadrant for entry in found.entries} == {"undecided"}
        assert ak.plot_priorities(found).kind == "note"


def test_nothing_to_draw_is_a_note():
    none = Unavailable("no_unit")
    for call in (ak.plot_ranks, ak.plot_evidence, ak.plot_uncertainty, ak.plot_priorities):
        assert call(none).kind == "note"
    assert ak.plot_office(none, "u").kind == "note"


@pytest.mark.parametrize("call", [
    lambda: ak.plot_ranks(pd.Series([1.0])), lambda: ak.plot_evidence("x"), lambda: ak.plot_uncertainty(3),
    lambda: ak.plot_priorities(None), lambda: ak.plot_office("index", "u"),
    lambda: ak.plot_trend({2022: "high", 2023: 1.0}),
])  # fmt: skip
def test_other_things_are_refused(call):
    with pytest.raises(AkhlakError, match="figure_input"):
        call()


def test_short_trends_and_unknown_offices_are_refused(study):
    with pytest.raises(AkhlakError, match="trend_short"):
        ak.plot_trend({2024: 60.0})
    with pytest.raises(AkhlakError, match="unknown_choice"):
        ak.plot_office(study.index, "Perangkat Daerah 99")
    with pytest.raises(AkhlakError, match="unknown_choice"):
        ak.plot_trend({2022: 1.0, 2023: 2.0}, series="ikm")
