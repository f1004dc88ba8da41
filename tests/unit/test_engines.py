"""One Counts from every place where answers lie, the same errors, and nothing guessed."""

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.counts import batch as batches
from akhlak_research.counts.engines import ENGINES
from akhlak_research.counts.plan import Request, plan_of
from akhlak_research.counts.sources import csv_batches, parquet_batches

duckdb = pytest.importorskip("duckdb")
dd = pytest.importorskip("dask.dataframe")

HOSTILE = ['a"; DROP TABLE answers; --', "b b", "c'd", "ä—%s{}"]


def answers(n=500, seed=1, names=("a", "b", "c", "d")) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 4)).astype(float), columns=list(names))
    frame = frame.mask(rng.random(frame.shape) < 0.08)
    frame["office"] = rng.choice(["x", "y", "z", None], n, p=[0.4, 0.3, 0.2, 0.1])
    frame["w"], frame["k"] = rng.random(n) * 3, rng.integers(0, 4, n)
    return frame


def everywhere(frame: pd.DataFrame, folder, items: list[str], **options):
    """Name of the way → counts (or the error) of the same rows."""
    frame.to_parquet(folder / "a.parquet")
    frame.to_csv(folder / "a.csv", index=False)
    (folder / "parts.parquet").mkdir(exist_ok=True)
    for at, part in enumerate(np.array_split(np.arange(len(frame)), 3)):
        frame.iloc[part].to_parquet(folder / "parts.parquet" / f"{at}.parquet")
    connection = duckdb.connect()
    connection.register("answers", frame)
    ways = {
        "frame": lambda: ak.count_responses(frame, columns=items, **options),
        "parquet": lambda: ak.count_responses(folder / "a.parquet", columns=items, **options),
        "csv": lambda: ak.count_responses(str(folder / "a.csv"), columns=items, **options),
        "folder": lambda: ak.count_responses(folder / "parts.parquet", columns=items, **options),
        "star": lambda: ak.count_responses(folder / "parts.parquet" / "*.parquet", columns=items, **options),
        "relation": lambda: ak.count_responses(connection.table("answers"), columns=items, **options),
        "sql": lambda: ak.count_responses(
            "SELECT * FROM answers", connection=connection, columns=items, **options
        ),
        "duckdb parquet": lambda: ak.count_responses(
            folder / "a.parquet", engine="duckdb", columns=items, **options
        ),
        "duckdb csv": lambda: ak.count_responses(folder / "a.csv", engine="duckdb", columns=items, **options),
        "dask": lambda: ak.count_responses(dd.from_pandas(frame, npartitions=3), columns=items, **options),
        "dask parquet": lambda: ak.count_responses(
            folder / "parts.parquet", engine="dask", columns=items, **options
        ),
    }  # fmt: skip
    found = {}
    for name, way in ways.items():
        try:
            found[name] = way()
        except AkhlakError as fault:
            found[name] = fault
    return found


@pytest.mark.parametrize(
    "options", [{}, {"by": "office"}, {"frequencies": "k"}, {"keys": {"b": -1}, "scale": (1, 6), "by": "office"}]
)
def test_every_engine_gives_identical_counts(tmp_path, options):
    found = everywhere(answers(), tmp_path, list("abcd"), **options)
    for name, counts in found.items():
        assert isinstance(counts, ak.Counts), f"{name}: {counts}"
        assert counts.equals(found["frame"]), name
    assert found["frame"].available.pairs.dtype == np.int64


def test_weighted_counts_agree_to_rounding(tmp_path):
    found = everywhere(answers(), tmp_path, list("abcd"), weights="w", by="office")
    for name, counts in found.items():
        for kind in ("available", "complete"):
            ours, theirs = getattr(counts, kind), getattr(found["frame"], kind)
            np.testing.assert_allclose(ours.pairs, theirs.pairs, rtol=1e-12, err_msg=name)
            np.testing.assert_allclose(ours.single, theirs.single, rtol=1e-12, err_msg=name)
            np.testing.assert_array_equal(ours.cases, theirs.cases, err_msg=name)


def test_batches_of_any_size_give_the_same(tmp_path, monkeypatch):
    frame = answers()
    whole = ak.count_responses(frame, columns=list("abcd"), by="office")
    for size in (1, 7, 499):
        monkeypatch.setattr(batches, "BATCH_ROWS", size)
        assert ak.count_responses(frame, columns=list("abcd"), by="office").equals(whole)


def test_hostile_column_names_are_only_names(tmp_path):
    found = everywhere(answers(60, names=HOSTILE), tmp_path, HOSTILE)
    for name, counts in found.items():
        assert counts.items == tuple(HOSTILE) and counts.equals(found["frame"]), name


def line(way: str, row: int) -> int | None:
    """Where a person finds the row: a header comes first in a text file; a query and several files have no order."""
    return None if way in UNORDERED else row + ("csv" in way)


