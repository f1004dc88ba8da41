"""A real study, killed at fifty random moments, is always readable; the run after that ends as an undisturbed one."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import akhlak_research as ak
from akhlak_research.core.results import record_digest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {
    "AKHLAK_ENV": "current", "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1795305600", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip


def start(folder):
    command = [sys.executable, "-m", "akhlak_research", "run", str(folder), "--format", "html"]
    return subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def records(folder):
    return {p.name: json.loads(p.read_text(encoding="utf-8")) for p in (folder / "out" / "records").glob("*.json")}


def test_fifty_kills(tmp_path):
    whole, broken = (
        Path(shutil.copytree(ROOT / "data" / "bfi", tmp_path / name / "bfi", ignore=shutil.ignore_patterns("out")))
        for name in ("whole", "broken")
    )
    begin = time.monotonic()
    assert start(whole).wait(600) == 0
    length = time.monotonic() - begin
    generator = np.random.default_rng(50)
    for moment in generator.uniform(0.2, length / 4, size=50):
        process = start(broken)
        time.sleep(moment)
        os.killpg(process.pid, 9)  # the kernel of the notebook with it
        process.wait()
        study = ak.Study(broken)
        study.status()
        kept = {entry.digest for entry in study.ledger.entries() if entry.event == "record"}
        loose = [name for name, body in records(broken).items() if record_digest(body["record"]) not in kept]
        assert len(loose) <= 1, "only the record whose line was about to be written"
    assert start(broken).wait(600) == 0
    assert records(broken) == records(whole)
    assert {s.state for s in ak.Study(broken).status()} == {"done"}
