"""The figure of thresholds."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(1)
    latent = rng.normal(size=(300, 1)) + rng.normal(size=(300, 3))
    frame = pd.DataFrame(np.digitize(latent, [-2, -0.5, 1]) + 1, columns=list("abc"))
    return ak.polychoric(frame.assign(c=frame["c"].replace({2: 3})))


def test_whole_in_both_languages(found):
    exhibit = ak.plot_thresholds(found)
    id_, en = exhibit.content["id"], exhibit.content["en"]
    for content in (id_, en):
        assert len(content["alt"]) > 80 and "{" not in content["alt"] and content["notes"]
        assert {len(row) for row in content["rows"]} == {len(content["head"])} == {len(content["numeric"])}
    assert en["head"] == ["Item", "1 | 2", "2 | 3", "3 | 4"]
    assert id_["alt"] != en["alt"] and not re.search(r"\d\.\d", id_["alt"] + str(id_["rows"]))


def test_rows_are_the_thresholds(found):
    rows = {row[0]: row[1:] for row in ak.plot_thresholds(found).content["en"]["rows"]}
    for item in "ab":
        assert [float(cell.replace("−", "-")) for cell in rows[item]] == found.thresholds.loc[item].round(2).tolist()
    assert rows["c"][1] == "–", "a code that nobody chose has no threshold"


def test_codes_stand_in_their_stretches(found):
    words = [node.text for node in ET.fromstring(ak.plot_thresholds(found).content["en"]["svg"]).iter(f"{SVG}text")]
    # items a and b use 1 to 4, item c not 2; the axis says 1 and 2 once more
    assert words.count("4") == 3 and words.count("3") == 3 + words.count("−3")


def test_items_follow_the_instrument_and_counts_without_errors_are_drawn(bfi_study):
    answers = bfi_study.responses.of_dimension("A")
    weighted = ak.count_responses(answers.codes[["A3", "A1", "A2"]], weights=np.linspace(1, 2, len(answers.codes)))
    exhibit = ak.plot_thresholds(ak.polychoric(weighted), instrument=answers.instrument)
    assert [row[0] for row in exhibit.content["id"]["rows"]] == ["A1", "A2", "A3"]
