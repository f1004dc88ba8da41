"""Exhibits: two languages from one result, reasons and notices below, a payload that comes back whole."""

import html
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, StudyError
from akhlak_research.core.numbers import format_number
from akhlak_research.core.results import ByGroup, Inputs, Notice, Result, Unavailable, record_digest, result
from akhlak_research.report.exhibit import MIME, Exhibit, show
from akhlak_research.report.markup import exhibit_html

INPUTS = Inputs("d", 10, 10, 0, "listwise", "none", ("A1", "A2"))
TITLE = {"id": "Judul", "en": "Title"}


@result
class Fake(Result):
    kind = "fake"
    frame: pd.DataFrame
    total: object = None

    def table(self):
        return self.frame.copy()


@result
class Captioned(Fake):
    kind = "figure_scree"  # a kind that the catalogue has a caption for


def fake(notices=(), total=None, **columns):
    return Fake(inputs=INPUTS, frame=pd.DataFrame(columns), notices=tuple(notices), total=total)


def test_a_table_in_both_languages():
    exhibit = show(fake(item=["A1"], n=[2784], mean=[4.65], std_error=[0.0123456789], pvalue=[0.00002]), caption=TITLE)
    id_, en = exhibit.content["id"], exhibit.content["en"]
    assert id_["head"] == ["Butir", "n", "Rerata", "Galat baku", "p"]
    assert id_["rows"] == [["A1", "2.784", "4,65", "0,012", "< 0,001"]]
    assert en["rows"] == [["A1", "2,784", "4.65", "0.012", "< 0.001"]]
    assert id_["numeric"] == en["numeric"] == [False, True, True, True, True]
    assert (id_["caption"], en["caption"]) == ("Judul", "Title")


def test_the_digest_is_that_of_the_record():
    value = fake(item=["A1"], mean=[4.65])
    assert show(value, caption=TITLE).record_digest == record_digest(value.record())


def test_what_the_catalogues_know_is_not_of_the_study():
    """In a simulated study the published figures and the cut-offs stay real, and must not be marked as made up."""
    assert not show(ak.published_figures()).of_study and not show(ak.thresholds()).of_study
    again = Exhibit.from_payload(show(ak.thresholds()).payload())
    assert not again.of_study
    frame = pd.DataFrame({"a": [1, 2, 3, 3], "b": [1, 3, 2, 3], "c": [2, 2, 3, 1]})
    assert show(ak.cronbach_alpha(frame)).of_study


def test_caption_comes_from_the_catalogue_or_must_be_given():
    with pytest.raises(ArgumentError) as caught:
        show(fake(item=["A1"]))
    assert caught.value.code == "caption_missing" and caught.value.got == "fake"
    with pytest.raises(ArgumentError) as caught:
        show(fake(item=["A1"]), caption={"en": "only"})
    assert caught.value.code == "exhibit_words"
    captioned = Captioned(inputs=INPUTS, frame=pd.DataFrame({"item": ["A1"]}))
    assert show(captioned).content["id"]["caption"].startswith("Nilai eigen")
    grouped = ByGroup(by="dimension", parts={"A": captioned})
    assert show(grouped).content["en"]["caption"].endswith(", by dimension")
    assert show(grouped).content["id"]["caption"].endswith(", menurut dimensi")


def test_columns_choose_order_and_limit():
    exhibit = show(fake(item=["A1"], n=[1], mean=[2.0]), caption=TITLE, columns=["mean", "item"])
    assert exhibit.content["en"]["rows"] == [["2.00", "A1"]]
    with pytest.raises(ArgumentError) as caught:
        show(fake(item=["A1"]), caption=TITLE, columns=["men"])
    assert caught.value.code == "exhibit_column" and caught.value.got == ["men"]


