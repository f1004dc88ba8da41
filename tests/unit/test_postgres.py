"""A PostgreSQL table counted through DuckDB equals the same rows in memory.

Runs where AKHLAK_POSTGRES says how to reach a server that may be written to (``host=127.0.0.1 user=postgres``) and the
extension is there: DuckDB's own, or the file that AKHLAK_POSTGRES_EXTENSION names (docs/federated-validation.md).
"""

import os

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError

duckdb = pytest.importorskip("duckdb")
SERVER = os.environ.get("AKHLAK_POSTGRES", "")
pytestmark = pytest.mark.skipif(not SERVER, reason="AKHLAK_POSTGRES names no PostgreSQL server")

N = 100_000
ITEMS = [*"abcdefgh"]
TYPES = ("smallint", "integer", "bigint", "numeric(3,0)", "numeric", "real", "double precision", "numeric(4,1)")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 7, (N, len(ITEMS))).astype(float), columns=ITEMS)
    frame = frame.mask(rng.random(frame.shape) < 0.03)
    frame["office"] = rng.choice(["Biro Umum", "Dinas Ä", "o'brien", None], N, p=[0.5, 0.3, 0.1, 0.1])
    frame["w"], frame["k"] = np.round(rng.random(N) * 3, 3), rng.integers(0, 4, N)
    return frame


@pytest.fixture(scope="module")
def attached(rows):
    """A connection with the rows in the table hr.public.akhlak_answers, which goes afterwards."""
    file = os.environ.get("AKHLAK_POSTGRES_EXTENSION")
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute(f"LOAD '{file}'" if file else "LOAD postgres")
    except duckdb.Error as fault:
        pytest.skip(f"DuckDB {duckdb.__version__} has no extension for PostgreSQL: {str(fault).splitlines()[0]}")
    connection.execute(f"ATTACH '{SERVER}' AS hr (TYPE postgres)")
    columns = ", ".join(f"{item} {kind}" for item, kind in zip(ITEMS, TYPES, strict=True))
    types = f"{columns}, office text, w numeric(6,3), k smallint"
    connection.execute("DROP TABLE IF EXISTS hr.public.akhlak_answers")
    connection.execute(f"CALL postgres_execute('hr', 'CREATE TABLE akhlak_answers ({types})')")
    connection.execute("CALL pg_clear_cache()")
    casts = ", ".join(f"CAST({item} AS SMALLINT)" for item in ITEMS)
    connection.register("rows", rows)
    connection.execute(f"INSERT INTO hr.public.akhlak_answers SELECT {casts}, office, w, k FROM rows")
    yield connection
    connection.execute("DROP TABLE hr.public.akhlak_answers")
    connection.close()


@pytest.mark.parametrize("more", [{}, {"by": "office"}, {"frequencies": "k"}, {"weights": "w", "by": "office"}])
def test_counts_of_a_table_equal_those_of_the_rows(attached, rows, more):
    options = dict(columns=ITEMS, keys={"a": -1}, scale=(1, 6), **more)
    here = ak.count_responses(rows, **options)
    query = "SELECT * FROM hr.public.akhlak_answers"
    there = "SELECT * FROM postgres_query('hr', 'SELECT * FROM akhlak_answers')"
    for found in (
        ak.count_responses(attached.table("hr.public.akhlak_answers"), **options),
        ak.count_responses(query, connection=attached, **options),
        ak.count_responses(there, connection=attached, **options),
    ):
        if "weights" not in more:
            assert found.equals(here)
            continue
        for kind in ("available", "complete"):
            ours, theirs = getattr(found, kind), getattr(here, kind)
            np.testing.assert_allclose(ours.pairs, theirs.pairs, rtol=1e-12)
            np.testing.assert_array_equal(ours.cases, theirs.cases)


def test_faults_are_told(attached):
    cases = {
        "column_unknown": {"columns": ["z"]},
        "outside_scale": {"columns": ["a"], "scale": (1, 5)},
        "not_numeric": {"columns": ["office"]},
        "not_categorical": {"columns": ["w"]},
    }
    for code, options in cases.items():
        with pytest.raises(AkhlakError) as caught:
            ak.count_responses("SELECT * FROM hr.public.akhlak_answers", connection=attached, **options)
        assert caught.value.code == code
    fails = "SELECT CASE WHEN k = 3 THEN 1 / (k - 3) ELSE 1 END AS a, k FROM akhlak_answers"
    for query in ("SELECT * FROM hr.public.nowhere", f"SELECT * FROM postgres_query('hr', '{fails}')"):
        with pytest.raises(AkhlakError, match="rows_refused"):
            ak.count_responses(query, connection=attached)
    assert ak.count_responses(attached.table("hr.public.akhlak_answers"), columns=["a"]).n_rows == N
