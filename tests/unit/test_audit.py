"""The audit finds what is wrong in a questionnaire, and nothing in a sound one."""

from dataclasses import replace

import pytest

import akhlak_research as ak
from akhlak_research.catalog.loader import load
from akhlak_research.core.text import LANGUAGES, has_text
from akhlak_research.instrument.model import Dimension, Instrument, Item, ResponseScale
from akhlak_research.instrument.statutory import Match

SE, UU = "SE 20/2021", "UU 20/2023"
LAW = ak.berakhlak_instrument()
SCALE = ResponseScale(1, 5, {k: {"id": f"i{k}", "en": f"e{k}"} for k in range(1, 6)})


def both(id_text, en_text):
    return {"id": id_text, "en": en_text}


def changed(code, instrument=LAW, **fields):
    """The instrument with fields of one item changed."""
    items = tuple(replace(item, **fields) if item.code == code else item for item in instrument.items)
    return replace(instrument, items=items)


def small(**texts):
    """Three sound items of one dimension, with texts replaced or added."""
    said = {
        "A1": both("Saya datang tepat waktu", "I arrive on time"),
        "A2": both("Atasan mendengarkan saya", "My superior listens to me"),
        "A3": both("Ruang kerja terang", "The office is bright"),
        **texts,
    }
    items = tuple(Item(code, "A", words, trace="own") for code, words in said.items())
    return Instrument("probe", both("Uji", "Probe"), "1", SCALE, (Dimension("A", both("A", "A")),), items)


def codes(instrument):
    return [(finding.code, finding.item) for finding in ak.audit_instrument(instrument)]


def test_a_sound_instrument_has_no_findings():
    assert codes(small()) == []


def test_the_statutory_questionnaire():
    audit = ak.audit_instrument(LAW)
    found = {row.finding: row["items"] for _, row in audit.summary().iterrows()}
    assert found == {
        "wording_differs_real": "LY2",
        "wording_differs_small": "HR1, HR2",
        "wording_differs_none": "AK1, LY1, KL3",
        "definition_differs": "LY",
        "several_ideas": "BP2, AK1, AK2, LY1, LY2, AD2",
        "several_ideas_suspected": "BP1, LY3",
        "negation_desirable": "AK3",
    }
    assert audit.findings[0].item == "LY2" and audit.findings[0].severity == "warning"
    assert {f.basis for f in audit.of("several_ideas_suspected")} == {"heuristic"}
    assert {f.basis for f in audit.of("several_ideas")} == {"catalogue"}


def test_reversing_a_desirable_item_is_a_warning_whatever_its_grammar():
    for code in ("AK3", "BP1"):
        found = ak.audit_instrument(changed(code, reverse=True)).of("reversed_though_desirable")
        assert [(f.item, f.severity) for f in found] == [(code, "warning")]
    assert not ak.audit_instrument(LAW).of("reversed_though_desirable")


def test_a_statutory_text_turned_into_its_opposite_may_be_reversed():
    words = both("Menyalahgunakan kewenangan jabatan", "Misuse the authority of office")
    audit = ak.audit_instrument(changed("AK3", text=words, reverse=True))
    assert not audit.of("reversed_though_desirable") and not audit.of("negation_desirable")
    assert [f.item for f in audit.of("wording_departs")] == ["AK3"]
    denied = both("Pegawai tidak bertindak proaktif", "Employees do not act proactively")
    assert not ak.audit_instrument(changed("AD3", text=denied, reverse=True)).of("reversed_though_desirable")


def test_items_are_recognised_by_their_text():
    prefixed = changed("LY2", text=both("Pegawai menjaga nama baik sesama ASN, Pimpinan, Instansi, dan Negara.", "…"))
    audit = ak.audit_instrument(prefixed)
    assert audit.matches["LY2"] == Match(ak.core_values()["LY2"], (SE,))
    assert [f.item for f in audit.of("trace_other_wording")] == ["LY2"]
    mixed = audit.of("wordings_mixed")[0]
    assert mixed.values["circular"] == ("LY2",) and "HR1" in mixed.values["act"]
    other = Item("Q7", "A", both("Suka menolong orang lain", "…"), trace="x")
    assert ak.audit_instrument(replace(small(), items=(*small().items, other))).matches["Q7"].wordings == (SE,)


def test_a_foreign_item_with_a_statutory_code_is_left_alone():
    item = Item("AK1", "A", both("Nada dering telepon saya keras", "My ring tone is loud"), trace="own")
    assert not ak.audit_instrument(replace(small(), items=(*small().items, item))).matches


def test_left_out_behaviours_are_named_only_where_most_are_there():
    without = LAW.subset(items=[code for code in LAW.item_codes if code not in ("AK3", "LY2")])
    finding = ak.audit_instrument(without).of("behaviour_missing")[0]
    assert finding.values["absent"] == ("AK3", "LY2") and finding.severity == "warning"
    assert not ak.audit_instrument(LAW.subset(dimensions=["BP"])).of("behaviour_missing")


