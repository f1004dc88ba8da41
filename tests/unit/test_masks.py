"""Masked counts: exact in sum, random alone, and nothing passes for a sum that is none."""

import json
import stat
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError

pytest.importorskip("cryptography")

OFFICES = ("Biro A", "Dinas B", "Kantor C", "Unit D")


def refusal(call) -> AkhlakError:
    with pytest.raises(AkhlakError) as caught:
        call()
    for lang in ("id", "en"):
        assert caught.value.code in caught.value.message(lang) and caught.value.advice(lang)
    return caught.value


@pytest.fixture
def offices(bfi):
    """Every office's own rows; the third one holds nobody who chose the highest answer."""
    rows = {name: bfi.iloc[at :: len(OFFICES)] for at, name in enumerate(OFFICES)}
    rows["Kantor C"] = rows["Kantor C"].clip(upper=5)
    return rows


@pytest.fixture
def keys(tmp_path):
    return {name: tmp_path / f"{at}.key" for at, name in enumerate(OFFICES)}


@pytest.fixture
def parties(keys):
    return {name: ak.mask_key(path) for name, path in keys.items()}


def counted(frame: pd.DataFrame, **options) -> ak.Counts:
    return ak.count_responses(frame, scale=(1, 6), dimensions={"A": ["A1", "A2", "A3", "A4", "A5"]}, **options)


def masked(offices, keys, parties, round="2026", **options):
    return {
        name: ak.mask_counts(
            counted(offices[name], **options), party=name, key=keys[name], parties=parties, round=round
        )
        for name in parties
    }


@pytest.mark.parametrize("frequencies", [False, True])
def test_the_sum_is_that_of_all_rows(offices, keys, parties, tmp_path, frequencies):
    def options(frame):
        return {"frequencies": np.arange(len(frame)) % 3} if frequencies else {}

    hidden = [
        ak.mask_counts(
            counted(frame, **options(frame)), party=name, key=keys[name], parties=parties, round="2026"
        ).write(tmp_path / f"{at}.json")
        for at, (name, frame) in enumerate(offices.items())
    ]  # fmt: skip
    total = ak.sum_masked(hidden)
    exact = sum(counted(frame, **options(frame)) for frame in offices.values())
    assert total.equals(exact)
    if not frequencies:
        assert total.equals(counted(pd.concat(offices.values(), ignore_index=True)))
    assert ak.cronbach_alpha(total.select(dimension="A")).estimate == pytest.approx(
        ak.cronbach_alpha(exact.select(dimension="A")).estimate, abs=0
    )


def test_the_order_of_files_does_not_matter(offices, keys, parties):
    hidden = list(masked(offices, keys, parties).values())
    assert ak.sum_masked(hidden[::-1]).equals(ak.sum_masked(hidden))


def test_a_masked_file_is_random_to_others(offices, keys, parties):
    """Bits of all cells and of any incomplete sum are balanced; equal tables look nothing alike."""
    hidden = masked(offices, keys, parties)
    first, second = hidden["Biro A"].numbers, hidden["Dinas B"].numbers
    partial = first + second + hidden["Kantor C"].numbers  # everybody but one conspires
    for numbers in (first, second, partial):
        bits = np.unpackbits(numbers.view(np.uint8)).reshape(len(numbers), -1).mean(axis=0)
        assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(len(numbers))
        assert len(np.unique(numbers)) == len(numbers)
    same = ak.mask_counts(
        counted(offices["Biro A"]), party="Biro A", key=keys["Biro A"], parties=parties, round="2027"
    )  # fmt: skip
    assert not (same.numbers == first).any()


def test_a_lost_party_is_named_and_the_round_repeated_without_it(offices, keys, parties):
    hidden = masked(offices, keys, parties)
    del hidden["Unit D"]
    fault = refusal(lambda: ak.sum_masked(hidden.values()))
    assert (fault.code, fault.got, fault.values["count"]) == ("masked_party_missing", ["Unit D"], 1)
    left = {name: parties[name] for name in OFFICES[:3]}
    again = masked({name: offices[name] for name in left}, keys, left, round="2026, without Unit D")
    assert ak.sum_masked(again.values()).equals(sum(counted(offices[name]) for name in left))
    mixed = [again["Biro A"], hidden["Dinas B"], again["Kantor C"]]
    assert refusal(lambda: ak.sum_masked(mixed)).code == "masked_differ"


