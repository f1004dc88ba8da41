"""Figures of a survey: numbers behind them, words in both languages, the same bytes, refusals."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import record_digest
from akhlak_research.report.survey_charts import Bar, Course, Dumbbell, draw_bars, draw_course, draw_dumbbells

FRAME = pd.DataFrame({"unit": ["Dinas A", "Dinas B", "C‮D"], "population": [40, 600, 20]})
DAYS = ["2026-03-02"] * 10 + ["2026-03-03"] * 8 + ["2026-03-04"] * 6


@pytest.fixture(scope="module")
def answers():
    rng = np.random.default_rng(1)
    unit = rng.choice(["Dinas A", "Dinas B"], 24)
    return pd.DataFrame({"unit": unit, "answered_on": DAYS, "score": rng.normal(60, 10, 24), "sex": list("LP") * 12})


@pytest.fixture(scope="module")
def made(answers):
    plan = ak.allocate(FRAME, 60, "power")
    design = ak.SurveyDesign(answers, weights=np.linspace(1, 4, 24))
    results = {
        "allocation": plan,
        "curve": ak.quota_status(FRAME, answers, required=plan, closes="2026-03-09"),
        "history": ak.response_history(design, "score"),
        "composition": ak.compare_composition(design, {"sex": {"L": 300, "P": 360}}),
        "weights": ak.audit_weights(design),
    }
    figures = {
        "allocation": ak.plot_allocation(plan),
        "curve": ak.plot_response_curve(results["curve"]),
        "history": ak.plot_response_history(results["history"], reference=60.0),
        "composition": ak.plot_composition(results["composition"]),
        "weights": ak.plot_weights(design),
    }
    return {name: (results[name], figures[name]) for name in results}


@pytest.mark.parametrize("name", ["allocation", "curve", "history", "composition", "weights"])
def test_a_figure_carries_its_record_words_and_numbers(made, name):
    result, figure = made[name]
    assert figure.kind == "figure"
    assert figure.record_digest == record_digest(result.record())
    for lang in ("id", "en"):
        content = figure.content[lang]
        ET.fromstring(content["svg"])
        assert content["alt"] and content["caption"] and content["rows"]
        assert len(content["head"]) == len(content["numeric"]) == len(content["rows"][0])
    assert figure.content["id"]["alt"] != figure.content["en"]["alt"]


def test_the_same_numbers_give_the_same_bytes(made):
    plan, figure = made["allocation"]
    assert ak.plot_allocation(plan).content["id"]["svg"] == figure.content["id"]["svg"]


def test_names_cannot_play_tricks(made):
    assert "‮" not in made["allocation"][1].content["en"]["svg"]
    assert "⟦U+202E⟧" in made["allocation"][1].content["en"]["svg"]


def test_the_projection_is_told(made):
    status, figure = made["curve"]
    assert f"{status.whole.projected:.0f}" in figure.content["en"]["alt"]
    assert len(figure.content["en"]["rows"]) == len(status.points) == 8


def test_without_days_there_is_a_note(answers):
    status = ak.quota_status(FRAME, answers[["unit"]], required=2)
    assert ak.plot_response_curve(status).kind == "note"


@pytest.mark.parametrize(
    "plot", [ak.plot_allocation, ak.plot_response_curve, ak.plot_response_history, ak.plot_composition, ak.plot_weights]
)
def test_a_figure_of_something_else_is_refused(plot):
    with pytest.raises(ak.AkhlakError) as raised:
        plot(pd.DataFrame())
    assert raised.value.code == "survey_figure_input"


def test_drawings_of_little():
    assert "svg" in draw_bars([Bar("one", 1, 1, "±0")], ("a", "b", "c", "d"), "id")
    assert "svg" in draw_course(Course(["2026-03-02"], [3.0], [3.0], [3.0], 1), None, None, "en")
    assert "svg" in draw_dumbbells([Dumbbell("g", "c", 50, 50, 50)], weighted=False, lang="en")