UNORDERED = ("relation", "sql", "folder", "star", "dask parquet")
FAULTS = {
    "outside_scale": ("b", 9.0),
    "not_categorical": ("b", 2.5),
    "infinite_value": ("b", float("inf")),
    "not_numeric": ("b", "often"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_bad_codes_are_the_same_error_everywhere(tmp_path, code):
    column, value = FAULTS[code]
    frame = answers(40)[list("abcd")]
    frame = frame.astype({column: object}) if isinstance(value, str) else frame
    frame.loc[[30, 35], column] = value
    if isinstance(value, str):
        frame[column] = frame[column].map(lambda v: v if isinstance(v, str) else None)  # Arrow takes one type
    found = everywhere(frame, tmp_path, list("abcd"), scale=(1, 5) if code == "outside_scale" else None)
    got = {name: (fault.code, fault.where.column, fault.got) for name, fault in found.items()}
    expected = (code, column, float("inf") if code == "infinite_value" else value)
    assert set(got.values()) == {expected}, got
    for name, fault in found.items():
        assert fault.where.row == line(name, 31), name
        assert fault.values.get("count", 2) == 2
        for lang in ("id", "en"):
            assert str(value).split(".")[0] in fault.message(lang) and fault.advice(lang)


def test_weights_in_a_column_are_checked_everywhere(tmp_path):
    frame = answers(40)
    frame.loc[20, "w"] = -1.0
    frame.loc[10, "k"] = -2
    for options, code, row in (
        ({"weights": "w"}, "weights_invalid", 21),
        ({"frequencies": "k"}, "frequencies_invalid", 11),
    ):
        for name, fault in everywhere(frame, tmp_path, list("abcd"), **options).items():
            assert fault.code == code, name
            assert fault.where.row == line(name, row), name


def test_measurements_are_no_categories(tmp_path):
    frame = pd.DataFrame({"a": np.arange(200) % 5, "id": np.arange(200)})
    for name, fault in everywhere(frame, tmp_path, ["a", "id"]).items():
        assert (fault.code, fault.where.column, fault.expected) == ("not_categorical", "id", 50), name


def test_far_codes_are_categories_of_their_own():
    frame = pd.DataFrame({"a": [1, 2, 99, None], "b": [-3, 2, 2, 999]})
    counts = ak.count_responses(frame)
    assert counts.categories == (-3, 1, 2, 99, 999)
    np.testing.assert_array_equal(counts.single_tables(), [[0, 1, 1, 1, 0], [1, 0, 2, 0, 1]])


@pytest.mark.parametrize("kind", ["int8", "uint8", "int64", "uint64", "float32", "Int64", "boolean", "bool"])
def test_every_kind_of_number_is_read(kind):
    frame = pd.DataFrame({"a": [0, 1, 1, 0], "b": [1, 1, 0, 0]})
    assert ak.count_responses(frame.astype(kind)).equals(ak.count_responses(frame)), kind
    turned = ak.count_responses(frame.astype(kind), keys={"a": -1}, scale=(0, 1))
    np.testing.assert_array_equal(turned.pair_tables()[0, 1], ak.count_responses(frame).pair_tables()[0, 1][::-1])


def test_types_of_a_database():
    relation = duckdb.connect().sql(
        "SELECT * FROM (VALUES (1::DECIMAL(3,1), 2::HUGEINT, true, NULL, 1::TINYINT),"
        " (2.0, NULL, false, NULL, 2)) AS t(a, b, c, d, e)"
    )
    counts = ak.count_responses(relation)
    assert counts.categories == (0, 1, 2)
    np.testing.assert_array_equal(counts.single_tables(), [[0, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0], [0, 1, 1]])


def test_separators_and_bom_of_text_files(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("﻿a;b;kantor\r\n1;2;01\r\n2;NA;02\r\n".encode())
    for engine in ("local", "duckdb"):
        counts = ak.count_responses(path, by="kantor", engine=engine)
        assert (counts.items, counts.groups) == (("a", "b"), ("01", "02")), engine
        np.testing.assert_array_equal(counts.pair_n(), [[2, 1], [1, 1]])


def test_days_and_decimals_are_groups_by_what_a_person_writes():
    frame = pd.DataFrame({"a": [1, 2, 1], "day": pd.to_datetime(["2026-01-02", "2026-01-02", None]), "n": [1, 1, 2]})
    for by, cast in (("day", "day::DATE AS day"), ("n", "n::DECIMAL(4,1) AS n")):
        relation = duckdb.sql(f"SELECT a, {cast} FROM frame")
        here = ak.count_responses(frame, columns=["a"], by=by)
        assert ak.count_responses(relation, columns=["a"], by=by).equals(here)
        assert here.groups == (("2026-01-02",) if by == "day" else ("1", "2"))


def test_a_group_is_its_label_whatever_the_reader_made_of_it():
    frame = pd.DataFrame({"a": [1, 2, 1], "g": [1, 2, 2]})
    by_float = frame.astype({"g": float})
    assert ak.count_responses(frame, by="g").equals(ak.count_responses(by_float, by="g"))
    assert ak.count_responses(by_float, by="g").of_group(2.0).n_rows == 2


REFUSALS = {
    "items_type": lambda p: ak.count_responses([[1, 2]]),
    "unknown_format": lambda p: ak.count_responses(p / "a.xlsx"),
    "file_not_found": lambda p: ak.count_responses(p / "none.parquet"),
    "engine_cannot_read": lambda p: ak.count_responses(answers(9)[["a"]], engine="dask"),
    "unknown_choice": lambda p: ak.count_responses(answers(9)[["a"]], engine="spark"),
    "column_unknown": lambda p: ak.count_responses(answers(9), columns=["a", "zz"]),
    "column_expected": lambda p: ak.count_responses(duckdb.sql("SELECT 1 AS a"), weights=[1.0]),
    "no_rows": lambda p: ak.count_responses(duckdb.sql("SELECT 1 AS a WHERE false")),
    "no_items": lambda p: ak.count_responses(answers(9), columns=[]),
    "by_unknown": lambda p: ak.count_responses(duckdb.sql("SELECT 1 AS a"), by="office"),
    "connection_type": lambda p: ak.count_responses("SELECT 1 AS a", connection="host=db.example"),
    "rows_refused": lambda p: ak.count_responses("SELECT * FROM nowhere", connection=duckdb.connect()),
    "weights_twice": lambda p: ak.count_responses(duckdb.sql("SELECT 1 AS a, 1 AS w"), weights="w", frequencies="w"),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_refusals(tmp_path, code):
    with pytest.raises(AkhlakError) as caught:
        REFUSALS[code](tmp_path)
    assert caught.value.code == code
    for lang in ("id", "en"):
        assert caught.value.message(lang) and caught.value.advice(lang)


def test_a_fault_of_the_database_is_told_in_its_words(tmp_path):
    connection = duckdb.connect()
    late = "SELECT CASE WHEN i = 299999 THEN error('row lost') ELSE 1 END::TINYINT AS a, 2 AS b FROM range(300000) t(i)"
    gone = duckdb.connect()
    gone.close()
    for query, where, word in (
        ("SELEC 1", connection, "syntax error"), (late, connection, "row lost"), ("SELECT 1 AS a", gone, "closed"),
    ):  # fmt: skip
        with pytest.raises(AkhlakError) as caught:
            ak.count_responses(query, connection=where)
        assert caught.value.code == "rows_refused" and word in caught.value.message("en"), query
    assert ak.count_responses("SELECT 1 AS a, 2 AS b", connection=connection).n_rows == 1
    (tmp_path / "a.parquet").write_bytes(b"no Parquet")
    with pytest.raises(AkhlakError, match="rows_refused") as caught:
        ak.count_responses(tmp_path / "a.parquet", engine="duckdb")
    assert caught.value.where.file == str(tmp_path / "a.parquet")


def test_answers_of_an_instrument_bring_their_direction_and_scale(bfi_study):
    answers = bfi_study.responses
    frame, items = answers.codes, answers.instrument.items
    keys = {item.code: -1 for item in items if item.reverse}
    scale = (answers.instrument.scale.low, answers.instrument.scale.high)
    parts = {d.code: answers.instrument.items_of(d.code) for d in answers.instrument.dimensions}
    by = answers.groups["gender"].set_axis(frame.index)
    for options in ({}, {"frequencies": np.arange(len(frame)) % 3}, {"by": by}):
        assert ak.count_responses(answers, **options).equals(
            ak.count_responses(frame, keys=keys, scale=scale, dimensions=parts, **options)
        )
    assert ak.count_responses(answers, by="gender").equals(ak.count_responses(answers, by=answers.groups["gender"]))


def test_the_registry_says_what_an_engine_can():
    assert ENGINES.names == ("local", "duckdb", "dask")
    assert all(engine.streams for engine in ENGINES)
    assert [engine.name for engine in ENGINES if engine.distributes] == ["dask"]


def test_an_attached_database_is_read_where_it_is(tmp_path):
    frame = answers(50)
    with duckdb.connect(tmp_path / "other.duckdb") as other:
        other.sql("CREATE SCHEMA survey")
        other.sql("CREATE TABLE survey.answers AS SELECT * FROM frame")
    here = duckdb.connect()
    here.execute(f"ATTACH '{tmp_path / 'other.duckdb'}' AS national (READ_ONLY)")
    counts = ak.count_responses(
        "SELECT a, b, c, d, office FROM national.survey.answers", connection=here, by="office"
    )  # fmt: skip
    assert counts.equals(ak.count_responses(frame, columns=list("abcd"), by="office"))


def test_files_are_read_batch_by_batch(tmp_path):
    """One row group of many batches, and a text file: never more than a batch at a time."""
    rows = batches.BATCH_ROWS * 2 + 17
    frame = pd.DataFrame({"a": (np.arange(rows) % 5 + 1).astype(np.int8), "b": np.ones(rows, np.int8)})
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    plan = plan_of(Request(), ["a", "b"])
    streams = (
        parquet_batches(plan, [str(tmp_path / "a.parquet")]), csv_batches(plan, [str(tmp_path / "a.csv")], ",")
    )  # fmt: skip
    for stream in streams:
        assert iter(stream) is stream
        assert [len(batch.columns[0]) for batch in stream] == [batches.BATCH_ROWS, batches.BATCH_ROWS, 17]
