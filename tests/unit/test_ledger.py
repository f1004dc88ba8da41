"""The ledger keeps its order, notices edits, survives crashes and two writers."""

import json
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import locked
from akhlak_research.core.results import record_digest
from akhlak_research.stages import ledger as module
from akhlak_research.stages.ledger import START, Ledger, seal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(tmp_path):
    book = Ledger(tmp_path / "out" / "ledger.jsonl")
    for number in range(3):
        book.append("record", f"r{number}", f"d{number}", stage=4, n=number)
    return book


def test_lines_form_a_chain_that_the_standard_library_can_check(ledger):
    lines = [json.loads(line) for line in ledger.path.read_text().splitlines()]
    assert [line["previous"] for line in lines] == [START, lines[0]["hash"], lines[1]["hash"]]
    assert all(line["hash"] == seal(line) for line in lines)


def test_saying_the_same_again_adds_nothing(ledger):
    assert ledger.append("record", "r1", "d1", stage=4, n=1).seq == 2
    assert len(ledger.entries()) == 3
    assert ledger.append("record", "r1", "other", stage=4, n=1).seq == 4
    assert ledger.last("record", "r1").digest == "other" and ledger.last("stage", "x") is None


@pytest.mark.parametrize("row", [1, 2, 3])
def test_an_edited_line_is_found(ledger, row):
    lines = ledger.path.read_text().splitlines()
    lines[row - 1] = lines[row - 1].replace('"digest": "d', '"digest": "x')
    ledger.path.write_text("\n".join(lines) + "\n")
    with pytest.raises(StudyError, match="ledger_broken") as caught:
        ledger.entries()
    assert caught.value.where.row == row


@pytest.mark.parametrize("field", ["time", "event", "stage", "name", "digest", "detail", "previous", "seq"])
def test_every_field_of_a_line_is_sealed(ledger, field):
    *before, last = ledger.path.read_text().splitlines()
    ledger.path.write_text("\n".join([*before, json.dumps(json.loads(last) | {field: "other"})]) + "\n")
    with pytest.raises(StudyError, match="ledger_broken"):
        ledger.entries()


def test_a_removed_line_is_found(ledger):
    lines = ledger.path.read_text().splitlines()
    ledger.path.write_text("\n".join([lines[0], lines[2]]) + "\n")
    with pytest.raises(StudyError, match="ledger_broken"):
        ledger.append("record", "new", "d")


def test_a_line_that_a_crash_left_unfinished_is_dropped(ledger):
    with ledger.path.open("ab") as stream:
        stream.write(b'{"seq": 4, "time": "2026')
    assert len(ledger.entries()) == 3
    assert ledger.append("record", "r3", "d3").seq == 4
    assert len(ledger.entries()) == 4


def write_many(path, who):
    for number in range(15):
        Ledger(path).append("record", f"{who}{number}", "d")


def test_two_processes_cannot_corrupt_it(tmp_path):
    path = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=write_many, args=(path, who)) for who in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert len(Ledger(path).entries()) == 30


def test_a_lock_left_by_a_dead_run_is_no_lock_and_a_living_one_is_waited_for(ledger, monkeypatch):
    lock = ledger.path.with_suffix(".lock")
    assert lock.exists(), "the file stays, the lock on it ends with its process"
    monkeypatch.setattr(module, "LOCK_PATIENCE", 0.1)
    with locked(lock, 0) as got:
        assert got
        with pytest.raises(StudyError, match="ledger_locked"):
            ledger.append("record", "y", "d")
    assert ledger.append("record", "y", "d").seq == 4


WRITER = """
import sys, json
from pathlib import Path
from akhlak_research.core.results import record_digest
from akhlak_research.stages.ledger import Ledger
from akhlak_research.core.files import write_text
folder, run = Path(sys.argv[1]), int(sys.argv[2])
for at in range(10_000):
    record = {"run": run, "at": at, "rows": list(range(2000))}
    write_text(folder / "records" / f"r{at % 3}.json", json.dumps({"record": record}))
    Ledger(folder / "ledger.jsonl").append("record", f"r{at % 3}", record_digest(record), run=run, at=at)
"""


def test_killed_at_random_moments_it_can_always_be_read(tmp_path):
    """Each time another process writes records and lines and is killed without warning.

    A record is written before its line, so a kill leaves at most one record waiting: the one after the newest line.
    """
    generator = np.random.default_rng(20261122)
    ledger, before, waiting = Ledger(tmp_path / "ledger.jsonl"), 0, set()
    for run in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(run)], cwd=ROOT)
        until = time.monotonic() + 10
        while len(ledger.entries()) <= before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(generator.uniform(0, 0.1))
        process.kill()
        process.wait()
        entries = ledger.entries()
        assert len(entries) > before
        before = len(entries)
        assert entries[-1].detail["run"] == run
        for path in (tmp_path / "records").glob("*.json"):
            record = json.loads(path.read_text())["record"]
            line = ledger.last("record", path.stem)
            if (record["run"], record["at"]) == (run, entries[-1].detail["at"] + 1):
                waiting.add(record_digest(record))
            assert record_digest(record) in waiting or record_digest(record) == line.digest
    assert ledger.append("record", "after", "d").seq == before + 1
