"""Intervals of units and values: order without ranks, bands settled or not, nobody's own answers, harmless names."""

import csv
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.results import Estimate, Inputs, Interval, Unavailable
from akhlak_research.index.result import Index, IndexScore
from akhlak_research.report.drawing import BLUE, ORANGE
from akhlak_research.report.unit_figure import plot_units, plot_values

SVG = "{http://www.w3.org/2000/svg}"
INPUTS = Inputs("d", 100, 100, 0, "same", "none", ("a",))
NO_BANDS = {"round": {"decimals": 1}}
WHOLE = (None, 61.0, 60.0, 62.0, 90)


def index(*scores, recipe="plain-mean", value="total", whole=WHOLE, unit_name="unit") -> Index:
    """An index of given scores: (unit, estimate, low, high, n) or (unit, Unavailable)."""

    def one(unit, *numbers):
        if isinstance(numbers[0], Unavailable):
            score = numbers[0] if len(numbers) == 1 else Estimate(numbers[1], numbers[0], numbers[0], numbers[2])
        else:
            estimate, low, high, n = numbers
            score = Estimate(estimate, 1.0, Interval(low, high), n)
        return IndexScore(
            unit=unit, value=value, score=score, df=1.0, population=None, rounded=score.estimate, band=None,
            band_name=None, probabilities=None,
        )  # fmt: skip

    return Index(
        inputs=INPUTS, recipe=ak.read_recipe(recipe), level=0.95, unit_name=unit_name,
        scores=tuple(one(*score) for score in ((whole, *scores) if whole else scores)), covariance=pd.DataFrame(),
    )  # fmt: skip


def words_of(svg):
    return [node.text for node in ET.fromstring(svg).iter(f"{SVG}text")]


def marks(svg, colour):
    """How many points of a colour are drawn beside the one in the legend."""
    uses = [node.get("style", "") for node in ET.fromstring(svg).iter(f"{SVG}use")]
    return sum(f"stroke: {colour}" in style for style in uses) - 1


SMALL = index(("x", 55.0, 52.0, 58.0, 20), ("y", 73.0, 70.0, 76.0, 12), ("z", 30.0, 28.0, 32.0, 9))


@pytest.fixture(scope="module")
def shipped():
    study = ak.Study("data/berakhlak-contoh")
    return study, ak.build_index(study.responses, "plain-mean", unit="unit", frame=study.frame("frame"))


@pytest.fixture(autouse=True)
def at_the_root(root, monkeypatch):
    monkeypatch.chdir(root)


def test_units_stand_in_the_order_of_their_estimates_without_numbers_of_rank():
    content = plot_units(SMALL).content["en"]
    assert [row[0] for row in content["rows"]] == ["y", "x", "z", "All respondents"]
    assert content["rows"][0] == ["y", "12", "73.00", "[70.00; 76.00]", "undecided: B Fairly healthy, A Healthy"]
    drawn = words_of(content["svg"])
    assert not {"1", "2", "3", "1.", "2.", "3.", "#1"} & set(drawn)
    assert "0 of 2 neighbouring pairs overlap" in content["notes"][0] and "ranks are not shown" in content["notes"][0]
    near = plot_units(index(("x", 55.0, 50.0, 60.0, 9), ("y", 54.0, 45.0, 55.0, 9), ("z", 20.0, 10.0, 30.0, 9)))
    assert "1 of 2 neighbouring pairs" in near.content["en"]["notes"][0]
    assert "1 dari 2 pasangan" in near.content["id"]["notes"][0]


def test_undecided_units_have_a_shape_and_colour_of_their_own():
    content = plot_units(SMALL).content["en"]
    assert marks(content["svg"], BLUE) == 2 and marks(content["svg"], ORANGE) == 1
    shapes = [node.get("d") for node in ET.fromstring(content["svg"]).iter(f"{SVG}path") if node.get("id")]
    assert any("C" in d for d in shapes), "a circle"
    assert any("C" not in d and d.count("L") == 3 for d in shapes), "a diamond"
    assert "Intervals inside one band: 2 (A Healthy: 0; B Fairly healthy: 1; C Unhealthy: 1)" in content["alt"]
    assert "undecided: 1." in content["alt"]
    assert {"49.95", "74.95", "C Unhealthy", "B Fairly healthy"} <= set(words_of(content["svg"]))


