"""The change of a panel drawn by a stratified cluster design, some of whom leave: its interval covers the truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak

STRATA, CLUSTERS, PEOPLE, RUNS = 4, 40, 8, 300


@pytest.mark.slow
def test_change_of_a_panel_under_its_design(bfi_study):
    rng = np.random.default_rng(5)
    base = bfi_study.responses
    names = list(base.instrument.item_codes)
    turned = np.array([item.reverse for item in base.instrument.items])
    stratum = np.repeat(np.arange(STRATA), CLUSTERS * PEOPLE)
    cluster = np.repeat(np.arange(STRATA * CLUSTERS), PEOPLE)
    n = len(stratum)

    def answers(trait):
        found = np.clip(np.round(3.5 + 0.8 * trait[:, None] + rng.normal(size=(n, len(names)))), 1, 6)
        found[:, turned] = 7 - found[:, turned]
        return found

    def wave(codes, rows):
        index = range(2, 2 + len(rows))
        people = pd.DataFrame({"id": [f"p{at}" for at in rows]}, index=index)
        kinds = pd.DataFrame("", index=index, columns=names)
        frame = pd.DataFrame(codes[rows], index=index, columns=names)
        return replace(base, codes=frame, missing_kinds=kinds, groups=people, weights=None)

    trait = 0.6 * rng.normal(size=STRATA * CLUSTERS)[cluster] + 0.3 * stratum + rng.normal(size=n)
    moved = 0.15 + 0.4 * rng.normal(size=STRATA * CLUSTERS)[cluster] + 0.5 * rng.normal(size=n)
    before, after = answers(trait), answers(trait + moved)
    whole = np.arange(n)
    truth = (ak.build_index(wave(after, whole), {}).total.estimate
             - ak.build_index(wave(before, whole), {}).total.estimate)  # fmt: skip
    drawn = np.array([12, 8, 8, 8])
    hits, errors, changes = 0, [], []
    for _ in range(RUNS):
        chosen = np.concatenate([h * CLUSTERS + rng.choice(CLUSTERS, drawn[h], replace=False) for h in range(STRATA)])
        rows = np.flatnonzero(np.isin(cluster, chosen))
        people = pd.DataFrame({"h": stratum[rows], "c": cluster[rows], "w": CLUSTERS / drawn[stratum[rows]]})
        design = ak.SurveyDesign(people, strata="h", cluster="c", weights="w",
                                 fpc=pd.Series(float(CLUSTERS), index=people.index))  # fmt: skip
        stayed = rows[rng.random(len(rows)) < 0.85]
        found = ak.compare_waves(wave(before, rows), wave(after, stayed), {}, key="id", design=design, level=0.9)
        change = found.of().change
        hits += change.interval.low <= truth <= change.interval.high
        errors.append(change.se)
        changes.append(change.estimate)
    assert abs(hits / RUNS - 0.9) < 3 * np.sqrt(0.9 * 0.1 / RUNS)
    assert np.mean(errors) == pytest.approx(np.std(changes), rel=3 / np.sqrt(2 * RUNS))
