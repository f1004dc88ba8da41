"""What may leave: suppression that withstands the exact attack, differencing, dominance, k-anonymity, records."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Unavailable
from akhlak_research.disclosure.cells import augmented, primary, ranges, suppress, suppress_groups

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def index():
    return ak.Study(ROOT / "data" / "berakhlak-contoh").index


def test_policy_may_be_stricter_and_laxer_only_with_a_reason():
    assert ak.disclosure_policy({"threshold": 30}).threshold == 30
    with pytest.raises(ArgumentError, match="policy_needs_reason"):
        ak.disclosure_policy({"threshold": 3})
    with pytest.raises(ArgumentError, match="policy_needs_reason"):
        ak.disclosure_policy({"dominance": 0.9})
    reason = {"id": "data buatan", "en": "made-up data"}
    assert ak.disclosure_policy({"threshold": 3, "reason": reason}).threshold == 3
    with pytest.raises(ArgumentError, match="unknown_choice"):
        ak.disclosure_policy({"limit": 3})
    for name, value in (("threshold", 2.5), ("round_to", 0), ("dominance", float("nan"))):
        with pytest.raises(ArgumentError, match="policy_value"):
            ak.disclosure_policy({name: value})


def brute_range(full, hidden, at, cap):
    """Values of a hidden cell over all whole-number tables that agree with what is published (2 × 2, by hand)."""
    found = set()
    rows, columns = full.shape[0] - 1, full.shape[1] - 1
    for cells in np.ndindex(*(cap + 1,) * (rows * columns)):
        table = augmented(np.array(cells).reshape(rows, columns))
        if (table[~hidden] == full[~hidden]).all():
            found.add(int(table[at]))
    return min(found), max(found)


@pytest.mark.parametrize("table", [[[3, 5], [4, 6]], [[1, 6], [6, 2]], [[2, 2], [2, 2]]])
def test_the_audit_finds_the_range_that_an_attacker_finds(table):
    full = augmented(np.array(table))
    hidden = primary(full, 4)
    hidden[:2, :2] = True
    low, high = ranges(full, hidden)
    for at in np.ndindex(2, 2):
        assert (round(low[at]), round(high[at])) == brute_range(full, hidden, at, 13)


def test_what_is_hidden_besides_can_give_way_and_costs_little():
    """The corner at the empty cell would be the cheapest and protects nothing."""
    hidden, _ = suppress([[3, 0, 90], [30, 40, 15], [50, 60, 70]], 10)
    assert {tuple(cell) for cell in np.argwhere(hidden)} == {(0, 0), (0, 2), (1, 0), (1, 2)}


def test_a_small_cell_must_be_able_to_reach_the_threshold():
    """With 6 beside it the 3 could be 9 at most, which is still fewer than 10."""
    hidden, full = suppress([[3, 6, 30], [40, 50, 60]], 10)
    assert (ranges(full, hidden)[1][primary(full, 10)] > 9.999).all()


def test_groups_that_only_overlap_or_differ_by_enough_are_safe():
    people = np.arange(40)
    groups = {"all": people < 40, "without ten": people < 30, "others": people >= 9}
    assert ak.check_differencing(groups).pairs[["larger", "smaller"]].values.tolist() == [["all", "others"]]


@settings(max_examples=60)
@given(arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=st.integers(0, 40)))
def test_no_small_cell_can_be_inferred(table):
    hidden, full = suppress(table, 10)
    low, high = ranges(full, hidden)
    small = primary(full, 10)
    assert hidden[small].all()
    assert (high[small] >= 10 - 1e-6).all() or hidden.sum() == hidden.size - 1
    if hidden.sum() < hidden.size - 1:
        assert (high - low)[small].min(initial=1) > 1e-6
    assert not hidden[-1, -1], "n is known anyway"


def test_nothing_is_hidden_where_nothing_is_small():
    safe = ak.protect(pd.DataFrame({"a": [10, 20], "b": [30, 40]}))
    assert not safe.hidden.any(axis=None) and safe.notices == () and safe.counts.loc["total", "total"] == 100


def test_rounding_is_said_and_margins_stand_alone():
    policy = ak.disclosure_policy({"round_to": 5})
    safe = ak.protect(pd.DataFrame({"a": [12, 21], "b": [33, 44]}), policy)
    assert (safe.counts % 5 == 0).all(axis=None) and "cells_rounded" in [n.code for n in safe.notices]


@pytest.mark.parametrize("cell", [-1, 2.5, np.nan, np.inf])
def test_what_counts_nobody_is_refused(cell):
    with pytest.raises(DataError, match="counts_invalid") as caught:
        ak.protect(pd.DataFrame({"men": [10.0, 11.0], "women": [12.0, cell]}))
    assert caught.value.where.column == "women"


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_groups_of_a_total_never_leave_one_alone(sizes):
    n = np.array(sizes)
    hidden = suppress_groups(n, 10)
    assert hidden[(n > 0) & (n < 10)].all()
    if hidden.any() and not hidden[n > 0].all():
        assert hidden.sum() >= 2 and n[hidden].sum() >= 10


def test_small_units_leave_an_index_and_the_rest_stays_as_it_was(index):
    safe = ak.protect(index)
    n = {u: index.of(u)["total"].n for u in index.units}
    assert min(safe.of(u)["total"].n for u in safe.units) >= 10
    assert set(index.units) - set(safe.units) >= {u for u, many in n.items() if many < 10}
    assert safe.total is index.total and safe.of(safe.units[0])["total"] is index.of(safe.units[0])["total"]
    [notice] = [x for x in safe.notices if x.code == "units_hidden"]
    assert notice.values["n"] == len(index.units) - len(safe.units)
    absent = Unavailable("no_unit")
    assert ak.protect(absent) is absent
    with pytest.raises(ArgumentError, match="items_type"):
        ak.protect(3)


def test_a_single_small_unit_takes_the_next_one_along():
    assert suppress_groups(np.array([3, 50, 20, 40]), 10).tolist() == [True, False, True, False]


def test_differencing_finds_nested_groups_only():
    at = np.arange(60)
    groups = {"all": at < 60, "without three": at < 57, "half": at < 30, "other": at >= 58}
    found = ak.check_differencing(groups)
    assert found.pairs[["larger", "smaller", "n_difference"]].values.tolist() == [["all", "without three", 3]]
    assert not found.safe and ak.check_differencing({"a": at < 30, "b": at >= 30}).safe
    with pytest.raises(DataError, match="groups_shape"):
        ak.check_differencing({"a": [True], "b": [True, False]})


def test_dominance_names_the_group_and_refuses_negative_weights():
    found = ak.check_dominance(np.ones(20), np.repeat(["a", "b"], [1, 19]))
    assert found.groups["dominated"].tolist() == [True, False] and not found.safe
    with pytest.raises(DataError, match="weights_negative"):
        ak.check_dominance([1.0, -1.0], ["a", "a"])


def test_public_use_data_are_k_anonymous_and_hold_no_unit():
    answers = ak.Study(ROOT / "data" / "berakhlak-contoh").responses
    safe = ak.public_use(answers, ["status", "sex", "job"])
    shown = safe.frame[list(safe.kept)].astype("string").fillna("-").agg("|".join, axis=1)
    assert shown.value_counts().min() == safe.k >= 5
    assert "unit" not in safe.frame and "frame" not in safe.record()
    counted = safe.frame[list(answers.items)].apply(lambda c: c.value_counts())
    assert counted.equals(answers.codes.astype("Int64").apply(lambda c: c.value_counts())), "answers are as answered"
    with pytest.raises(ArgumentError, match="unknown_choice"):
        ak.public_use(answers, ["religion"])


def test_a_lone_combination_is_blanked_with_company():
    answers = ak.read_responses(ROOT / "data" / "bfi" / "responses.csv", ak.read_instrument(ROOT / "data" / "bfi"))
    policy = ak.disclosure_policy({"k_anonymity": 400})
    safe = ak.public_use(answers, ["gender", "education"], policy=policy)
    assert safe.k >= 400 and sum(safe.blanked.values()) > 0


def test_outputs_are_refused_by_name_and_place(index):
    records = {"index": index.record(), "safe": ak.protect(index).record(), "response_rates": {"n": 3, "x": 1}}
    review = ak.review_outputs(records)
    status = {entry.name: entry.status for entry in review.entries}
    assert status == {"index": "refused", "safe": "passes", "response_rates": "exempt"}
    assert "n = " in review.refused[0].places[0]
    table = {"columns": ["unit", "n", "mean"], "index": [0], "data": [["A", 4, 2.0]]}
    assert ak.review_outputs({"t": {"frame": table}}).refused[0].places == ("t.frame row 1 (n = 4)",)
    exception = {"exceptions": [{"record": "index", "why": {"id": "rekaan", "en": "made up"}}]}
    assert not ak.review_outputs(records, ak.disclosure_policy(exception)).refused


def test_errors_at_scores_of_few_people_are_left_out(bfi_study):
    found = ak.per_dimension(ak.measurement_error, bfi_study.responses)
    safe = ak.protect(found)
    for name, part in safe.parts.items():
        whole = found[name].conditional
        assert part.conditional["n"].min() >= 10
        if len(part.conditional) == len(whole):
            assert part is found[name]
            continue
        out = whole.loc[~whole["score"].isin(part.conditional["score"]), "n"]
        assert len(out) >= 2 and out.sum() >= 10
        assert part.sem is found[name].sem and part.notices[-1].code == "scores_hidden"
    assert len(safe["A"].conditional) < len(found["A"].conditional)
    assert {entry.status for entry in ak.review_outputs({"safe": safe.record()}).entries} == {"passes"}
