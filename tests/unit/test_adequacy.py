"""KMO and Bartlett: what they refuse and what they say."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError, MethodError
from akhlak_research.measure.adequacy import kmo_kernel


@pytest.fixture
def frame():
    rng = np.random.default_rng(7)
    common = rng.normal(size=(200, 1))
    values = np.clip(np.round(3 + common + rng.normal(size=(200, 4))), 1, 5)
    return pd.DataFrame(values, columns=list("abcd"))


def test_kmo_of_equal_correlations_in_closed_form():
    """All r equal: partial correlations are r / (1 + (p − 2) r)."""
    p, r = 6, 0.4
    overall, per_item, partial = kmo_kernel(np.full((p, p), r) + (1 - r) * np.eye(p))
    q = r / (1 + (p - 2) * r)
    assert overall == pytest.approx(r**2 / (r**2 + q**2), abs=1e-12)
    np.testing.assert_allclose(per_item, overall, atol=1e-12)
    assert partial[0, 1] == pytest.approx(q, abs=1e-12)


def test_two_items_are_always_one_half(frame):
    assert ak.kmo(frame[["a", "b"]]).overall == pytest.approx(0.5, abs=1e-12)


def test_partial_correlation_is_that_of_residuals(frame):
    z = frame.to_numpy() - frame.to_numpy().mean(axis=0)
    left = [z[:, i] - z[:, 2:] @ np.linalg.lstsq(z[:, 2:], z[:, i], rcond=None)[0] for i in (0, 1)]
    expected = np.corrcoef(left)[0, 1]
    assert ak.kmo(frame).partial_correlations.loc["a", "b"] == pytest.approx(expected, abs=1e-12)


def test_a_repeated_item_is_refused_by_name(frame):
    with pytest.raises(MethodError) as caught:
        ak.kmo(frame.assign(copy=6 - frame["c"]))
    assert caught.value.code == "not_positive_definite"
    assert abs(caught.value.got) < 1e-10
    assert caught.value.values["pairs"] == ("c × copy",)
    assert "c × copy" in str(caught.value) and caught.value.hint


def test_a_sum_of_items_is_refused_without_a_pair(frame):
    with pytest.raises(MethodError) as caught:
        ak.bartlett_sphericity(frame.assign(total=frame.sum(axis=1)))
    assert caught.value.code == "not_positive_definite"
    assert caught.value.values["pairs"] == "–"


def test_fewer_people_than_items_are_refused(bfi):
    with pytest.raises(MethodError, match="not_positive_definite"):
        ak.kmo(bfi.dropna().head(20))


def test_a_constant_item_is_named(frame):
    with pytest.raises(DataError) as caught:
        ak.kmo(frame.assign(b=3))
    assert (caught.value.code, caught.value.where.column) == ("constant_item", "b")


def test_unrelated_items_have_no_kmo():
    corners = pd.DataFrame([(a, b, c) for a in (1, 2) for b in (1, 2) for c in (1, 2)], columns=list("abc"))
    found = ak.kmo(corners)
    assert found.overall.code == "kmo_no_correlation"
    assert found.per_item.isna().all()


def test_pairwise_bartlett_needs_n(bfi):
    with pytest.raises(MethodError) as caught:
        ak.bartlett_sphericity(bfi, missing="pairwise")
    assert caught.value.code == "pairwise_needs_n"
    assert (caught.value.values["low"], caught.value.values["high"]) == (2739, 2800)
    given = ak.bartlett_sphericity(bfi, missing="pairwise", n=2700)
    assert (given.n, given.df) == (2700, 300)
    assert given.pvalue == 0.0 and given.inputs.missing == "pairwise"


@pytest.mark.parametrize("n", [1, 2801, 100.5])
def test_an_impossible_n_is_refused(bfi, n):
    with pytest.raises(ArgumentError, match="count_out_of_range"):
        ak.bartlett_sphericity(bfi, missing="pairwise", n=n)


def test_n_beside_listwise_is_refused(frame):
    with pytest.raises(ArgumentError, match="n_not_needed"):
        ak.bartlett_sphericity(frame, n=150)


def test_sampling_weights_leave_no_pvalue(frame):
    weights = np.linspace(0.5, 2, len(frame))
    found = ak.bartlett_sphericity(frame, weights=weights)
    assert found.pvalue.code == "weighted_chi_square"
    assert found.statistic > 0 and found.n == 200
    assert np.isnan(found.table()["pvalue"].iloc[0])
    assert ak.bartlett_sphericity(frame, frequencies=np.ones(200)).pvalue < 0.05


def test_groups_and_what_they_refuse(bfi):
    labels = pd.Series(np.where(np.arange(len(bfi)) < 12, "few", "many"))
    found = ak.kmo(bfi, by=labels)
    assert list(found) == ["many"]
    assert found.notices[0].values["code"] == "not_positive_definite"
    assert found["many"].overall == ak.kmo(bfi.iloc[12:]).overall
    counts = ak.count_responses(bfi.assign(size=labels), by="size")
    from_counts = ak.kmo(counts, by="size")
    assert list(from_counts) == ["many"] and from_counts.notices[0].values["code"] == "not_positive_definite"
    assert from_counts["many"].overall == pytest.approx(found["many"].overall, abs=1e-12)


def test_tables_and_records(frame):
    adequacy, test = ak.kmo(frame), ak.bartlett_sphericity(frame)
    assert list(adequacy.table().columns) == ["item", "kmo"]
    assert list(test.table().columns) == ["statistic", "df", "pvalue", "n"]
    assert adequacy.record()["per_item"]["a"] == adequacy.per_item["a"]
    assert repr(adequacy).startswith("<kmo 0.") and "6 df, n=200" in repr(test)
    with ak.language("id"):
        assert "Butir" in adequacy._repr_html_()
