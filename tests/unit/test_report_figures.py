"""Figures: numbers behind them, alternative texts from the data, the same bytes, nothing cut off."""

import hashlib
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Inputs, Notice, Result, result
from akhlak_research.report.charts import Block, _legend_shape, _places, draw_answers, draw_matrix
from akhlak_research.report.drawing import contrast, ink_on, shades
from akhlak_research.report.factor_charts import _positions
from akhlak_research.report.factor_figures import plot_loadings, plot_scree
from akhlak_research.report.figures import plot_correlations, plot_item_distributions

SVG = "{http://www.w3.org/2000/svg}"
INPUTS = Inputs("d", 10, 8, 2, "listwise", "none", ("a", "b"))
FRAME = pd.DataFrame({"a": [1, 2, 2, 3, 3, 3], "b": [3, 3, 1, None, 2, 1], "c": [3, 2, 2, 1, 1, 1]})


@result
class FakeParallel(Result):
    kind = "parallel_analysis"
    components: pd.DataFrame
    factors: pd.DataFrame
    n_components: int = 2
    n_factors: int = 1
    percentile: float = 95

    def table(self):
        parts = [("component", self.components), ("factor", self.factors)]
        return pd.concat([frame.reset_index().assign(basis=basis) for basis, frame in parts])


@result
class FakeEfa(Result):
    kind = "efa"
    loadings: pd.DataFrame


def scree():
    frame = pd.DataFrame(
        {"eigenvalue": [2.5, 1.4, 0.1], "reference_mean": [1.1, 1.0, 0.9], "reference_percentile": [1.2, 1.1, 1.0]},
        index=pd.RangeIndex(1, 4, name="rank"),
    )
    notice = Notice("group_refused", values={"group": "x", "code": "y", "why": "-"})
    return FakeParallel(inputs=INPUTS, components=frame, factors=frame - 0.8, notices=(notice,))


def loadings(columns=("F1", "F2")):
    values = np.array([[0.71, -0.12], [0.05, 0.44], [-0.33, 0.30]])[:, : len(columns)]
    return FakeEfa(inputs=INPUTS, loadings=pd.DataFrame(values, index=["a", "b", "c"], columns=list(columns)))


FIGURES = {
    "distributions": lambda: plot_item_distributions(FRAME),
    "correlations": lambda: plot_correlations(FRAME),
    "scree": lambda: plot_scree(scree()),
    "loadings": lambda: plot_loadings(loadings()),
}


def words_of(svg):
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_whole_in_both_languages(name):
    exhibit = FIGURES[name]()
    assert (exhibit.kind, exhibit.name) == ("figure", name)
    id_, en = exhibit.content["id"], exhibit.content["en"]
    for content in (id_, en):
        assert len(content["alt"]) > 80 and content["caption"] and content["rows"]
        assert {len(row) for row in content["rows"]} == {len(content["head"])} == {len(content["numeric"])}
        assert "{" not in content["alt"]
    assert id_["alt"] != en["alt"] and id_["caption"] != en["caption"]
    assert len(id_["rows"]) == len(en["rows"])
    shown = words_of(id_["svg"]) + [cell for row in id_["rows"] for cell in row]
    assert not [word for word in shown if word and re.fullmatch(r"[−-]?\d+\.\d{1,2}", word)], "decimal points"


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_carries_nothing_that_runs_fetches_or_changes(name):
    svg = FIGURES[name]().content["id"]["svg"]
    tree = ET.fromstring(svg)
    assert not {"script", "foreignObject", "image", "metadata"} & {node.tag.removeprefix(SVG) for node in tree.iter()}
    assert not re.search(r"(?:href|src|url)\s*[=(]\s*(?![\"']?#)", svg)
    assert not re.search(r"20\d\d-\d\d-\d\d|matplotlib v", svg, re.I)
    assert "sans-serif" in svg and "DejaVu Sans" in svg


