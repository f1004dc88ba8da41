"""What the data do not allow is said where the result would have stood; faults of the caller are not hidden."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import ByGroup


def test_a_result_passes_through(bfi_study):
    one = bfi_study.responses.of_dimension("A")
    assert bfi_study.attempt(ak.cronbach_alpha, one).estimate == ak.cronbach_alpha(one).estimate


def test_a_refusal_becomes_its_own_sentence_in_both_languages(bfi_study):
    constant = pd.DataFrame({"a": [1, 1, 1], "b": [1, 2, 3]})
    found = bfi_study.attempt(ak.kmo, constant)
    with pytest.raises(ak.AkhlakError) as caught:
        ak.kmo(constant)
    for lang in ("id", "en"):
        assert caught.value.sentence(lang) in found.reason(lang)
        assert caught.value.code not in found.reason(lang)
    assert found.reason("id") != found.reason("en")


def test_what_rests_on_the_unavailable_says_the_same(bfi_study):
    why = ak.Unavailable("no_group")
    assert bfi_study.attempt(ak.plot_scree, why) is why
    assert bfi_study.attempt(ak.compare_models, 1, why) is why


def test_all_dimensions_refused_is_unavailable_and_names_each(bfi_study):
    answers = bfi_study.responses.where(np.arange(2800) < 1)
    found = bfi_study.attempt(ak.per_dimension, ak.cronbach_alpha, answers)
    assert isinstance(found, ak.Unavailable) and all(name in found.reason("en") for name in "ACENO")
    assert ak.show(found).kind == "note"


def test_faults_of_arguments_are_raised(bfi_study):
    with pytest.raises(ArgumentError):
        bfi_study.attempt(ak.cronbach_alpha, bfi_study.responses, interval="beauty")


def test_for_each_goes_on_where_one_group_is_refused(bfi_study):
    models = ak.per_dimension(ak.irt, bfi_study.responses)
    fits = ak.for_each(models, ak.irt_item_fit)
    assert fits["A"].table().equals(ak.irt_item_fit(models["A"]).table()) and fits.by == models.by
    mixed = ByGroup(by="x", parts={"few": 1, "all": 2})
    assert list(ak.for_each(mixed, _odd)) == ["few"]
    assert ak.for_each(mixed, _odd).notices[0].values["group"] == "all"


def _odd(value):
    if value == 2:
        raise ak.core.errors.DataError("no_rows")
    return ak.Unavailable("no_group")


def test_show_gives_an_exhibit_back(bfi_study):
    exhibit = ak.show(ak.Notice("group_refused", values={"group": 1, "code": "x", "why": "-"}))
    assert ak.show(exhibit) is exhibit
