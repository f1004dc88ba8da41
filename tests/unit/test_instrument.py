"""The questionnaire as data: model, rules, files."""

import dataclasses
import json
import pickle
from pathlib import Path

import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, InstrumentError
from akhlak_research.core.words import Words
from akhlak_research.instrument.model import Background, Dimension, Item, MissingKind, ResponseScale

GOOD = """\
name: demo
title: {en: Demo}
version: "1.0"
scale: {low: 1, high: 5, labels: {1: {en: never, id: tidak pernah}, 5: {en: always, id: selalu}}}
missing:
  - {kind: not_applicable, codes: [99]}
  - {kind: dont_know, codes: [TT, "-1"], label: {id: Tidak tahu sama sekali}}
dimensions:
  - {code: N, name: {en: First}}
  - {code: NO, name: {en: Second}}
items:
  - {code: n1, dimension: N, text: {en: One}}
  - {code: n2, dimension: N, reverse: true, text: {en: Two}}
  - {code: y1, dimension: NO, text: {id: Tiga}, scale: {low: 0, high: 10}}
groups:
  - {code: sex, name: {en: Sex}, labels: {1: {en: male}, 2: {en: female}}}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "instrument.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def demo(tmp_path):
    return ak.read_instrument(written(tmp_path, GOOD))


# --- the shipped instrument


@pytest.fixture(scope="module")
def big_five(root):
    return ak.read_instrument(root / "data" / "bfi")


def test_bfi_is_keyed_as_published(big_five):
    assert big_five.reversed_items == ("A1", "C4", "C5", "E1", "E2", "O2", "O5")
    assert big_five.keys == dict.fromkeys(big_five.reversed_items, -1)
    assert big_five.item_codes == tuple(f"{d}{i}" for d in "ACENO" for i in range(1, 6))
    assert big_five.scale.codes == (1, 2, 3, 4, 5, 6)


def test_bfi_speaks_both_languages(big_five):
    for item in big_five.items:
        assert set(item.text) == {"en", "id"} and item.text["en"] != item.text["id"]
    assert big_five.scale.labels[6] == {"en": "Very Accurate", "id": "Sangat Sesuai"}
    assert "not been validated" in big_five.note["en"] and "belum divalidasi" in big_five.note["id"]


def test_codebook_of_the_readme_is_the_instrument(big_five, root):
    page = (root / "data" / "bfi" / "README.md").read_text(encoding="utf-8")
    for item in big_five.items:
        name = big_five.dimension(item.dimension).name["en"]
        assert f"| {item.code} | {name} | {'R ' if item.reverse else ''}| {item.text['en']} |" in page


def test_model_is_lavaan_syntax(big_five, demo):
    lines = big_five.model().split("\n")
    assert len(lines) == 5 and lines[3] == "N =~ N1 + N2 + N3 + N4 + N5"
    assert demo.model() == "N =~ n1 + n2\nNO =~ y1"


def test_table_and_codebook(demo, tmp_path):
    frame = demo.table("id")
    assert list(frame) == ["item", "dimension", "text", "reverse", "low", "high", "trace"]
    assert frame.to_numpy().tolist() == [
        ["n1", "N", "One", False, 1, 5, ""], ["n2", "N", "Two", True, 1, 5, ""], ["y1", "NO", "Tiga", False, 0, 10, ""],
    ]  # fmt: skip
    book = demo.codebook()
    assert ak.export(book, tmp_path / "codebook.csv").read_text(encoding="utf-8").startswith("item,dimension,text")
    assert json.loads(json.dumps(book.record()))["digest"] == demo.digest
    assert book.scale_table("id")["label"].tolist() == ["tidak pernah", "", "", "", "selalu"]


def test_reading_helpers(demo):
    assert demo.items_of("N") == ("n1", "n2")
    assert demo.scale_of("y1") == ResponseScale(0, 10) and demo.scale_of("n1") is demo.scale
    assert "3 items" in repr(demo) and "Tiga" in demo._repr_html_()
    for ask in (demo.items_of, demo.item, demo.dimension, demo.scale_of):
        with pytest.raises(ArgumentError) as caught:
            ask("zz")
        assert caught.value.code == "unknown_choice" and caught.value.got == "zz"


def test_subset_keeps_order_and_drops_empty_dimensions(big_five):
    part = big_five.subset(dimensions=["O", "A"])
    assert [d.code for d in part.dimensions] == ["A", "O"] and len(part.items) == 10
    assert big_five.subset(items=["N5", "A1"]).item_codes == ("A1", "N5")
    assert big_five.subset(dimensions=["A"], items=["A2", "C1"]).item_codes == ("A2",)


def test_instrument_is_a_value(demo):
    again = pickle.loads(pickle.dumps(demo))
    assert again == demo and hash(again) == hash(demo) and again.digest == demo.digest
    with pytest.raises(dataclasses.FrozenInstanceError):
        demo.name = "other"
    with pytest.raises(TypeError):
        demo.title["en"] = "other"


def test_digest_sees_content_not_layout(demo, tmp_path):
    turned = GOOD.replace("{en: never, id: tidak pernah}", "{id: tidak pernah, en: never}") + "# a comment\n"
    assert ak.read_instrument(written(tmp_path, turned)).digest == demo.digest
    changed = GOOD.replace("reverse: true", "reverse: false")
    assert ak.read_instrument(written(tmp_path, changed)).digest != demo.digest


def test_words_fall_back_to_the_language_there_is():
    only = Words({"id": "Baik"})
    assert only["en"] == "Baik" and "en" not in only and only.say("en") == "Baik"
    with ak.language("id"):
        assert Words({"id": "Baik", "en": "Good"}).say() == "Baik"


# --- files


def test_unquoted_codes_are_text(demo):
    """YAML 1.1 would read NO as False."""
    assert [d.code for d in demo.dimensions] == ["N", "NO"]
    assert demo.missing == (
        MissingKind("not_applicable", ("99",)),
        MissingKind("dont_know", ("TT", "-1"), Words({"id": "Tidak tahu sama sekali"})),
    )


def test_write_then_read_is_the_same(demo, big_five, tmp_path):
    for instrument in (demo, big_five):
        path = ak.write_instrument(instrument, tmp_path / "copy.yaml")
        assert ak.read_instrument(path) == instrument
    folder = tmp_path / "study"
    folder.mkdir()
    assert ak.write_instrument(demo, folder) == folder / "instrument.yaml"
    assert ak.read_instrument(str(folder)) == demo


def test_missing_file(tmp_path):
    with pytest.raises(InstrumentError) as caught:
        ak.read_instrument(tmp_path)
    assert caught.value.code == "yaml_missing" and caught.value.where.file == str(tmp_path / "instrument.yaml")


def test_objects_in_yaml_are_refused(tmp_path):
    bad = GOOD.replace("name: demo", 'name: !!python/object/apply:os.system ["true"]')
    with pytest.raises(InstrumentError) as caught:
        ak.read_instrument(written(tmp_path, bad))
    error = caught.value
    assert (error.code, error.where.row, error.got) == ("yaml_unsafe", 1, "!!python/object/apply:os.system")
    assert error.where.file == str(tmp_path / "instrument.yaml")


SCHEMA_FAULTS = [  # (replace, by, row, path, expected, got)
    ("name: demo\n", "", 1, "(top)", "name", "–"),
    ('version: "1.0"', "version: 1.0", 3, "version", "string", "1.0"),
    ("low: 1,", "low: one,", 4, "scale.low", "integer", '"one"'),
    ("code: n1, dimension: N", "code: 1, dimension: N", 12, "items[0].code", "string", "1"),
    ("reverse: true", "reverse: yes", 13, "items[1].reverse", "boolean", '"yes"'),
    ("reverse: true", "reversed: true", 13, "items[1]", "code, dimension, text, reverse, trace, scale", "reversed"),
    ("text: {en: One}", "text: One", 12, "items[0].text", "object", '"One"'),
    ("title: {en: Demo}", "title: {fr: Demo}", 2, "title", "id, en", "fr"),
    ("labels: {1: {en: male}", "labels: {1: male", 16, "groups[0].labels[1]", "object", '"male"'),
    ("name: {en: Sex}", "name: {en: Sex}, kind: ordinal", 16, "groups[0].kind", "categorical, numeric", '"ordinal"'),
    ("labels: {1: {en: never", "labels: {x: {en: never", 4, "scale.labels", "integer", '"x"'),
]


@pytest.mark.parametrize(("old", "new", "row", "path", "expected", "got"), SCHEMA_FAULTS)
def test_schema_faults_name_the_place(tmp_path, old, new, row, path, expected, got):
    assert old in GOOD
    with pytest.raises(InstrumentError) as caught:
        ak.read_instrument(written(tmp_path, GOOD.replace(old, new, 1)))
    error = caught.value
    assert (error.code, error.where.row, error.values["path"]) == ("instrument_schema", row, path)
    assert (error.expected, error.got) == (expected, got)
    assert error.where.file == str(tmp_path / "instrument.yaml")
    for lang, fragment in (("en", "Correct this entry"), ("id", "Perbaiki isian ini")):
        assert path in error.message(lang) and fragment in error.advice(lang)


OWN_CODE = ("code of its own", "kode tersendiri")
RISES = ("smaller than high", "lebih kecil")
OFF_SCALE = ("outside the scale", "di luar skala")
RULE_FAULTS = [  # (replace, by, code, row, path, got, words of the hint in English and Indonesian)
    ("code: n2", "code: n1", "duplicate_item", 13, "items[1].code", "n1", OWN_CODE),
    ("code: n1", "code: 1n", "item_code", 12, "items[0].code", "1n", ("Start with a letter", "Awali dengan huruf")),
    ("code: NO,", "code: N,", "duplicate_dimension", 10, "dimensions[1].code", "N", OWN_CODE),
    (
        "code: NO,", "code: y1,", "dimension_code", 10, "dimensions[1].code", "y1",
        ("no item has", "tidak dipakai butir"),
    ),
    (
        "dimension: NO", "dimension: X", "unknown_dimension", 14, "items[2].dimension", "X",
        ("add the dimension", "tambahkan dimensi"),
    ),
    (
        "dimension: NO", "dimension: N", "empty_dimension", 10, "dimensions[1].code", "NO",
        ("Remove the dimension", "Hapus dimensinya"),
    ),
    ("low: 1,", "low: 5,", "scale_invalid", 4, "scale", "5–5", RISES),
    ("low: 0, high: 10", "low: 10, high: 0", "scale_invalid", 14, "items[2].scale", "10–0", RISES),
    (
        "5: {en: always", "6: {en: always", "scale_label_outside", 4, "scale.labels[6]", 6,
        ("under missing", "bagian missing"),
    ),
    (
        "{en: always", "{en: Never", "label_twice", 4, "scale.labels[5]", "never",
        ("label of its own", "label tersendiri"),
    ),
    (
        "kind: dont_know", "kind: blank", "missing_kind_name", 7, "missing[1].kind", "blank",
        ("small letters", "huruf kecil"),
    ),
    ("[TT,", '["99",', "missing_code_twice", 7, "missing[1].codes[0]", "99", ("one kind", "satu jenis")),
    ("[99]", "[3]", "missing_code_on_scale", 6, "missing[0].codes[0]", "3", OFF_SCALE),
    ("[99]", "[Selalu]", "missing_code_on_scale", 6, "missing[0].codes[0]", "Selalu", OFF_SCALE),
    ("code: sex", "code: n1", "group_code_taken", 16, "groups[0].code", "n1", OWN_CODE),
    ("{en: One}", '{en: " "}', "words_missing", 12, "items[0].text", {"en": " "}, ("one language", "satu bahasa")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "row", "path", "got", "hint"), RULE_FAULTS)
def test_rules_name_the_place(tmp_path, old, new, code, row, path, got, hint):
    assert old in GOOD
    with pytest.raises(InstrumentError) as caught:
        ak.read_instrument(written(tmp_path, GOOD.replace(old, new, 1)))
    error = caught.value
    assert (error.code, error.where.row, error.values["path"], error.got) == (code, row, path, got)
    assert error.where.file == str(tmp_path / "instrument.yaml")
    assert hint[0] in error.advice("en") and hint[1] in error.advice("id")
    assert "[" + code + "]" in str(error)


def test_rules_hold_for_instruments_made_in_python():
    with pytest.raises(InstrumentError) as caught:
        ak.Instrument(
            "x", Words({"en": "X"}), "1", ResponseScale(1, 5), (Dimension("A", Words({"en": "A"})),),
            (Item("a", "B", Words({"en": "a"})),),
        )  # fmt: skip
    assert caught.value.code == "unknown_dimension" and caught.value.where.row is None
    assert caught.value.expected == ["A"] and caught.value.where.column == "a"


def test_plain_mappings_are_taken():
    made = ak.Instrument(
        "x", {"en": "X"}, "1", ResponseScale(1, 5, {1: {"en": "low"}}), [Dimension("A", {"en": "A"})],
        [Item("a", "A", {"en": "a"})], groups=[Background("g", {"en": "G"}, labels={1: {"en": "one"}})],
    )  # fmt: skip
    assert isinstance(made.title, Words) and isinstance(made.items, tuple) and hash(made)
    assert made.scale.labels[1].say("id") == "low"
