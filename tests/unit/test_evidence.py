"""Evidence: points and colours by hand, the error of evaluators, agreement, refusals that name the cell."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError, DataError
from akhlak_research.core.results import Unavailable

CELLS = {
    ("u", "E1"): (2, 2), ("u", "E2"): (1, 2), ("v", "E1"): (0, 1), ("v", "E2"): (0, 0), ("w", "E1"): (1, 1),
    ("w", "E2"): (2, 1),
}  # fmt: skip
WIDE = pd.DataFrame([(u, i, a, b) for (u, i), (a, b) in CELLS.items()], columns=["unit", "criterion", "p", "q"])
BOTH = ("p", "q")


def test_points_and_colours_by_hand():
    found = ak.evidence_score(WIDE, evaluators=BOTH)
    assert found.scores.to_dict() == pytest.approx({"u": 87.5, "v": 12.5, "w": 62.5})
    assert found.table().set_index("unit")[["red", "yellow", "green", "disputed"]].values.tolist() == [
        [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1],
    ]  # fmt: skip
    first = found.indicator_table().iloc[0]
    assert (first["mean"], first["score_percent"]) == pytest.approx((7 / 6, 100 * 7 / 12))
    assert found.cells.loc["v", "E1"] == 0.5


def test_the_error_is_the_residual_of_units_by_evaluators():
    """Two evaluators: the residual mean square is the variance of their differences over two."""
    p, q = 25.0 * np.array([2 + 1, 0 + 0, 1 + 2]), 25.0 * np.array([2 + 2, 1 + 0, 1 + 1])
    expected = np.sqrt(np.var(p - q, ddof=1) / 2 / 2)
    found = ak.evidence_score(WIDE, evaluators=BOTH)
    assert found.df == 2 and found.std_errors.to_numpy() == pytest.approx(expected)
    assert "evaluators_as_given" in [notice.code for notice in found.notices]


def test_one_who_is_strict_with_all_units_adds_no_error():
    strict = WIDE.assign(p=[2, 1, 1, 1, 2, 1], q=[1, 0, 0, 0, 1, 0])
    found = ak.evidence_score(strict, evaluators=BOTH)
    assert {one.score.se.code for one in found.units} == {"evaluators_alike"}


def test_long_and_wide_tables_and_any_order_are_the_same():
    tall = WIDE.melt(["unit", "criterion"], ["p", "q"], "who", "said").sample(frac=1, random_state=3)
    tall = tall.sort_values("criterion", kind="stable")
    wide, long = ak.evidence_score(WIDE, evaluators=BOTH), ak.evidence_score(tall, long=("who", "said"))
    pd.testing.assert_frame_equal(wide.table(), long.table())
    mixed = ak.evidence_score(WIDE.iloc[::-1], evaluators=BOTH)
    pd.testing.assert_frame_equal(wide.table(), mixed.table())


def test_weights_by_any_factor():
    found = ak.evidence_score(WIDE, evaluators=BOTH, weights={"E1": 3, "E2": 1})
    assert found.scores["u"] == pytest.approx(100 * (3 * 2 + 1.5) / 8)
    again = ak.evidence_score(WIDE, evaluators=BOTH, weights={"E1": 0.75, "E2": 0.25})
    pd.testing.assert_frame_equal(found.table(), again.table())


def test_agreement_is_that_of_measure_agreement():
    found = ak.evidence_score(WIDE, evaluators=BOTH)
    wide = pd.DataFrame(np.array(list(CELLS.values())).T)
    for one in found.agreement:
        same = ak.measure_agreement(wide, one.coefficient, categories=[0, 1, 2], rng=1)
        assert one.estimate == pytest.approx(same.estimate)
    assert [one.coefficient for one in found.agreement] == ["krippendorff", "gwet-ac2", "weighted-kappa"]
    assert len(found.agreement_table()) == 3
    json.dumps(found.record())


def test_one_evaluator_and_gaps():
    alone = ak.evidence_score(WIDE, evaluators=("p",))
    assert alone.agreement == () and isinstance(alone.of("u").score.se, Unavailable)
    assert alone.of("u").score.se.code == "one_evaluator" and alone.agreement_table().empty
    gaps = WIDE.assign(q=[2, 2, np.nan, 0, 1, 1])
    with pytest.raises(DataError, match="evidence_missing") as caught:
        ak.evidence_score(gaps, evaluators=BOTH)
    assert (caught.value.values["unit"], caught.value.values["indicator"]) == ("v", "E1")
    found = ak.evidence_score(gaps, evaluators=BOTH, missing="available")
    assert found.scores["v"] == 0 and found.df == 3
    assert [n.values["count"] for n in found.notices if n.code == "evidence_not_rated"] == [1]


def test_the_simulated_study(root):
    study = ak.Study(root / "data" / "berakhlak-contoh")
    found = study.given("evidence", ak.evidence_score, evaluators=("evaluator_1", "evaluator_2"))
    assert len(found.units) == 40 and len(found.indicators) == 10
    assert 0.6 < found.agreement[0].estimate < 1
    assert found.indicator_table()["text"].iloc[0] == "Komitmen pimpinan dinyatakan tertulis"


BAD = {
    "evidence_rating": lambda: ak.evidence_score(WIDE.assign(q=[2, 2, 3, 0, 1, 1]), evaluators=BOTH),
    "evidence_twice": lambda: ak.evidence_score(pd.concat([WIDE, WIDE.head(1)]), evaluators=BOTH),
    "evidence_columns": lambda: ak.evidence_score(WIDE, evaluators=("p", "z")),
    "evidence_layout": lambda: ak.evidence_score(WIDE),
    "evidence_type": lambda: ak.evidence_score([1], evaluators=BOTH),
    "evidence_names": lambda: ak.evidence_score(WIDE.replace("E2", " "), evaluators=BOTH),
    "evidence_weights": lambda: ak.evidence_score(WIDE, evaluators=BOTH, weights={"E1": 1.0}),
    "unknown_choice": lambda: ak.evidence_score(WIDE, evaluators=BOTH, missing="zero"),
}


@pytest.mark.parametrize("code", BAD)
def test_refusals(code):
    with pytest.raises(AkhlakError) as caught:
        BAD[code]()
    assert caught.value.code == code and caught.value.hint
    if code == "evidence_rating":
        where = (caught.value.where.row, caught.value.where.column, caught.value.got, caught.value.values["unit"])
        assert where == (4, "q", 3, "v")


def test_the_rubric_marks_what_is_only_implied():
    rubric = ak.evidence_rubric()
    assert rubric.table("id")["status"].tolist() == ["read_in_source", "inferred", "inferred"]
    assert "tidak ditemukan" in rubric.note.say("id")
