"""Successive intervals: the definition by numerical integration, identities, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError

ANSWERS = pd.DataFrame({"a": [1, 2, 2, 3, 3, 3, 4, 4, 5, 5], "b": [1, 1, 1, 1, 2, 4, 4, 4, 4, np.nan]})


def test_scale_values_are_means_of_the_normal_between_the_limits():
    table = ak.successive_intervals(ANSWERS).table()
    for _, part in table.groupby("item"):
        edges = np.concatenate([[-np.inf], stats.norm.ppf(part["cumulative_percent"] / 100)])
        for low, high, percent, value in zip(edges[:-1], edges[1:], part["percent"], part["scale_value"], strict=True):
            mass = integrate.quad(lambda x: x * stats.norm.pdf(x), low, high)[0]
            assert value == pytest.approx(mass / (percent / 100), abs=1e-7)
        np.testing.assert_allclose(part["score"], part["scale_value"] - part["scale_value"].min() + 1)
    assert table["threshold"].isna().sum() == 2  # nothing lies above the highest category


def test_a_category_that_nobody_chose_has_no_score():
    found = ak.successive_intervals(ANSWERS)
    assert table_codes(found, "b") == [1, 2, 4]
    assert [notice.code for notice in found.notices] == ["msi_caution", "categories_unused"]
    with pytest.raises(DataError) as caught:
        found.transform(pd.DataFrame({"a": [1, 1], "b": [2, 3]}))
    assert (caught.value.code, caught.value.where.row, caught.value.where.column) == ("msi_code_unknown", 2, "b")


def table_codes(found, item):
    return found.table().query("item == @item")["code"].tolist()


def test_scores_of_people_and_the_correlation_with_the_codes():
    found = ak.successive_intervals(ANSWERS)
    scored = found.transform(ANSWERS)
    assert scored["b"].isna().tolist() == ANSWERS["b"].isna().tolist()
    for name in "ab":
        kept = ANSWERS[name].notna()
        theirs = np.corrcoef(ANSWERS.loc[kept, name], scored.loc[kept, name])[0, 1]
        assert found.per_item().set_index("item").loc[name, "pearson"] == pytest.approx(theirs, rel=1e-12)
    assert found.n.tolist() == [10, 9]


def test_keys_turn_the_scores_around():
    keys = {"keys": {"a": -1}, "scale": (1, 5)}
    turned = ak.successive_intervals(ANSWERS, **keys)
    by_hand = ANSWERS.assign(a=6 - ANSWERS["a"])
    plain = ak.successive_intervals(by_hand, scale=(1, 5))
    np.testing.assert_allclose(turned.scores, plain.scores)
    pd.testing.assert_frame_equal(turned.transform(ANSWERS, **keys), plain.transform(by_hand))
    with pytest.raises(DataError) as caught:
        turned.transform(by_hand)
    assert caught.value.code == "msi_items_differ"


def test_counts_frequencies_and_weights(root):
    answers = ak.Study(root / "data" / "bfi").responses
    rows, counts = ak.successive_intervals(answers), ak.successive_intervals(ak.count_responses(answers))
    np.testing.assert_array_equal(rows.scores, counts.scores)
    times = np.arange(len(ANSWERS)) % 3 + 1
    repeated = ANSWERS.loc[ANSWERS.index.repeat(times)].reset_index(drop=True)
    counted = ak.successive_intervals(ANSWERS, frequencies=times)
    np.testing.assert_allclose(counted.scores, ak.successive_intervals(repeated).scores)
    assert counted.n.tolist() == ak.successive_intervals(repeated).n.tolist()
    weighted = ak.successive_intervals(ANSWERS, weights=times * 0.1)
    np.testing.assert_allclose(weighted.scores, counted.scores)
    assert weighted.n.tolist() == [10, 9]
    assert rows.transform(answers).shape == (2800, 25)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        (pd.DataFrame({"a": [3, 3, 3]}), "constant_item"),
        (pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, np.nan]}), "all_missing"),
        (pd.DataFrame({"a": [1.5, 2.0]}), "not_categorical"),
    ],
)
def test_what_it_refuses(items, code):
    with pytest.raises(DataError) as caught:
        ak.successive_intervals(items)
    assert caught.value.code == code


def test_what_it_cannot_read():
    with pytest.raises(ArgumentError):
        ak.successive_intervals([[1, 2]])
    with pytest.raises(ArgumentError) as caught:
        ak.successive_intervals(ak.count_responses(ANSWERS), weights=np.ones(10))
    assert caught.value.code == "weights_twice"
