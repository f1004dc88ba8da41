"""Ratios of correlations, and what a model says of convergence."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError

KNOWN = json.loads((Path(__file__).parents[1] / "reference" / "invariance.json").read_text(encoding="utf-8"))["htmt"]
BFI = {"Agr": "A", "Con": "C", "Ext": "E", "Neu": "N", "Ope": "O"}


@pytest.fixture(scope="module")
def hs():
    return pd.read_csv(Path(__file__).parents[1] / "reference" / "hs1939.csv")


HS = {"visual": ["x1", "x2", "x3"], "textual": ["x4", "x5", "x6"], "speed": ["x7", "x8", "x9"]}


@pytest.mark.parametrize("which, stored", [("htmt", "htmt"), ("htmt2", "htmt2")])
def test_ratios_of_semtools(hs, which, stored):
    table = ak.htmt(hs, dimensions=HS, n_boot=0).table()
    known = KNOWN["hs"][stored]
    for row in table.itertuples():
        expected = known["data"][known["rows"].index(row.first)][known["cols"].index(row.second)]
        assert getattr(row, which) == pytest.approx(expected, abs=1e-10)


def test_ratios_of_ordered_answers(bfi_study):
    known = KNOWN["bfi"]["htmt_ordered"]
    found = ak.htmt(bfi_study.responses, correlation="polychoric", n_boot=0).matrix()
    order = [BFI[name] for name in known["rows"]]
    # lavCor's own polychoric correlations: 4e-8
    assert found.loc[order, order].to_numpy() == pytest.approx(np.array(known["data"]), abs=1e-6)


def test_intervals_can_be_drawn_again_and_order_does_not_matter(hs):
    one = ak.htmt(hs, dimensions=HS, n_boot=200, rng=3)
    two = ak.htmt(hs.sample(frac=1, random_state=1), dimensions=HS, n_boot=200, rng=3)
    pd.testing.assert_frame_equal(one.table(), two.table())
    row = one.table().iloc[0]
    assert row["ci_low"] < row["htmt"] < row["ci_high"] and row["met"]
    thrice = ak.htmt(hs, dimensions=HS, n_boot=200, rng=3, frequencies=np.full(len(hs), 3))
    assert thrice["visual", "speed"].estimate == pytest.approx(one["speed", "visual"].estimate)
    assert thrice["visual", "speed"].se < one["visual", "speed"].se
    json.dumps({"a": one.record()}, allow_nan=False)


def test_polychoric_intervals(bfi_study):
    answers = bfi_study.responses.select(dimension="A").keyed.join(bfi_study.responses.select(dimension="N").keyed)
    parts = {"A": [c for c in answers if c[0] == "A"], "N": [c for c in answers if c[0] == "N"]}
    found = ak.htmt(answers.head(400), dimensions=parts, correlation="polychoric", n_boot=30)
    assert found["A", "N"].interval.low < found["A", "N"].estimate < found["A", "N"].interval.high


def test_refusals(hs):
    with pytest.raises(AkhlakError) as caught:
        ak.htmt(hs, dimensions={"a": ["x1"], "b": ["x2", "x3"]})
    assert caught.value.code == "htmt_dimensions"
    with pytest.raises(AkhlakError) as caught:
        ak.convergent_validity(hs)
    assert caught.value.code == "convergent_model"


def test_fornell_and_larcker(hs):
    model = "\n".join(f"{f} =~ {' + '.join(items)}" for f, items in HS.items())
    fitted = ak.cfa(model, hs)
    found = ak.convergent_validity(fitted)
    table = found.table().set_index("factor")
    loadings = fitted.parameters.query("op == '=~' and lhs == 'visual'")["std_all"]
    assert table.loc["visual", "average_variance_extracted"] == pytest.approx((loadings**2).mean())
    others = found.correlations[None].loc["visual", ["textual", "speed"]]
    assert table.loc["visual", "with"] == others.idxmax() and table.loc["visual", "largest_correlation"] == others.max()
    r = fitted.parameters.query("op == '~~' and lhs == 'visual' and rhs == 'textual'")["std_all"].item()
    assert found.correlations[None].loc["visual", "textual"] == pytest.approx(r)
    assert found.correlations[None].loc["visual", "visual"] == pytest.approx(np.sqrt((loadings**2).mean()))
    assert table["larcker"].all()
    groups = ak.convergent_validity(ak.cfa(model, hs, group="school"))
    assert len(groups.table()) == 6 and set(groups.correlations) == {"Pasteur", "Grant-White"}
    json.dumps(found.record(), allow_nan=False)
