"""Tables as people bring them: arrays, digits as text or categories, weights by their column's name."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.counts.frames import as_frame, number_columns

BFI = pd.read_csv("data/bfi/responses.csv").iloc[:400]
ITEMS = BFI[[f"C{i}" for i in range(1, 6)]]
KEYS = {"C4": -1, "C5": -1}
FORMS = {
    "text": lambda frame: frame.astype("Int64").astype("string"),
    "object": lambda frame: frame.astype(object),
    "category": lambda frame: frame.astype("category"),
    "text category": lambda frame: frame.astype("Int64").astype("string").astype("category"),
    "nullable": lambda frame: frame.astype("Int64"),
    "arrow": lambda frame: frame.astype("int64[pyarrow]"),
}
FUNCTIONS = {
    "alpha": lambda x, **given: ak.cronbach_alpha(x, **given).estimate,
    "efa": lambda x, **given: ak.efa(x, n_factors=1, **given).loadings.to_numpy(),
    "polychoric": lambda x, **given: ak.polychoric(x, missing="pairwise", **given).correlations.to_numpy(),
    "irt": lambda x, **given: ak.irt(x, model="pcm", errors="none", **given).loglik,
    "counts": lambda x, **given: ak.count_responses(x, **given).single_tables("pairwise"),
    "groups": lambda x, **given: ak.compare_groups(x, pd.Series(np.arange(400) % 2, name="g"), **given).table()["mean"],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_type_of_a_column_changes_nothing(form, function):
    compute = FUNCTIONS[function]
    given = {"keys": KEYS, "scale": (1, 6)}
    np.testing.assert_array_equal(compute(FORMS[form](ITEMS), **given), compute(ITEMS, **given))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_array_is_a_table(function):
    compute = FUNCTIONS[function]
    np.testing.assert_array_equal(compute(ITEMS.to_numpy()), compute(ITEMS))


@pytest.mark.parametrize("argument", ["weights", "frequencies"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_weights_by_the_name_of_their_column(function, argument):
    compute = FUNCTIONS[function]
    column = pd.Series(np.arange(400) % 3 + 1, name="w")
    np.testing.assert_array_equal(
        compute(ITEMS.assign(w=column), **{argument: "w"}), compute(ITEMS, **{argument: column})
    )


def test_weights_by_name_go_with_groups_and_models():
    column = pd.Series(np.arange(400) % 3 + 1.0)
    named = ak.cronbach_alpha(ITEMS.assign(w=column, g=BFI["gender"]), by="g", weights="w")
    given = ak.cronbach_alpha(ITEMS.assign(g=BFI["gender"]), by="g", weights=column)
    assert [named[g].estimate for g in named] == [given[g].estimate for g in given]
    model = "C =~ C1 + C2 + C3 + C4"
    one = ak.cfa(model, BFI.assign(w=column), weights="w", estimator="MLR")
    assert one.fit["chisq"] == ak.cfa(model, BFI, weights=column, estimator="MLR").fit["chisq"]


def test_items_with_numbers_for_names_take_keys():
    numbered = ITEMS.set_axis(range(5), axis=1)
    keyed = ak.cronbach_alpha(numbered, keys={3: -1, 4: -1}, scale=(1, 6))
    assert keyed.estimate == ak.cronbach_alpha(ITEMS, keys=KEYS, scale=(1, 6)).estimate


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: ak.cronbach_alpha(ITEMS, weights="w"), ArgumentError, "weights_unknown"),
        (lambda: ak.cronbach_alpha(ITEMS.to_numpy(), weights="w"), ArgumentError, "weights_unknown"),
        (lambda: ak.cronbach_alpha(ITEMS.assign(w="a"), weights="w"), DataError, "weights_invalid"),
        (lambda: ak.cronbach_alpha(ITEMS, weights=["a"] * 400), DataError, "weights_invalid"),
        (lambda: ak.cronbach_alpha(ITEMS, keys=["C4"], scale=(1, 6)), ArgumentError, "keys_value"),
        (lambda: ak.cronbach_alpha(ITEMS.astype(object).where(ITEMS.notna(), "nan")), DataError, "not_numeric"),
        (lambda: ak.cronbach_alpha(ITEMS.assign(C1=pd.Timestamp("2026-01-01"))), DataError, "not_numeric"),
        (lambda: ak.cronbach_alpha([ITEMS["C1"], ITEMS["C2"]]), ArgumentError, "items_type"),
        (lambda: ak.cronbach_alpha(np.zeros(3)), ArgumentError, "items_type"),
        (lambda: ak.cfa({"C": ["C1", "C2", "C3"]}, BFI), ArgumentError, "model_type"),
        (lambda: ak.export(ITEMS, "x.csv"), ArgumentError, "not_a_result"),
        (lambda: ak.export([ak.kmo(ITEMS)], "x.csv"), ArgumentError, "not_a_result"),
    ],
)
def test_what_cannot_be_read_is_refused(call, error, code):
    with pytest.raises(error) as caught:
        call()
    assert caught.value.code == code


def test_the_given_table_stays_as_it_is():
    given = FORMS["text"](ITEMS)
    before = given.copy()
    number_columns(given)
    pd.testing.assert_frame_equal(given, before)
    assert as_frame(ITEMS) is ITEMS


def test_results_do_not_change():
    alpha = ak.cronbach_alpha(ITEMS)
    for name in ("estimate", "notices", "anything"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(alpha, name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del alpha.notices