@pytest.mark.parametrize(
    ("low", "high", "recipe", "said"),
    [
        (50.0, 74.94, "plain-mean", "B Fairly healthy"),
        (50.0, 74.95, "plain-mean", "undecided: B Fairly healthy, A Healthy"),
        (74.95, 80.0, "plain-mean", "A Healthy"),
        (49.94, 49.949, "plain-mean", "C Unhealthy"),
        (10.0, 20.0, "plain-mean", "no class known"),
        (10.0, 99.0, "plain-mean", "undecided: no class known, C Unhealthy, B Fairly healthy, A Healthy"),
        # without rounding the printed ranges leave a gap
        (70.0, 74.9, {"band": {"bands": "berakhlak-2022"}}, "B Fairly healthy"),
        (70.0, 74.95, {"band": {"bands": "berakhlak-2022"}}, "undecided: B Fairly healthy, no class known"),
        # open below: 70 itself is B
        (70.0, 75.0, {"band": {"bands": "sakip-2021"}}, "undecided: B Good, BB Very good"),
        (70.001, 80.0, {"band": {"bands": "sakip-2021"}}, "BB Very good"),
        (70.0, 70.0, {"band": {"bands": "sakip-2021"}}, "B Good"),
    ],
)
def test_an_interval_is_judged_as_its_ends_would_be_classified(low, high, recipe, said):
    content = plot_units(index(("x", (low + high) / 2, low, high, 9), recipe=recipe)).content["en"]
    assert content["rows"][0][4] == said
    assert marks(content["svg"], ORANGE if "undecided" in said else BLUE) == 1


def test_without_bands_nothing_is_called_undecided():
    content = plot_units(index(("x", 55.0, 40.0, 90.0, 20), recipe=NO_BANDS)).content["en"]
    assert content["head"] == ["Unit", "n", "Score", "CI"] and content["numeric"] == [False, True, True, True]
    assert "band" not in content["alt"] and "score and interval" in words_of(content["svg"])
    assert not [note for note in content["notes"] if "Dashed" in note]


def test_units_of_one_person_or_without_interval_are_named_with_the_reason_and_nothing_else():
    made = index(
        ("x", 55.0, 52.0, 58.0, 20),
        ("alone", Unavailable("one_respondent"), 98.76, 1),
        ("all of one", 12.34, 12.34, 12.34, 1),
        ("alike", Unavailable("no_spread", {"n": 3}), 87.65, 3),
        ("silent", Unavailable("no_answers")),
    )
    content = plot_units(made).content["en"]
    notes = "\n".join(content["notes"])
    for name, reason in (
        ("alone", "One respondent tells nothing"), ("all of one", "single person"), ("alike", "All 3 respondents"),
        ("silent", "Nobody answered"),
    ):  # fmt: skip
        assert re.search(rf"Not drawn: {name}\. {reason}|Not drawn: {name}\. .*{reason}", notes), name
        assert name not in words_of(content["svg"])
        row = next(row for row in content["rows"] if row[0] == name)
        assert row[2:] == ["–", "–", "–"]
    everything = str(content)
    assert not [number for number in ("98.76", "12.34", "87.65") if number in everything]
    assert "Interval plot of 1 units" in content["alt"]


def test_a_unit_in_which_everybody_answered_is_said_to_have_no_sampling_error():
    notes = plot_units(index(("x", 55.0, 55.0, 55.0, 20), ("y", 60.0, 50.0, 70.0, 3))).content["en"]["notes"]
    assert "Everybody answered, so there is no sampling error: x." in notes


