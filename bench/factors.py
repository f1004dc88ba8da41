"""Time the factor-analytic statistics: python bench/factors.py [rows]"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import akhlak_research as ak


def best(call: Callable[[], object], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main(rows: int) -> None:
    rng = np.random.default_rng(1)
    factors = np.repeat(rng.normal(size=(rows, 5)), 5, axis=1)
    values = np.clip(np.round(3.5 + factors + rng.normal(size=(rows, 25))), 1, 6)
    frame = pd.DataFrame(values, columns=[f"i{j}" for j in range(25)])
    small = frame.head(2500)
    counts = ak.count_responses(frame)
    cases = {
        f"kmo, {rows} rows × 25": lambda: ak.kmo(frame),
        f"kmo, counts of {rows} rows": lambda: ak.kmo(counts),
        "kmo, 2500 rows × 25": lambda: ak.kmo(small),
        "parallel analysis, 1000 draws × 25": lambda: ak.parallel_analysis(small, rng=1),
        "parallel analysis, smc": lambda: ak.parallel_analysis(small, rng=1, communalities="smc"),
        "parallel analysis, shuffled": lambda: ak.parallel_analysis(small, rng=1, method="permutation"),
        "efa 25 × 5, minres, oblimin": lambda: ak.efa(small, 5),
        "efa 25 × 5, ml, varimax": lambda: ak.efa(small, 5, extraction="ml", rotation="varimax"),
        "efa 25 × 5, minres, geomin, 30 starts": lambda: ak.efa(small, 5, rotation="geomin"),
        f"efa {rows} rows with scores": lambda: ak.efa(frame, 5),
        "efa from counts": lambda: ak.efa(counts, 5),
    }
    for name, call in cases.items():
        print(f"{name:45s} {best(call):8.3f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
