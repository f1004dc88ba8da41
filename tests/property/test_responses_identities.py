"""Identities of instruments and answers, on any instrument and any answers."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

import akhlak_research as ak
from akhlak_research.core.words import Words
from akhlak_research.core.yaml_files import read_yaml
from akhlak_research.instrument.model import Background, Dimension, Item, MissingKind, ResponseScale

CODES = st.from_regex(r"[A-Za-z][A-Za-z0-9_.]{0,7}", fullmatch=True)
TEXT = st.text(min_size=1, max_size=30).filter(lambda text: text.strip())
TEXTS = st.dictionaries(st.sampled_from(["id", "en"]), TEXT, min_size=1).map(Words)


@st.composite
def scales(draw):
    low = draw(st.integers(-10, 10))
    high = low + draw(st.integers(1, 10))
    codes = draw(st.lists(st.integers(low, high), unique=True, max_size=3))
    return ResponseScale(low, high, {code: Words({"en": f"label {code}", "id": f"kata {code}"}) for code in codes})


@st.composite
def instruments(draw):
    codes = draw(st.lists(CODES, min_size=2, max_size=9, unique=True))
    cut = draw(st.integers(1, (len(codes) + 1) // 2))
    dimensions, names = codes[:cut], codes[cut:]
    if len(names) < len(dimensions):
        dimensions = dimensions[: max(1, len(names))]
        names = names or ["only_item"]
    items = [
        Item(
            name, dimensions[i] if i < len(dimensions) else draw(st.sampled_from(dimensions)), draw(TEXTS),
            reverse=draw(st.booleans()), trace=draw(st.sampled_from(["", "art. 4(2)"])),
            scale=draw(st.none() | scales()),
        )
        for i, name in enumerate(names)
    ]  # fmt: skip
    kinds = [MissingKind("not_applicable", ("99", "TT")), MissingKind("refused", ("-88",), Words({"id": "menolak"}))]
    groups = [
        Background("g 1", draw(TEXTS), labels={1: Words({"en": "one"}), "b": Words({"en": "two"})}, missing=("0",)),
        Background("g 2", draw(TEXTS), kind="numeric"),
    ]
    return ak.Instrument(
        draw(TEXT), draw(TEXTS), draw(TEXT), draw(scales()),
        tuple(Dimension(d, draw(TEXTS), draw(TEXTS)) for d in dimensions), tuple(items),
        source=draw(st.text(max_size=20)), licence=draw(st.text(max_size=20)),
        missing=tuple(kinds[: draw(st.integers(0, 2))]), groups=tuple(groups[: draw(st.integers(0, 2))]),
        note=draw(st.just(Words()) | TEXTS),
    )  # fmt: skip


@st.composite
def answered(draw, max_rows=12):
    """An instrument and a frame of cells as text; each item is answered at least once."""
    instrument = draw(instruments())
    n = draw(st.integers(2, max_rows))
    missing = ["", *(code for kind in instrument.missing for code in kind.codes)]
    columns = {}
    for item in instrument.items:
        codes = [str(code) for code in instrument.scale_of(item.code).codes]
        cells = draw(st.lists(st.sampled_from([*codes, *missing]), min_size=n, max_size=n))
        cells[draw(st.integers(0, n - 1))] = codes[0]
        columns[item.code] = cells
    return instrument, pd.DataFrame(columns, dtype="str")


def read_text(content, instrument, **arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        path.write_bytes(content)
        return ak.read_responses(path, instrument, **arguments)


def same(a, b):
    assert np.array_equal(a.codes.to_numpy(), b.codes.to_numpy(), equal_nan=True)
    assert (a.missing_kinds.astype(str).to_numpy() == b.missing_kinds.astype(str).to_numpy()).all()


@given(instruments())
@settings(max_examples=120, deadline=None)
def test_an_instrument_is_read_as_it_was_written(instrument):
    with tempfile.TemporaryDirectory() as folder:
        path = ak.write_instrument(instrument, Path(folder) / "instrument.yaml")
        again = ak.read_instrument(path)
        assert again == instrument and again.digest == instrument.digest
        rewritten = ak.write_instrument(again, Path(folder) / "again.yaml")
        assert rewritten.read_bytes() == path.read_bytes()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=12),
        lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=8), parts, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=300, deadline=None)
def test_dumped_yaml_reads_back(data):
    """What a safe dump writes (YAML 1.1) means the same to the plainer reader."""
    import yaml

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.yaml"
        path.write_text(yaml.safe_dump(data), encoding="utf-8", newline="\n")
        assert read_yaml(path) == data


@given(
    answered(),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([",", ";", "\t", "|"]),
)
@settings(max_examples=120, deadline=None)
def test_every_way_to_write_a_file_reads_the_same(drawn, line_end, mark, quoted, delimiter):
    instrument, frame = drawn
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(stream, lineterminator=line_end, quoting=quoting, delimiter=delimiter)
    writer.writerows([list(frame.columns), *frame.to_numpy().tolist()])
    content = (b"\xef\xbb\xbf" if mark else b"") + stream.getvalue().encode()
    same(read_text(content, instrument, delimiter=delimiter), ak.read_responses(frame, instrument))


@given(answered(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_permuted_rows_and_columns(drawn, random):
    instrument, frame = drawn
    rows, columns = list(range(len(frame))), list(frame.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    whole = ak.read_responses(frame, instrument)
    turned = ak.read_responses(frame.iloc[rows][columns], instrument)
    assert np.array_equal(turned.codes.to_numpy(), whole.codes.to_numpy()[rows], equal_nan=True)
    assert turned.keyed.columns.tolist() == whole.keyed.columns.tolist()
    first, second = ak.missing_table(whole), ak.missing_table(turned)
    assert (first.counts == second.counts).all() and (first.per_respondent == second.per_respondent).all()


@given(answered())
@settings(max_examples=60, deadline=None)
def test_turning_twice_gives_the_codes_back(drawn):
    instrument, frame = drawn
    answers = ak.read_responses(frame, instrument)
    once = ak.read_responses(answers.keyed, instrument)
    assert np.array_equal(once.keyed.to_numpy(), answers.codes.to_numpy(), equal_nan=True)
    for item in instrument.items:
        scale = instrument.scale_of(item.code)
        kept, turned = answers.codes[item.code].dropna(), answers.keyed[item.code].dropna()
        assert (kept + turned == scale.low + scale.high).all() if item.reverse else (kept == turned).all()
        assert turned.between(scale.low, scale.high).all()


@given(answered())
@settings(max_examples=60, deadline=None)
def test_every_cell_is_an_answer_or_has_a_reason(drawn):
    instrument, frame = drawn
    answers = ak.read_responses(frame, instrument)
    silent = answers.codes.isna().to_numpy()
    assert ((answers.missing_kinds.astype(str) != "").to_numpy() == silent).all()
    assert ((frame == "").to_numpy() == (answers.missing_kinds.astype(str) == "blank").to_numpy()).all()
    missing = ak.missing_table(answers)
    assert (missing.counts.sum(axis=1) == silent.sum(axis=0)).all()
    assert missing.per_respondent.sum() == len(frame)
    assert (np.arange(len(missing.per_respondent)) * missing.per_respondent).sum() == silent.sum()


@given(answered())
@settings(max_examples=40, deadline=None)
def test_dimensions_together_are_the_whole(drawn):
    instrument, frame = drawn
    answers = ak.read_responses(frame, instrument)
    parts = [answers.of_dimension(dimension.code) for dimension in instrument.dimensions]
    joined = pd.concat([part.keyed for part in parts], axis=1)[list(answers.items)]
    assert joined.equals(answers.keyed)