def test_the_same_bytes_in_another_process_whatever_its_settings(tmp_path):
    (tmp_path / "matplotlibrc").write_text("font.size: 20\nlines.linewidth: 9\nsvg.fonttype: path\n")
    code = (
        "import pandas as pd, hashlib, matplotlib; matplotlib.rcParams['axes.grid'] = True\n"
        "import akhlak_research as ak\n"
        "frame = pd.DataFrame({'a': [1, 2, 2, 3, 3, 3], 'b': [3, 3, 1, None, 2, 1], 'c': [3, 2, 2, 1, 1, 1]})\n"
        "for plot in (ak.plot_item_distributions, ak.plot_correlations):\n"
        "    print(hashlib.sha256(plot(frame).content['id']['svg'].encode()).hexdigest())\n"
        "assert matplotlib.rcParams['axes.grid'] is True and matplotlib.rcParams['font.size'] == 20\n"
        "import matplotlib.pyplot as plt; assert not plt.get_fignums()\n"
    )
    env = os.environ | {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "PYTHONHASHSEED": "7", "TZ": "Asia/Jakarta"}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    here = [plot(FRAME).content["id"]["svg"] for plot in (plot_item_distributions, plot_correlations)]
    assert run.stdout.split() == [hashlib.sha256(svg.encode()).hexdigest() for svg in here]
    assert run.stderr == ""


def test_distributions_are_percentages_of_those_who_answered():
    content = plot_item_distributions(FRAME).content["en"]
    assert content["head"] == ["Item", "1", "2", "3", "n"]
    assert content["rows"] == [
        ["a", "16.7", "33.3", "50.0", "6"],
        ["b", "40.0", "20.0", "40.0", "5"],
        ["c", "50.0", "33.3", "16.7", "6"],
    ]
    assert "a: 50.0 percent chose 3" in content["alt"]
    assert "lowest category (1) is chosen most on c (50.0 percent)" in content["alt"]
    assert "Between 5 and 6 people" in content["alt"]


def test_distributions_of_an_instrument_are_as_answered_with_its_words(bfi_study):
    answers = bfi_study.responses
    content = plot_item_distributions(answers, dimension="A").content
    raw = answers.codes["A1"].dropna()
    share = f"{100 * (raw == 1).mean():.1f}".replace(".", ",")
    first = content["id"]["rows"][0]
    assert first[0] == "A1" and first[2] == share and first[-1] == f"{len(raw):,}".replace(",", ".")
    assert first[1] == answers.instrument.item("A1").text.say("id")
    assert any("A1" in note for note in content["id"]["notes"]), "which items will be turned around is said"
    assert answers.instrument.dimension("A").name.say("id") in content["id"]["caption"]
    everything = plot_item_distributions(answers).content["id"]
    assert len(everything["rows"]) == 25
    for dimension in answers.instrument.dimensions:
        assert dimension.name.say("id") in words_of(everything["svg"])


def test_counts_say_what_was_turned_and_weights_are_told():
    counts = ak.count_responses(FRAME.fillna(1), keys={"b": -1}, scale=(1, 3))
    notes = plot_item_distributions(counts).content["en"]["notes"]
    assert any("turned around" in note and "b" in note for note in notes)
    weighted = ak.count_responses(FRAME, weights=[1, 1, 1, 1, 1, 5])
    content = plot_item_distributions(weighted).content["en"]
    assert any("weighted" in note for note in content["notes"])
    assert content["rows"][0][1:] == ["10.0", "20.0", "70.0", "6"]


def test_only_responses_have_dimensions():
    with pytest.raises(ArgumentError) as caught:
        plot_item_distributions(FRAME, dimension="A")
    assert caught.value.code == "dimension_needs_responses"