def test_the_whole_is_a_line_and_a_composite_has_none():
    content = plot_units(SMALL).content["id"]
    assert "Semua responden: 61,00 [60,00; 62,00]" in words_of(content["svg"])
    assert content["alt"].endswith("Semua responden: 61,00 [60,00; 62,00].")
    other = index(("x", 55.0, 52.0, 58.0, 20), value="composite", whole=None)
    other = Index(
        inputs=INPUTS, recipe=other.recipe, level=0.95, unit_name="unit", scores=(*index().scores, *other.scores),
        covariance=pd.DataFrame(),
    )  # fmt: skip
    content = plot_units(other, value="composite").content["en"]
    assert [row[0] for row in content["rows"]] == ["x"] and "Composite score" in content["caption"]
    assert "All respondents" not in str(words_of(content["svg"]))


def test_the_alternative_text_is_computed_from_the_data(shipped):
    study, made = shipped
    table = made.table()
    units = table[table["unit"].notna() & (table["value"] == "total") & table["ci_low"].notna()]
    crosses = sum((units["ci_low"] < edge) & (units["ci_high"] >= edge) for edge in (24.95, 49.95, 74.95)) > 0
    wide = units.loc[(units["ci_high"] - units["ci_low"]).idxmax()]
    content = plot_units(made).content["en"]
    assert f"Interval plot of {len(units)} units" in content["alt"]
    assert f"Intervals inside one band: {(~crosses).sum()} " in content["alt"] and 0 < crosses.sum() < len(units)
    assert f"so that the band is undecided: {crosses.sum()}." in content["alt"]
    assert f"{wide['unit']}, from {wide['ci_low']:.2f} to {wide['ci_high']:.2f} (n = {wide['n']})" in content["alt"]
    assert f"{made.total.estimate:.2f}" in content["alt"] and len(content["alt"]) > 300
    assert marks(content["svg"], ORANGE) == crosses.sum()
    people = study.frame("frame").set_index("unit")["population"]
    assert content["head"][2] == "People"
    assert all(row[2] == str(people[row[0]]) for row in content["rows"][:-1])


def test_forty_units_fit_a_page_of_a4(shipped):
    svg = plot_units(shipped[1]).content["id"]["svg"]
    width, height = (float(ET.fromstring(svg).get(side).removesuffix("pt")) / 72 * 25.4 for side in ("width", "height"))
    assert width <= 178 and height <= 235, "larger ones are made smaller by the print style"
    sizes = [float(size) for size in re.findall(r"font[^;]*?([\d.]+)px", svg)]
    assert min(sizes) >= 8


def test_values_stand_in_the_order_of_the_instrument(shipped):
    study, made = shipped
    content = plot_values(made, instrument=study.instrument).content["id"]
    names = [dimension.name.say("id") for dimension in study.instrument.dimensions]
    assert [row[0] for row in content["rows"]] == [*names, "Semua responden"]
    first = made.values["BP"]
    assert content["rows"][0][2] == f"{first.estimate:.2f}".replace(".", ",")
    assert "Skor tertinggi pada Akuntabel" in content["alt"]
    assert "orang yang sama" in content["notes"][0]
    assert [row[0] for row in plot_values(made).content["id"]["rows"]][:-1] == list(made.values)
    of_value = plot_units(made, value="AD", instrument=study.instrument)
    assert of_value.name == "units-ad" and of_value.content["id"]["caption"].startswith("Skor Adaptif menurut unit")


@pytest.mark.parametrize("plot", [plot_units, plot_values], ids=["units", "values"])
def test_every_figure_is_whole_in_both_languages(shipped, plot):
    exhibit = plot(shipped[1])
    id_, en = exhibit.content["id"], exhibit.content["en"]
    for content in (id_, en):
        assert {len(row) for row in content["rows"]} == {len(content["head"])} == {len(content["numeric"])}
        assert "{" not in content["alt"] + content["caption"] + "".join(content["notes"])
    assert id_["alt"] != en["alt"] and id_["caption"] != en["caption"] and len(id_["notes"]) == len(en["notes"])
    shown = words_of(id_["svg"]) + [cell for row in id_["rows"] for cell in row]
    assert not [word for word in shown if word and re.search(r"\d\.\d{1,2}\b", word)], "decimal points"
    again = plot(shipped[1])
    assert again.content == exhibit.content, "the same bytes"
    assert exhibit.record_digest == again.record_digest


