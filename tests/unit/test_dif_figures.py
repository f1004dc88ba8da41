"""Figures of differential item functioning and of Mokken's coefficients."""

import xml.etree.ElementTree as ET

import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, MethodError


@pytest.fixture(scope="module")
def answers(root):
    return ak.Study(root / "data" / "berakhlak-contoh").responses


@pytest.fixture(scope="module")
def found(answers):
    return ak.dif(answers, "status")


def complete(shown, again):
    assert shown.kind == "figure"
    for lang in ("id", "en"):
        content = shown.content[lang]
        assert content["svg"] == again.content[lang]["svg"]
        ET.fromstring(content["svg"])
        assert content["alt"] and content["caption"] and content["notes"] and content["rows"]
        assert len(content["head"]) == len(content["rows"][0])
    assert shown.content["id"]["alt"] != shown.content["en"]["alt"]


@pytest.mark.parametrize("plot", [ak.plot_dif_curves, ak.plot_dif_effects])
@pytest.mark.parametrize("method", ["ordinal-logistic", "mantel", "irt-lr"])
def test_figures_are_complete_in_both_languages(root, plot, method):
    result = ak.dif(ak.Study(root / "data" / "bfi").responses.of_dimension("N"), "gender", method=method)
    complete(plot(result), plot(result))


def test_mokken_figure_is_complete(answers):
    result = ak.mokken(answers)
    complete(ak.plot_mokken(result), ak.plot_mokken(result))


def test_flagged_items_are_drawn_and_others_on_demand(found):
    assert [row[0] for row in ak.plot_dif_curves(found).content["en"]["rows"]] == ["KP1"]
    chosen = ak.plot_dif_curves(found, items=["LY2", "BP1"]).content["en"]["rows"]
    assert [row[0] for row in chosen] == ["LY2", "BP1"]
    with pytest.raises(ArgumentError):
        ak.plot_dif_curves(found, items=["XX"])
    with pytest.raises(ArgumentError):
        ak.plot_dif_curves(found, group="XX")


def test_largest_effect_stands_first(found):
    rows = ak.plot_dif_effects(found).content["en"]["rows"]
    assert rows[0][0] == "KP1" and len(rows) == 21


def test_where_nothing_was_flagged_the_nearest_are_drawn(answers):
    none = ak.dif(answers, "sex")
    assert none.flagged == ()
    assert len(ak.plot_dif_curves(none).content["id"]["rows"]) == 6


def test_nothing_to_draw(found):
    import dataclasses

    empty = dataclasses.replace(found, comparisons=tuple(
        dataclasses.replace(one, curve=None, points=ak.Unavailable("dif_item_constant", {"item": one.item}))
        for one in found.comparisons
    ))  # fmt: skip
    for plot in (ak.plot_dif_curves, ak.plot_dif_effects):
        with pytest.raises(MethodError):
            plot(empty)