def test_one_round_hides_one_table(offices, keys, parties):
    masked(offices, keys, parties)
    masked(offices, keys, parties)  # the same table again: the same file, nothing new is told
    other = {**offices, "Biro A": offices["Biro A"].iloc[1:]}
    assert refusal(lambda: masked(other, keys, parties)).code == "mask_round_used"


def test_other_layouts_do_not_add_up(offices, keys, parties):
    hidden = masked(offices, keys, parties)
    counts = ak.count_responses(offices["Unit D"], scale=(1, 7))
    odd = ak.mask_counts(counts, party="Unit D", key=keys["Unit D"], parties=parties, round="2026")
    assert refusal(lambda: ak.sum_masked([*list(hidden.values())[:3], odd])).code == "masked_differ"


def test_tampering_is_noticed(offices, keys, parties, tmp_path):
    hidden = masked(offices, keys, parties)
    changed = hidden["Dinas B"].numbers.copy()
    changed[200] += np.uint64(1)  # one person more in one cell
    forged = [*list(hidden.values())[2:], hidden["Biro A"], replace(hidden["Dinas B"], numbers=changed)]
    assert refusal(lambda: ak.sum_masked(forged)).code == "masks_do_not_cancel"
    path = hidden["Biro A"].write(tmp_path / "a.json")
    body = json.loads(path.read_text())
    body["numbers"] = "AAAA" + body["numbers"][4:]
    path.write_text(json.dumps(body))
    assert refusal(lambda: ak.read_masked_counts(path)).code == "counts_damaged"
    path.write_text("{}")
    assert refusal(lambda: ak.read_masked_counts(path)).code == "counts_format"
    assert refusal(lambda: ak.read_masked_counts(tmp_path / "none.json")).code == "file_not_found"


def test_an_exchanged_public_key_is_noticed(offices, keys, parties, tmp_path):
    """Somebody hands one office a key of his own in place of another office's."""
    hidden = masked(offices, keys, parties)
    false = {**parties, "Dinas B": ak.mask_key(tmp_path / "intruder.key")}
    misled = ak.mask_counts(
        counted(offices["Biro A"]), party="Biro A", key=keys["Biro A"], parties=false, round="2026"
    )  # fmt: skip
    assert refusal(lambda: ak.sum_masked([*list(hidden.values())[1:], misled])).code == "masked_differ"
    smuggled = replace(misled, context=hidden["Biro A"].context)
    assert refusal(lambda: ak.sum_masked([*list(hidden.values())[1:], smuggled])).code == "masks_do_not_cancel"


def test_keys_stay_with_their_owner(offices, keys, parties, tmp_path):
    masked(offices, keys, parties)
    for path in keys.values():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(set(parties.values())) == len(OFFICES)
    (tmp_path / "odd.key").write_text("{}")
    assert refusal(lambda: ak.mask_key(tmp_path / "odd.key")).code == "mask_key_format"


def test_refusals(offices, keys, parties):
    counts = counted(offices["Biro A"])

    def mask(counts=counts, party="Biro A", key=keys["Biro A"], parties=parties):
        return ak.mask_counts(counts, party=party, key=key, parties=parties, round="r")

    weighted = ak.count_responses(offices["Biro A"], weights=np.ones(len(offices["Biro A"])))
    two = {name: parties[name] for name in OFFICES[:2]}
    assert refusal(lambda: mask(counts=weighted)).code == "mask_needs_counts"
    assert refusal(lambda: mask(counts=counts.suppress(below=5))).code == "counts_suppressed"
    assert refusal(lambda: mask(parties=two)).code == "mask_parties"
    assert refusal(lambda: mask(party="Nobody")).code == "mask_parties"
    assert refusal(lambda: mask(party="Dinas B")).code == "mask_key_differs"
    assert refusal(lambda: mask(parties={**parties, "Dinas B": "zz"})).code == "mask_public_key"
    assert refusal(lambda: mask(parties={**parties, "Dinas B": "00" * 32})).code == "mask_public_key"
    assert refusal(lambda: ak.sum_masked([])).code == "no_rows"
    one = mask()
    assert refusal(lambda: ak.sum_masked([one, one])).code == "masked_party_twice"
    json.dumps(one.record(), allow_nan=False)
    assert one.table()["cells"].sum() == len(one.numbers)