def test_the_limits_of_an_interval_share_a_column():
    value = fake(item=["A1", "A2"], r=[0.3, 0.1], r_ci_low=[-0.1, np.nan], r_ci_high=[0.5, np.nan], n=[8, 8])
    content = show(value, caption=TITLE).content
    assert content["id"]["head"][2] == "IK" and content["en"]["head"][2] == "CI"
    assert [row[2] for row in content["id"]["rows"]] == ["[−0,100; 0,500]", "–"]
    assert [len(row) for row in content["en"]["rows"]] == [4, 4] and len(content["en"]["numeric"]) == 4
    assert show(value, caption=TITLE, columns=["item", "r_ci_low"]).content["en"]["rows"][0] == ["A1", "−0.100"]


def test_rows_left_out_are_counted():
    content = show(fake(item=list("abcd")), caption=TITLE, max_rows=3).content["id"]
    assert [row[0] for row in content["rows"]] == ["a", "b", "c"]
    assert "3 baris pertama dari 4" in content["notes"][-1]
    assert show(fake(item=list("abcd")), caption=TITLE, max_rows=4).content["id"]["notes"] == []


def test_an_absent_value_gives_its_reason():
    reason = Unavailable("hierarchical_needed")
    content = show(fake(total=reason, item=["A1", "total"], estimate=[0.7, np.nan]), caption=TITLE).content
    assert content["id"]["rows"][1] == ["Total", "–"]
    assert content["id"]["notes"] == [f"– {reason.reason('id')}"]
    assert content["en"]["notes"] == [f"– {reason.reason('en')}"]
    # a reason in a cell gets a mark of its own
    marked = show(fake(item=["A1", "A2"], estimate=[0.7, reason]), caption=TITLE).content["en"]
    assert marked["rows"][1] == ["A2", "–ᵃ"] and marked["notes"][0] == f"ᵃ {reason.reason('en')}"
    # without any reason the dash is still explained, and without a dash nothing is
    assert show(fake(item=["A1"], estimate=[np.nan]), caption=TITLE).content["en"]["notes"][0].startswith("– ")
    assert show(fake(total=reason, item=["A1"], estimate=[0.5]), caption=TITLE).content["en"]["notes"] == []


@pytest.mark.parametrize("missing", ["listwise", "pairwise"])
def test_how_missing_answers_were_treated_stands_below(missing, bfi):
    alpha = ak.cronbach_alpha(bfi[["A2", "A3", "A4", "A5"]], missing=missing)
    for lang in ("id", "en"):
        line = show(alpha).content[lang]["notes"][0]
        used = format_number(alpha.inputs.n_used, 0, lang)
        assert missing in line and used in line and line == alpha.inputs.say(lang)
    assert alpha.inputs.say() in html.unescape(alpha._repr_html_())
    groups = ak.cronbach_alpha(bfi[["A2", "A3", "A4", "A5"]], missing=missing, by=(bfi["A1"] > 2).rename("g"))
    assert missing in show(groups).content["en"]["notes"][0]
    assert sum(missing in line for line in show(groups).content["en"]["notes"]) == 1
    assert INPUTS.say() == ""


def test_notices_stand_below_in_each_language():
    notice = Notice("group_refused", "caution", {"group": "C", "code": "too_few_rows", "why": "-"})
    content = show(fake([notice], item=["A1"]), caption=TITLE, note={"id": "Lagi", "en": "More"}).content
    assert content["id"]["notes"] == [notice.say("id"), "Lagi"]
    assert content["en"]["notes"] == [notice.say("en"), "More"]


def test_groups_are_one_table_and_their_labels_stay():
    notice = Notice("group_refused", values={"group": 1, "code": "x", "why": "-"})
    parts = {"item": fake(n=[5], mean=[1.0]), 2: fake([notice], n=[6], mean=[2.0])}
    exhibit = show(ByGroup(by="gender", parts=parts), caption=TITLE)
    content = exhibit.content["id"]
    assert content["rows"] == [["item", "5", "1,00"], ["2", "6", "2,00"]], "a group called item is no catalogue word"
    assert content["numeric"][0] is False
    assert content["notes"][0].startswith("2: ")


