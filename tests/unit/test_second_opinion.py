"""What other packages say about the same answers."""

import json
import sys

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, EnvironmentProblem, MethodError

pytest.importorskip("pingouin")
pytest.importorskip("factor_analyzer")

REVERSED = {"keys": dict.fromkeys(["A1", "C4", "C5", "E1", "E2", "O2", "O5"], -1), "scale": (1, 6)}


@pytest.fixture(scope="module")
def opinion(bfi):
    """Warnings are errors in this run, so that the adapter lets none through is part of the test."""
    return ak.second_opinion(bfi, n_factors=5, **REVERSED)


def row(opinion, statistic):
    found = [one for one in opinion.rows if one.statistic == statistic]
    assert len(found) == 1
    return found[0]


def test_closed_forms_agree(opinion):
    for statistic in ("alpha", "kmo", "bartlett_chisq"):
        assert row(opinion, statistic).reason is None
        assert abs(row(opinion, statistic).difference) < 1e-8
    assert row(opinion, "kmo").ours == pytest.approx(0.848645, abs=1e-6)
    assert row(opinion, "bartlett_chisq").theirs == pytest.approx(18146.066, abs=1e-3)


def test_pingouin_counts_deleted_rows(opinion, bfi):
    low = row(opinion, "alpha_ci_low")
    assert low.reason.code == "pingouin_counts_deleted_rows"
    assert (low.reason.values["n_rows"], low.reason.values["n"]) == (2800, len(bfi.dropna()))
    assert low.reason.values["low"] == round(low.ours, 3) and low.theirs > low.ours
    whole = ak.second_opinion(bfi[["N1", "N2", "N3"]].dropna())
    assert row(whole, "alpha_ci_low").reason.code == "pingouin_rounds"
    assert abs(row(whole, "alpha_ci_low").difference) <= 0.0005


def test_factor_analyzer_as_printed_and_repaired(opinion):
    """Loadings of both agree to 2.0e-5: factor_analyzer's search stops at a relative change of the objective."""
    assert row(opinion, "loading").reason.code == "search_tolerance"
    assert abs(row(opinion, "loading").difference) < 1e-4
    for statistic, reason in (
        ("communality", "factor_analyzer_communalities"),
        ("factor_correlation", "factor_analyzer_phi"),
    ):
        printed, repaired = row(opinion, f"{statistic}_printed"), row(opinion, statistic)
        assert printed.reason.code == reason and abs(printed.difference) > 0.1
        assert repaired.reason.code == "search_tolerance" and abs(repaired.difference) < 1e-4


def test_statsmodels_principal_axis_agrees(opinion):
    """Both iterate to convergence and end at one optimum; largest difference 9e-11."""
    assert row(opinion, "communality_pa").package == "statsmodels"
    assert row(opinion, "communality_pa").reason is None


def test_every_difference_has_its_reason_in_both_languages(opinion):
    for lang in ("id", "en"):
        table = opinion.table(lang)
        differs = table["difference"].abs() > 1e-8
        assert (table["reason"].str.len() > 20).tolist() == differs.tolist()
    assert list(opinion.table().columns) == [
        "statistic", "about", "ours", "theirs", "difference", "package", "version", "reason",
    ]  # fmt: skip
    assert "second_opinion_unexplained" not in [one.reason and one.reason.code for one in opinion.rows]
    assert opinion.table("id")["reason"].tolist() != opinion.table("en")["reason"].tolist()
    said = json.loads(json.dumps(opinion.record()))["rows"][1]["reason"]["text"]
    assert set(said) == {"id", "en"}


def test_an_unknown_difference_is_called_unexplained():
    from akhlak_research.core.results import Notice
    from akhlak_research.measure.second_opinion import _comparer

    compare = _comparer("pingouin")
    assert compare("alpha", "", 0.7, 0.8).reason.code == "second_opinion_unexplained"
    assert (
        compare("loading", "", 0.7, 0.8, Notice("search_tolerance"), 1e-3).reason.code == "second_opinion_unexplained"
    )
    assert (
        compare("loading", "", 0.7, float("nan"), Notice("search_tolerance"), 1e-3).reason.code
        == "second_opinion_unexplained"
    )


def test_one_factor_needs_no_rotation(bfi):
    opinion = ak.second_opinion(bfi[["N1", "N2", "N3", "N4", "N5"]], n_factors=1)
    statistics = [one.statistic for one in opinion.rows]
    assert "loading" in statistics and "communality_printed" not in statistics
    assert row(opinion, "communality").about in ("N1", "N2", "N3", "N4", "N5")


def test_responses_give_one_alpha_per_dimension(bfi_study):
    opinion = ak.second_opinion(bfi_study.responses)
    assert [one.about for one in opinion.rows if one.statistic == "alpha"] == list("ACENO")
    assert "loading" not in [one.statistic for one in opinion.rows]


def test_frequencies_are_rows():
    rng = np.random.default_rng(1)
    values = np.clip(np.round(rng.normal(3, 1, (60, 1)) + rng.normal(0, 1, (60, 3))), 1, 5)
    times = rng.integers(1, 3, 60)
    frame, repeated = (
        pd.DataFrame(values, columns=list("abc")),
        pd.DataFrame(np.repeat(values, times, 0), columns=list("abc")),
    )
    ours, theirs = (ak.second_opinion(f, **o).table() for f, o in ((frame, {"frequencies": times}), (repeated, {})))
    np.testing.assert_allclose(ours["theirs"], theirs["theirs"], atol=1e-10)


def test_refusals(bfi, monkeypatch):
    items = bfi[["N1", "N2", "N3"]]
    from akhlak_research.counts.rows import as_rows

    with pytest.raises(MethodError) as caught:
        ak.second_opinion(as_rows(items, weights=np.ones(len(items))))
    assert caught.value.code == "second_opinion_weights"
    with pytest.raises(ArgumentError) as caught:
        ak.second_opinion(ak.count_responses(items))
    assert caught.value.code == "items_type"
    with pytest.raises(ArgumentError) as caught:
        ak.second_opinion(items, n_factors=3)
    assert caught.value.code == "count_out_of_range"
    monkeypatch.setitem(sys.modules, "pingouin", None)
    with pytest.raises(EnvironmentProblem) as caught:
        ak.second_opinion(items)
    assert caught.value.code == "missing_package" and "lab" in caught.value.hint


def test_a_scikit_learn_that_factor_analyzer_cannot_use_is_named(bfi, monkeypatch):
    import importlib.metadata

    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.8.1" if name == "scikit-learn" else real(name))
    with pytest.raises(EnvironmentProblem) as caught:
        ak.second_opinion(bfi[["N1", "N2", "N3", "N4"]], n_factors=1)
    assert caught.value.code == "sklearn_too_new" and caught.value.got == "1.8.1"
