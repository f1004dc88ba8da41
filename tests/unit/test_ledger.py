"""The ledger keeps its order, notices edits, survives crashes and two writers."""

import json
import multiprocessing
import os
import time

import pytest

from akhlak_research.core.errors import StudyError
from akhlak_research.stages import ledger as module
from akhlak_research.stages.ledger import START, Ledger, seal


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
    assert not path.with_suffix(".lock").exists()


def test_a_lock_of_a_dead_run_is_taken_over_and_a_living_one_is_waited_for(ledger, monkeypatch):
    lock = ledger.path.with_suffix(".lock")
    lock.touch()
    monkeypatch.setattr(module, "LOCK_PATIENCE", 0.2)
    os.utime(lock, (time.time() - 5, time.time() - 5))
    assert ledger.append("record", "x", "d").seq == 4
    monkeypatch.setattr(module, "_age", lambda path: 0.0)
    lock.touch()
    with pytest.raises(StudyError, match="ledger_locked"):
        ledger.append("record", "y", "d")