def test_items_of_a_dimension_stand_together_whatever_their_order(bfi_study):
    answers = bfi_study.responses
    mixed = ["A1", "C1", "A2", "C2", "A3"]
    instrument = answers.instrument.subset(items=mixed)
    shuffled = type(instrument)(
        name="x", title=instrument.title, version="1", scale=instrument.scale, dimensions=instrument.dimensions,
        items=tuple(instrument.item(code) for code in mixed),
    )  # fmt: skip
    answers = type(answers)(answers.codes[mixed], answers.missing_kinds[mixed], answers.groups, None, shuffled)
    content = plot_correlations(answers).content["en"]
    assert content["head"][1:] == ["A1", "A2", "A3", "C1", "C2"]
    assert "2 dimensions" in content["alt"]
    expected = answers.keyed.dropna().corr().loc["A3", "C2"]
    assert content["rows"][2][5] == f"{expected:.2f}".replace("-", "−")


def test_correlations_say_their_extremes_and_who_entered():
    content = plot_correlations(FRAME).content["en"]
    r = FRAME.dropna().corr()
    assert content["rows"][0] == ["a", "–", *(f"{r.loc['a', c]:.2f}".replace("-", "−") for c in "bc")]
    assert "5 of 6" in content["notes"][0] and "(n = 5)" in content["caption"]
    low = f"{r.loc['a', 'c']:.2f}".replace("-", "−")
    assert f"from {low} (a–c)" in content["alt"]
    pairwise = plot_correlations(FRAME, missing="pairwise").content["en"]
    assert "both items" in pairwise["notes"][0]
    with pytest.raises(DataError):
        plot_correlations(FRAME.assign(b=1))


def test_scree_says_what_is_retained_and_repeats_notices():
    content = plot_scree(scree()).content
    assert "first eigenvalue is 2.50, and 2 are retained" in content["en"]["alt"]
    assert content["id"]["notes"][-1].startswith("Kelompok x")
    words = words_of(content["id"]["svg"])
    assert any("dipertahankan: 2" in (word or "") for word in words) and "data acak, persentil 95" in words


def test_scree_of_criteria_says_what_each_suggests():
    draw = np.random.default_rng(1).normal(size=(300, 6))
    draw[:, :3] += 1.5 * draw[:, [0]]
    found = ak.retain_factors(pd.DataFrame(draw, columns=list("abcdef")), n_iter=40, rng=1)
    content = plot_scree(found).content
    assert "MAP (Velicer 1976) 1" in content["en"]["alt"] and "komponen 1" in content["id"]["alt"]
    assert len(content["id"]["rows"]) == 6 and content["id"]["rows"][0][0] == "1"
    words = words_of(content["id"]["svg"])
    assert {"Kaiser empiris", "data acak, persentil 95", "Kaiser (1)"} <= set(words)
    only = plot_scree(ak.retain_factors(pd.DataFrame(draw), criteria=["map-1976"], rng=1)).content["en"]
    assert only["head"] == ["Rank", "Eigenvalue"]


def test_loadings_with_intervals_show_them():
    @dataclass
    class Bounded:
        loadings: pd.DataFrame
        loadings_low: pd.DataFrame
        loadings_high: pd.DataFrame
        cut: float = 0.3

        def record(self):
            return {}

    frame = loadings().loadings
    content = plot_loadings(Bounded(frame, frame - 0.1, frame + 0.1)).content
    assert content["en"]["rows"][0] == ["a", "0.71 [0.61; 0.81]", "−0.12 [−0.22; −0.02]"]
    assert "2 items have a loading" in content["en"]["alt"] and "without one: c" in content["en"]["alt"]


def test_loadings_show_every_number():
    content = plot_loadings(loadings()).content
    assert content["id"]["rows"] == [["a", "0,71", "−0,12"], ["b", "0,05", "0,44"], ["c", "−0,33", "0,30"]]
    assert {"0,71", "−0,12", "0,05", "0,30"} <= set(words_of(content["id"]["svg"]))
    assert "The largest is 0.71 (a on F1)" in content["en"]["alt"]
    assert "weakest is c (−0.33, on F1)" in content["en"]["alt"]
    assert "largest second loading is 0.30 (c on F2)" in content["en"]["alt"]
    one = plot_loadings(loadings(["F1"])).content["en"]["alt"]
    assert "on one factor" in one and "smallest 0.05 (b)" in one


