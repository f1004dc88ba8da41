"""Seconds for the measures of votes of 100,000 respondents who pick 10 of 60 words on three questions.

``python bench/votes.py``: once each, for all respondents and for 539 units. With R and survey installed, the ratio to
``svyratio`` of the shares of seven values on one question, by unit, follows.
"""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import akhlak_research as ak

PEOPLE, WORDS, PICKS, UNITS = 100_000, 60, 10, 539

R_SCRIPT = """
suppressMessages(library(survey)); d <- read.csv(commandArgs(TRUE)[1]); e <- svydesign(ids = ~1, weights = ~w, data = d)
took <- system.time(svyby(~V0 + V1 + V2 + V3 + V4 + V5 + V6, ~unit, e, svyratio, denominator = ~m))
cat(took[["elapsed"]])
"""


def main() -> None:
    rng = np.random.default_rng(1)
    words = np.array([f"w{at:02d}" for at in range(WORDS)])
    table = pd.DataFrame({"word": words, "value": [f"V{at % 7}" for at in range(WORDS)]})
    table = table.assign(limiting=[int(at > 50) for at in range(WORDS)], area=[f"a{at % 6}" for at in range(WORDS)])
    picks = {q: np.argsort(rng.random((PEOPLE, WORDS)), axis=1)[:, :PICKS] for q in ("personal", "current", "desired")}
    votes = pd.DataFrame({question: [";".join(row) for row in words[made]] for question, made in picks.items()})
    votes["unit"] = rng.integers(0, UNITS, PEOPLE).astype(str)
    for name, options in {"all respondents": {}, f"and {UNITS} units": {"unit": "unit"}}.items():
        start = time.perf_counter()
        ak.vote_index(votes, table, limit=PICKS, **options)
        print(f"votes of {PEOPLE:,} people, {name:<20}{time.perf_counter() - start:8.2f} s")
    start = time.perf_counter()
    ak.vote_index(votes, table, limit=PICKS, personal=None, desired=None, unit="unit")
    one = time.perf_counter() - start
    print(f"one question, {UNITS} units{'':<20}{one:8.2f} s")
    if shutil.which("Rscript") is None:
        print("R is not installed: no ratio.")
        return
    counts = {f"V{v}": (picks["current"] % 7 == v).sum(axis=1) for v in range(7)}
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder, "x.csv"), Path(folder, "votes.R")
        pd.DataFrame({**counts, "m": PICKS, "w": 1, "unit": votes["unit"]}).to_csv(data, index=False)
        script.write_text(R_SCRIPT, encoding="utf-8")
        out = subprocess.run(["Rscript", str(script), str(data)], capture_output=True, text=True, check=True)
    took = float(out.stdout)
    print(f"survey::svyby(svyratio) of seven shares by unit: {took:.1f} s; ratio {took / one:.0f} ×")


if __name__ == "__main__":
    main()