@pytest.mark.parametrize(
    "code, words",
    [
        ("several_ideas_suspected", both("Aturan dan arahan mudah dipahami", "Directions are clear")),
        ("several_ideas_suspected", both("Arahan mudah dipahami", "Rules, and directions, are clear")),
        ("negation_suspected", both("Saya tidak pernah terlambat", "I keep to the hours")),
        ("negation_suspected", both("Saya tepat waktu", "I don’t arrive late")),
        ("translation_missing", {"id": "Meja kerja saya rapi"}),
        ("text_repeated", both("Saya datang tepat waktu.", "I come when I should")),
        ("text_similar", both("Saya datang tepat waktunya", "Punctuality matters")),
    ],
)
def test_each_rule_finds_its_fault_and_nothing_else(code, words):
    assert codes(small(A4=words)) == [(code, "A4")]


def test_words_inside_words_join_nothing():
    assert codes(small(A4=both("Pendanaan memadai", "The standard is orderly"))) == []


def test_a_reversed_item_with_a_negation_is_no_finding():
    base = small(A4=both("Saya tidak tepat waktu", "I am not on time"))
    assert codes(changed("A4", base, reverse=True)) == []


def test_a_missing_source_is_found():
    assert codes(changed("A2", small(), trace=" ")) == [("trace_missing", "A2")]


def test_short_dimensions_and_unbalanced_blueprints():
    items = (*small().items, *(Item(f"B{k}", "B", both(w, w), trace="own") for k, w in enumerate(["Teh", "Kopi"])))
    base = replace(small(), dimensions=(*small().dimensions, Dimension("B", both("B", "B"))), items=items)
    assert [(f.code, f.dimension) for f in ak.audit_instrument(base)] == [("dimension_short", "B")]
    longer = (*items, *(Item(f"A{k}", "A", both(w, w), trace="own") for k, w in [(4, "Meja"), (5, "Pintu")]))
    finding = ak.audit_instrument(replace(base, items=longer)).of("blueprint_unbalanced")[0]
    assert (finding.values["large"], finding.values["n_large"], finding.values["n_small"]) == ("A", 5, 2)


def test_scales_without_words():
    assert codes(replace(small(), scale=ResponseScale(1, 5))) == [("scale_unlabelled", "")]
    ends = ResponseScale(1, 5, {k: both(f"i{k}", f"e{k}") for k in (1, 5)})
    assert codes(replace(small(), scale=ends)) == [("scale_partly_labelled", "")]
    assert codes(changed("A1", small(), scale=ResponseScale(0, 10))) == [("scale_unlabelled", "A1")]
    one_language = ResponseScale(1, 2, {1: {"id": "Ya"}, 2: both("Tidak", "No")})
    assert codes(replace(small(), scale=one_language)) == [("translation_missing", "")]


def test_every_finding_has_words_a_label_and_a_sentence_in_both_languages():
    for kind in load("audit")["findings"]:
        assert has_text(f"finding.{kind['code']}") and has_text(f"label.{kind['code']}")
    broken = changed("AK3", reverse=True, trace="")
    broken = replace(broken, scale=ResponseScale(1, 5))
    for finding in ak.audit_instrument(changed("KP2", broken, text={"id": "Membantu orang belajar"})):
        said = {lang: finding.say(lang) for lang in LANGUAGES}
        assert said["id"] != said["en"] and "{" not in "".join(said.values())


def test_record_is_the_same_in_every_language_and_holds_both():
    audit, plan = ak.audit_instrument(LAW), ak.blueprint(LAW)
    records = []
    for lang in LANGUAGES:
        with ak.language(lang):
            records.append((audit.record(), plan.record()))
    assert records[0] == records[1]
    assert set(records[0][0]["findings"][0]["text"]) == {"id", "en"}
    assert records[0][1]["dimensions"][0]["name"] == {"id": "Berorientasi Pelayanan", "en": "Service-oriented"}
    assert audit.record()["digest"] == LAW.digest


def test_trace_table_and_blueprint():
    table = ak.audit_instrument(LAW).trace_table("id").set_index("item")
    assert table.loc["BP1", "wording"] == f"{SE} = {UU}" and table.loc["LY2", "wording"] == UU
    assert table.loc["LY2", "difference"] == "wording_real"
    plan = ak.blueprint(changed("AK3", reverse=True)).table("en").set_index("dimension")
    assert plan.loc["AK", "n_reversed"] == 1 and plan["percent"].sum() == pytest.approx(100, abs=1e-10)
    assert plan.loc["KL", "items"] == "KL1, KL2, KL3"
