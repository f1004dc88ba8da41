"""Cronbach's alpha: what it returns, what it refuses, what it says."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError

A = {"keys": {"A1": -1}, "scale": (1, 6)}


@pytest.fixture
def agreeableness(bfi):
    return bfi[["A1", "A2", "A3", "A4", "A5"]]


def codes_of(result):
    return [notice.code for notice in result.notices]


def test_result_reads_as_promised(agreeableness):
    alpha = ak.cronbach_alpha(agreeableness, **A)
    assert (alpha.estimate, alpha.se, alpha.interval, alpha.n) == (
        alpha.raw.estimate, alpha.raw.se, alpha.raw.interval, alpha.raw.n,
    )  # fmt: skip
    assert alpha.interval.method == "feldt" and alpha.interval.level == 0.95
    assert alpha.standardised.interval.method == "adf"
    table = alpha.table()
    assert list(table.columns) == ["coefficient", "estimate", "std_error", "ci_low", "ci_high", "n"]
    assert table["coefficient"].tolist() == ["alpha", "alpha_standardised"]
    assert alpha.inputs.n_rows == 2800 and alpha.inputs.n_used == 2709 and alpha.inputs.n_dropped == 91
    assert alpha.inputs.reversed_items == ("A1",)
    assert "0.7038" in repr(alpha) and "5 items" in repr(alpha)
    record = json.loads(json.dumps(alpha.record()))
    assert record["kind"] == "cronbach_alpha" and record["raw"]["estimate"] == alpha.estimate


def test_feldt_tells_the_distribution_free_interval_beside_it(agreeableness):
    feldt, free = (ak.cronbach_alpha(agreeableness, interval=name, **A) for name in ("feldt", "adf"))
    said = next(n for n in feldt.notices if n.code == "feldt_assumes_normal")
    assert said.values == {"low": free.interval.low, "high": free.interval.high}
    assert feldt.se == free.se
    assert free.interval.high - free.interval.low > feldt.interval.high - feldt.interval.low


def test_error_without_assumption_is_what_the_bootstrap_finds(agreeableness):
    """psych's 1,000 bootstrap samples of these answers have sd .01046."""
    assert ak.cronbach_alpha(agreeableness, **A).se == pytest.approx(0.01046, abs=3 * 0.01046 / np.sqrt(2000))