def test_a_frame_brings_a_named_index_and_joined_columns():
    frame = pd.DataFrame({("F", 1): [0.5], ("F", 2): [0.1]}, index=pd.Index(["A1"], name="item"))
    frame.columns = pd.MultiIndex.from_tuples(frame.columns)
    content = show(frame, caption=TITLE).content["id"]
    assert content["head"] == ["Butir", "F 1", "F 2"] and content["rows"] == [["A1", "0,500", "0,100"]]


def test_a_sentence_is_a_note():
    exhibit = show(Unavailable("hierarchical_needed"), note={"id": "Nanti.", "en": "Later."})
    assert exhibit.kind == "note"
    assert exhibit.content["id"]["paragraphs"] == [Unavailable("hierarchical_needed").reason("id"), "Nanti."]


def test_text_of_a_result_follows_the_language():
    codebook = ak.read_instrument("data/bfi").codebook()
    content = show(codebook, caption=TITLE).content
    assert content["id"]["rows"][0][2] != content["en"]["rows"][0][2]


def test_the_payload_survives_a_notebook():
    exhibit = show(fake(item=["A1"], mean=[2.0]), caption=TITLE)
    payload = json.loads(json.dumps(exhibit._repr_mimebundle_()[MIME]))
    back = Exhibit.from_payload(payload)
    assert back.payload() == exhibit.payload()
    assert exhibit_html(back, "id") == exhibit_html(exhibit, "id")


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.update(version=99),
        lambda p: p.pop("record_digest"),
        lambda p: p.update(kind="script"),
        lambda p: p["content"].pop("id"),
        lambda p: p["content"]["en"].pop("notes"),
        lambda p: p["content"]["en"]["rows"].append(["too", "many", "cells"]),
    ],
)
def test_a_damaged_payload_is_refused(damage):
    payload = json.loads(json.dumps(show(fake(item=["A1"]), caption=TITLE).payload()))
    damage(payload)
    with pytest.raises(StudyError) as caught:
        Exhibit.from_payload(payload)
    assert caught.value.code == "exhibit_payload"


def test_jupyter_gets_escaped_html_in_the_active_language():
    evil = "<script>alert(1)</script>"
    exhibit = show(fake(item=[evil], **{evil: [1.0]}), caption={"id": evil, "en": evil}, note={"id": evil, "en": evil})
    for lang in ("id", "en"):
        with ak.language(lang):
            html = exhibit._repr_mimebundle_()["text/html"]
        assert "<script" not in html and html.count("&lt;script&gt;") >= 4
    with ak.language("id"):
        assert "Butir" in show(fake(item=["a"]), caption=TITLE)._repr_mimebundle_()["text/html"]
        assert repr(show(fake(item=["a"]), caption=TITLE, name="My Items")) == "<table my-items: Judul>"


def test_an_exhibit_of_an_open_simulated_study_is_marked_in_jupyter(monkeypatch):
    monkeypatch.setattr("akhlak_research.core.marks._opened", set())
    frame = pd.DataFrame({"item": ["a"], "mean": [1.0]})
    exhibit = ak.show(frame, caption={"id": "Rerata", "en": "Means"})
    assert "simula" not in exhibit._repr_mimebundle_()["text/html"].lower()
    ak.Study(Path(__file__).resolve().parents[2] / "data" / "berakhlak-contoh")
    assert "[Simulated data]" in exhibit._repr_mimebundle_()["text/html"]
    of_catalogue = ak.show(ak.thresholds())
    assert "[Simulated data]" not in of_catalogue._repr_mimebundle_()["text/html"]


def test_where_every_group_was_refused_the_reasons_are_shown():
    refused = Notice("group_refused", "caution", {"group": "A", "code": "too_few_rows", "why": "-"})
    exhibit = ak.show(ByGroup(by="status", parts={}, notices=(refused,)), columns=["item"])
    assert exhibit.kind == "note" and "A" in exhibit.content["id"]["paragraphs"][0]
