"""Reliability coefficients as a figure."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak


def answers(n=200):
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((n, 1)) + rng.standard_normal((n, 5))
    return pd.DataFrame(np.digitize(latent, [-1.5, -0.5, 0.5, 1.5]) + 1.0, columns=list("abcde"))


def test_rows_are_the_numbers_of_the_results(bfi_study):
    given = bfi_study.responses
    alphas, omega = ak.per_dimension(ak.cronbach_alpha, given), ak.mcdonald_omega(given)
    bound = ak.per_dimension(ak.greatest_lower_bound, given)
    found = ak.plot_reliability(alphas, omega, bound, instrument=given.instrument)
    rows = found.content["en"]["rows"]
    assert len(rows) == 15
    assert rows[0][0] == given.instrument.dimension("A").name.say("en")
    assert [float(row[2]) for row in rows[:3]] == [
        round(value, 3) for value in (alphas["A"].estimate, omega["A"].estimate, bound["A"].estimate)
    ]
    assert rows[2][3] == "–"  # no interval of the greatest lower bound
    reason = bound["A"].interval.reason("id")
    assert any(reason in note for note in found.content["id"]["notes"])
    for lang in ("en", "id"):
        assert "<svg" in found.content[lang]["svg"] and found.content[lang]["alt"]
        assert len(found.content[lang]["rows"]) == 15


def test_every_kind_of_coefficient_of_one_scale():
    frame = answers()
    found = ak.plot_reliability(
        ak.cronbach_alpha(frame), ak.mcdonald_omega(frame), ak.composite_reliability(frame),
        ak.guttman_lambdas(frame), ak.split_half(frame), ak.greatest_lower_bound(frame), ak.ordinal_alpha(frame),
    )  # fmt: skip
    assert [row[0] for row in found.content["en"]["rows"]] == ["Total"] * 7
    same = ak.plot_reliability(
        ak.cronbach_alpha(frame), ak.mcdonald_omega(frame), ak.composite_reliability(frame),
        ak.guttman_lambdas(frame), ak.split_half(frame), ak.greatest_lower_bound(frame), ak.ordinal_alpha(frame),
    )  # fmt: skip
    assert found.content == same.content and found.record_digest == same.record_digest


def test_what_does_not_exist_stands_in_the_table_only():
    frame = answers()
    both = ak.plot_reliability(ak.cronbach_alpha(frame[["a", "b"]]), ak.mcdonald_omega(frame[["a", "b"]]))
    assert both.content["en"]["rows"][1][2:] == ["–", "–", "–"]
    alone = ak.plot_reliability(ak.mcdonald_omega(frame[["a", "b"]]))
    assert alone.kind == "note"


def test_other_results_are_refused():
    for given in ([], [ak.kmo(answers())], ["alpha"]):
        with pytest.raises(ak.AkhlakError) as caught:
            ak.plot_reliability(*given)
        assert caught.value.code == "reliability_results"