def test_a_very_long_name_leaves_room_for_the_drawing_and_stays_whole_in_the_table():
    names = [f"pernyataan {'sangat ' * 20}panjang nomor {i}" for i in range(3)]
    frame = FRAME.fillna(2).set_axis(names, axis="columns")
    for exhibit in (plot_item_distributions(frame), plot_correlations(frame)):
        content = exhibit.content["id"]
        assert [row[0] for row in content["rows"]] == names
        labels = {word for word in words_of(content["svg"]) if word and "…" in word}
        assert len(labels) == 3 and max(map(len, labels)) <= 28


HOSTILE = ["<script>alert(1)</script>", "$\\badcmd$", "a\u202eb", "=cmd()", "漢字"]


def test_hostile_names_are_text():
    frame = pd.DataFrame(np.random.default_rng(1).integers(1, 4, (30, 5)), columns=HOSTILE)
    for exhibit in (plot_item_distributions(frame), plot_correlations(frame)):
        words = words_of(exhibit.content["id"]["svg"])
        assert {"<script>alert(1)</script>", "$\\badcmd$", "a⟦U+202E⟧b", "=cmd()"} <= set(words)
        assert "\u202e" not in exhibit.content["id"]["svg"]


def boxes(svg):
    """(text, left, right, width of the drawing) of every level text, in the font that is widest."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    tree = ET.fromstring(svg)
    width = float(tree.get("width").removesuffix("pt"))
    for node in tree.iter(f"{SVG}text"):
        style = node.get("style", "")
        size = float(re.search(r"([\d.]+)px", style).group(1))
        if "rotate(-0 " not in (node.get("transform") or "rotate(-0 "):
            continue
        x = float(node.get("x"))
        length = TextPath((0, 0), node.text, size=size, prop=FontProperties(family="DejaVu Sans")).get_extents().x1
        start = x - length / 2 if "middle" in style else x - length if "end" in style else x
        yield node.text, start, start + length, width


@pytest.mark.parametrize("lang", ["id", "en"])
def test_long_labels_are_not_cut_off(lang):
    items = [f"butir_dengan_nama_panjang_{i}" for i in range(6)]
    blocks = [Block("Berorientasi Pelayanan", 3), Block("Akuntabel", 3)]
    labels = [f"{i} Sangat sering sekali tidak sesuai" for i in range(1, 8)]
    shares = np.full((6, 7), 1 / 7)
    drawn = [draw_answers(items, blocks, shares, ["12.345"] * 6, labels, lang)]
    for square, columns in ((True, items), (False, ["F1", "F2"])):
        values = np.full((6, len(columns)), 0.25)
        drawn.append(draw_matrix(values, items, columns, blocks, "Korelasi", lang, numbers=True, square=square))
    for svg in drawn:
        found = list(boxes(svg))
        assert len(found) > 10
        assert not [box for box in found if box[1] < 0 or box[2] > box[3]]


@pytest.mark.parametrize("k", range(1, 12))
def test_colours_of_answers_stand_out_and_carry_their_numbers(k):
    from matplotlib.colors import to_rgb

    colours = shades(k)
    assert len(set(colours)) == k
    for colour in colours:
        assert contrast(to_rgb(colour), (1, 1, 1)) >= 3, "against the white that separates them"
        assert contrast(to_rgb(ink_on(colour)), to_rgb(colour)) >= 4.5


def test_layout_helpers():
    rows, heads = _places([Block("A", 2), Block("B", 1)])
    assert len(rows) == 3 and [name for _, name in heads] == ["A", "B"]
    assert all(b - a > 0.99 for a, b in pairwise(rows)), "bars do not overlap"
    assert _legend_shape(["x"] * 5) == (5, 1) and _legend_shape(["x" * 60] * 4) == (1, 4)
    assert _positions(5, 2) == [1, 2, 3, 4, 5] and _positions(25, 2) == [1, 5, 10, 15, 20, 25]