def test_what_cannot_be_drawn_says_why():
    none = plot_units(Unavailable("no_unit"))
    assert none.kind == "note" and "no unit" in none.content["en"]["paragraphs"][0]
    assert plot_values(Unavailable("no_unit")).kind == "note"
    nothing = plot_units(index(("x", Unavailable("one_respondent"), 60.0, 1), ("y", Unavailable("no_answers"))))
    assert nothing.kind == "note" and "None of 2 scores" in nothing.content["en"]["paragraphs"][0]
    for call, code in (
        (lambda: plot_units(SMALL, value="XX"), "unknown_choice"),
        (lambda: plot_units(index()), "index_without_units"),
        (lambda: plot_units(SMALL.table()), "index_needed"),
        (lambda: plot_values({"BP": 60}), "index_needed"),
    ):
        with pytest.raises(ArgumentError) as caught:
            call()
        assert caught.value.code == code


HOSTILE = ["<script>alert(1)</script>", "=cmd()", "$\\badcmd$", "a\u202eb", "Dinas " + "sangat " * 20 + "panjang"]


@pytest.fixture(scope="module")
def hostile():
    """An index of units with such names, from answers and frame that carry them."""
    study = ak.Study("data/berakhlak-contoh")
    responses = study.responses
    names = dict(zip(sorted(responses.groups["unit"].unique())[: len(HOSTILE)], HOSTILE, strict=True))
    frame = study.frame("frame").replace({"unit": names})
    unit = responses.groups["unit"].replace(names).rename("unit")
    return ak.build_index(responses, "plain-mean", unit=unit, frame=frame)


def test_hostile_names_are_drawn_as_text(hostile):
    content = plot_units(hostile).content["id"]
    drawn = words_of(content["svg"])
    assert {"<script>alert(1)</script>", "=cmd()", "$\\badcmd$", "a⟦U+202E⟧b"} <= set(drawn)
    assert "\u202e" not in content["svg"] and "<script" not in content["svg"]
    cut = [word for word in drawn if word and "…" in word]
    assert len(cut) == 1 and len(cut[0]) <= 36 and HOSTILE[-1] in [row[0] for row in content["rows"]]


def test_hostile_names_are_text_in_csv_and_excel(hostile, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    with ak.export(hostile, tmp_path / "index.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert "'=cmd()" in {row[0] for row in rows} and "<script>alert(1)</script>" in {row[0] for row in rows}
    assert not [cell for row in rows for cell in row if re.match(r"[\s\u200b]*[=+@|%]", cell)]
    for lang in ("id", "en"):
        book = openpyxl.load_workbook(ak.export(hostile, tmp_path / f"{lang}.xlsx", lang=lang))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert "'=cmd()" in {cell.value for cell in cells} and len(cells) > 300
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink is not None]


def test_hostile_heads_are_text_in_csv_and_excel(tmp_path):
    """A column of the answers can become a head of a table (``by=``)."""
    openpyxl = pytest.importorskip("openpyxl")
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 6, (60, 3)), columns=["a", "b", "c"])
    result = ak.cronbach_alpha(frame, by=pd.Series(["=cmd()", "y"] * 30, name="=cmd()"))
    with ak.export(result, tmp_path / "alpha.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0][0] == rows[1][0] == "'=cmd()"
    book = openpyxl.load_workbook(ak.export(result, tmp_path / "alpha.xlsx"))
    assert book["table"]["A1"].value == "'=cmd()" and book["table"]["A1"].data_type == "s"