def test_level_moves_the_interval(agreeableness):
    narrow, wide = (ak.cronbach_alpha(agreeableness, level=level, **A).interval for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
    with pytest.raises(ArgumentError) as caught:
        ak.cronbach_alpha(agreeableness, level=95, **A)
    assert caught.value.code == "level_out_of_range"


def test_bootstrap_is_drawn_again_from_its_seed(agreeableness):
    first = ak.cronbach_alpha(agreeableness, interval="bootstrap", n_boot=200, **A)
    again = ak.cronbach_alpha(agreeableness, interval="bootstrap", n_boot=200, rng=first.seed, **A)
    assert first.seed is not None and first.n_boot == 200
    assert first.interval == again.interval and first.interval.method == "bootstrap-percentile"
    other = ak.cronbach_alpha(agreeableness, interval="bootstrap", n_boot=200, rng=first.seed + 1, **A)
    assert other.interval != first.interval
    given = ak.cronbach_alpha(agreeableness, interval="bootstrap", n_boot=200, rng=np.random.default_rng(1), **A)
    assert given.seed is None
    assert ak.cronbach_alpha(agreeableness, **A).seed is None


def test_chunks_do_not_change_the_bootstrap(agreeableness, monkeypatch):
    from akhlak_research.measure import bootstrap

    values = agreeableness.dropna().to_numpy()[:300]
    whole = bootstrap.bootstrap_alpha(values, None, False, 50, np.random.default_rng(1))
    monkeypatch.setattr(bootstrap, "_CHUNK", 1000)
    np.testing.assert_allclose(bootstrap.bootstrap_alpha(values, None, False, 50, np.random.default_rng(1)), whole)


def test_bootstrap_replicates_are_alphas_of_resampled_rows():
    from akhlak_research.measure.bootstrap import bootstrap_alpha

    values = np.random.default_rng(3).integers(1, 6, (20, 3)).astype(float)
    found = bootstrap_alpha(values, None, False, 30, np.random.default_rng(4))
    ordered = values[np.lexsort(values.T)]
    drawn = np.random.default_rng(4).integers(0, 20, size=(30, 20))
    expected = []
    for rows in drawn:
        cov = np.cov(ordered[rows].T)
        expected.append(3 / 2 * (1 - np.trace(cov) / cov.sum()))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_sampling_weights_choose_the_linearised_interval(agreeableness):
    weights = np.random.default_rng(1).uniform(0.5, 2, len(agreeableness))
    alpha = ak.cronbach_alpha(agreeableness, weights=weights, **A)
    assert alpha.interval.method == alpha.standardised.interval.method == "linearised"
    for name in ("feldt", "normal-theory"):
        refused = ak.cronbach_alpha(agreeableness, weights=weights, interval=name, **A)
        assert refused.interval.code == "feldt_weights" and refused.estimate == alpha.estimate
    drawn = ak.cronbach_alpha(agreeableness, weights=weights, interval="bootstrap", rng=1, **A).interval
    assert drawn.low == pytest.approx(alpha.interval.low, abs=0.004)


def test_counts_know_no_rows(agreeableness):
    counts = ak.count_responses(agreeableness, **A)
    alpha = ak.cronbach_alpha(counts)
    assert alpha.estimate == pytest.approx(ak.cronbach_alpha(agreeableness, **A).estimate, abs=1e-12)
    assert alpha.standardised.interval.method == "normal-theory" and not codes_of(alpha)
    for name in ("adf", "bootstrap"):
        assert ak.cronbach_alpha(counts, interval=name).interval.code == "interval_needs_rows"
    weighted = ak.count_responses(agreeableness, weights=np.full(len(agreeableness), 2.0), **A)
    alpha = ak.cronbach_alpha(weighted)
    assert alpha.se.code == "error_needs_rows" and alpha.interval.code == "feldt_weights"
    table = alpha.table()
    assert table["estimate"].notna().all() and table[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    for options, code in (({"keys": {"A1": -1}}, "keyed_already"), ({"weights": [1.0]}, "weights_twice")):
        with pytest.raises(ArgumentError) as caught:
            ak.cronbach_alpha(counts, **options)
        assert caught.value.code == code


def test_groups_of_rows_and_of_counts(agreeableness):
    gender = pd.Series(np.where(np.arange(len(agreeableness)) % 3, "f", "m"), name="gender")
    rows = ak.cronbach_alpha(agreeableness, by=gender, **A)
    counts = ak.cronbach_alpha(ak.count_responses(agreeableness, by=gender, **A), by="gender")
    assert list(rows) == list(counts) == ["f", "m"]
    for group in rows:
        assert rows[group].interval.low == pytest.approx(counts[group].interval.low, abs=1e-12)
    assert rows.table().columns[0] == "gender" and len(rows.table()) == 4
    with pytest.raises(ArgumentError) as caught:
        ak.cronbach_alpha(ak.count_responses(agreeableness, by=gender, **A), by="age")
    assert caught.value.code == "by_unknown"


def test_pairwise_bootstrap_is_refused_with_its_reason(agreeableness):
    alpha = ak.cronbach_alpha(agreeableness, missing="pairwise", interval="bootstrap", **A)
    assert alpha.interval.code == "bootstrap_pairwise"
    assert "adf" in alpha.interval.reason("en") and "adf" in alpha.interval.reason("id")
    assert ak.cronbach_alpha(agreeableness, missing="pairwise", **A).interval.method == "adf"
    # without missing answers pairwise is listwise
    whole = agreeableness.dropna()
    assert ak.cronbach_alpha(whole, missing="pairwise", **A).interval == ak.cronbach_alpha(whole, **A).interval


def test_responses_bring_their_keys(bfi_study, agreeableness):
    answers = bfi_study.responses
    ours = ak.cronbach_alpha(answers.of_dimension("A"))
    assert ours.estimate == pytest.approx(ak.cronbach_alpha(agreeableness, **A).estimate, abs=1e-12)
    assert "several_dimensions" not in codes_of(ours)
    assert "several_dimensions" in codes_of(ak.cronbach_alpha(answers))
    assert list(ak.per_dimension(ak.cronbach_alpha, answers)) == ["A", "C", "E", "N", "O"]
    with pytest.raises(ArgumentError) as caught:
        ak.cronbach_alpha(answers, keys={"A1": -1})
    assert caught.value.code == "keyed_already"


def test_two_items():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 2, 3, 5, 4]})
    alpha = ak.cronbach_alpha(frame)
    r = frame.corr().iloc[0, 1]
    assert alpha.standardised.estimate == pytest.approx(2 * r / (1 + r), abs=1e-12)
    assert alpha.item_rest_r.tolist() == pytest.approx([r, r], abs=1e-12)
    assert alpha.if_dropped.code == "if_dropped_two_items"
    assert alpha.if_dropped.reason("id").startswith("Tanpa salah satu")


def test_items_that_oppose_each_other_are_told_not_turned(agreeableness):
    alpha = ak.cronbach_alpha(agreeableness)
    said = next(n for n in alpha.notices if n.code == "negative_item_rest")
    assert said.values["items"] == ["A1"] and said.level == "warning"
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5, 1], "b": [5, 4, 3, 3, 1, 5]})
    alpha = ak.cronbach_alpha(frame)
    assert alpha.estimate < 0 and {"negative_alpha", "negative_item_rest"} <= set(codes_of(alpha))
    assert "negatif (−" in next(n for n in alpha.notices if n.code == "negative_alpha").say("id")


def test_items_that_repeat_each_other():
    column = [1, 2, 3, 4, 5, 1]
    alpha = ak.cronbach_alpha(pd.DataFrame({"a": column, "b": column, "c": column}), interval="adf")
    assert alpha.estimate == pytest.approx(1, abs=1e-12)
    assert alpha.interval.high <= 1 and alpha.interval.low == pytest.approx(1, abs=1e-6)


def test_bootstrap_of_nearly_constant_answers_counts_what_it_leaves_out():
    frame = pd.DataFrame({"a": [1, 1, 1, 1, 2], "b": [1, 1, 1, 1, 2]})
    alpha = ak.cronbach_alpha(frame, interval="bootstrap", n_boot=100, rng=2)
    said = next(n for n in alpha.notices if n.code == "bootstrap_some_constant")
    assert 0 < said.values["n"] < 100


def test_two_people_have_no_error():
    alpha = ak.cronbach_alpha(pd.DataFrame({"a": [1, 2], "b": [1, 3]}))
    assert alpha.se.code == "error_needs_three_rows"
    assert alpha.interval.method == "feldt"


@pytest.mark.parametrize(
    ("frame", "options", "code"),
    [
        (pd.DataFrame({"a": [1, 2, 3]}), {}, "too_few_items"),
        (pd.DataFrame(), {}, "no_items"),
        (pd.DataFrame({"a": [], "b": []}, dtype=float), {}, "no_rows"),
        (pd.DataFrame({"a": [1], "b": [2]}), {}, "too_few_rows"),
        (pd.DataFrame({"a": [1, 2, None], "b": [1, None, 3]}), {}, "too_few_rows"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 2]}), {}, "constant_item"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [None, None, None]}, dtype=float), {}, "all_missing"),
        (pd.DataFrame({"a": [1, None, 3, None], "b": [None, 1, None, 2]}), {"missing": "pairwise"}, "no_pair"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 1]}), {}, "total_constant"),
        (pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}), {}, "not_numeric"),
        (pd.DataFrame({"a": [1, 2, 9], "b": [3, 2, 1]}), {"scale": (1, 5)}, "outside_scale"),
        (pd.DataFrame([[1, 2], [2, 3]], columns=["a", "a"]), {}, "duplicate_items"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 2]}), {"weights": [1, -1, 1]}, "weights_invalid"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [3, 2, 2]}), {"frequencies": [1, 0.5, 1]}, "frequencies_invalid"),
    ],
)
def test_refusals_of_data(frame, options, code):
    with pytest.raises(DataError) as caught:
        ak.cronbach_alpha(frame, **options)
    assert caught.value.code == code
    assert caught.value.advice("id") and caught.value.advice("en")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"missing": "fiml"}, "unknown_choice"),
        ({"interval": "fisher"}, "unknown_choice"),
        ({"keys": {"z": -1}, "scale": (1, 5)}, "keys_unknown"),
        ({"keys": {"a": -1}}, "keys_need_scale"),
        ({"n_boot": 0}, "count_out_of_range"),
        ({"rng": -1}, "seed_invalid"),
        ({"weights": [1, 1, 1], "frequencies": [1, 1, 1]}, "weights_twice"),
    ],
)
def test_refusals_of_arguments(options, code):
    with pytest.raises(ArgumentError) as caught:
        ak.cronbach_alpha(pd.DataFrame({"a": [1, 2, 3], "b": [1, 3, 2]}), **options)
    assert caught.value.code == code
