"""What surrounds the answers in the worked study: the panel's ratings, votes, evidence, the frame."""

from __future__ import annotations

import numpy as np
import pandas as pd

from akhlak_research.instrument.model import BLANK
from akhlak_research.simulate.population import CivilService, item_targets, streams

#: first column of every table: no cell of these files may travel without it
MARK, SIMULATED = "keterangan", "SIMULASI"


def marked(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with the word SIMULASI in front of every row."""
    frame = frame.reset_index(drop=True)
    frame.insert(0, MARK, SIMULATED)
    return frame


def responses_table(made: CivilService) -> pd.DataFrame:
    """One row per respondent: background, day, weight (employees of the office / its respondents), the 21 cells."""
    frame = made.background.iloc[made.respondents].reset_index(drop=True)
    frame.insert(0, "respondent", [f"R{number:04d}" for number in range(1, len(frame) + 1)])
    office = made.unit[made.respondents]
    days = pd.to_timedelta(made.day, unit="D")
    frame["answered_on"] = (pd.Timestamp(made.truth["fieldwork"]["opened"]) + days).strftime("%Y-%m-%d")
    frame["weight"] = np.round(made.offices.sizes[office] / made.answered[office], 6)
    frame["engagement"] = made.engagement
    cells = {missing.kind: missing.codes[0] for missing in made.instrument.missing} | {BLANK: ""}
    written = made.codes.astype(str).astype(object)
    for kind, cell in cells.items():
        written[made.missing == kind] = cell
    answers = pd.DataFrame(written, columns=list(made.instrument.item_codes))
    return marked(pd.concat([frame, answers], axis="columns"))


def frame_table(made: CivilService) -> pd.DataFrame:
    """One row per office: all employees, and how many of each status and sex; all were invited."""
    people = made.background
    counts = {
        f"population_{level.lower()}": (people[column] == level).groupby(made.unit).sum()
        for column, levels in (("status", ("PNS", "PPPK")), ("sex", ("L", "P")))
        for level in levels
    }
    offices = made.offices
    first = {"unit": offices.names, "stratum": offices.strata, "population": offices.sizes, "invited": offices.sizes}
    return marked(pd.DataFrame(first | counts))


def experts_table(made: CivilService) -> pd.DataFrame:
    """One row per expert and item: relevance from 1 (not relevant) to 4 (highly relevant)."""
    plan, rng = made.truth["panel"], streams(made.seed)["panel"]
    items = made.instrument.item_codes
    edges = np.array([np.cumsum(plan["weak" if item in plan["weak_items"] else "sound"])[:-1] for item in items])
    chance = rng.random((len(plan["roles"]), len(items)))
    ratings = 1 + (chance[:, :, None] >= edges).sum(axis=2)
    rows = [
        (role["code"], role["name"]["id"], item, int(rating))
        for role, row in zip(plan["roles"], ratings, strict=True)
        for item, rating in zip(items, row, strict=True)
    ]
    return marked(pd.DataFrame(rows, columns=["expert", "role", "item", "relevance"]))


def votes_table(made: CivilService) -> pd.DataFrame:
    """One row per voter: the behaviours named for the person, the current and the desired culture, joined by ``;``."""
    plan, rng = made.truth["votes"], streams(made.seed)["votes"]
    items = np.array(made.instrument.item_codes)
    means = np.array([item_targets(made.truth)[item] for item in items])
    z = (means - means.mean()) / means.std()
    n = round(plan["voters"] * len(made.respondents))
    voters = np.sort(rng.permutation(len(made.respondents))[:n])
    frame = pd.DataFrame(
        {
            "voter": [f"V{number:04d}" for number in range(1, n + 1)],
            "unit": np.array(made.offices.names)[made.unit[made.respondents[voters]]],
        }
    )
    for question, slope in plan["slopes"].items():
        # the k largest of utility + Gumbel noise: k drawn without replacement, chance ∝ exp(utility)
        appeal = slope * z + rng.gumbel(size=(n, len(items)))
        named = np.sort(np.argsort(-appeal, axis=1)[:, : plan["per_voter"]], axis=1)
        frame[question] = [";".join(row) for row in items[named]]
    return marked(frame)


def evidence_table(made: CivilService) -> pd.DataFrame:
    """One row per office and criterion: scores 0, 1, 2 of two evaluators."""
    plan, rng = made.truth["evidence"], streams(made.seed)["evidence"]
    g, k = len(made.offices.names), len(plan["criteria"])
    r = plan["correlation_with_office"]
    quality = r * made.offices.standing + np.sqrt(1 - r**2) * rng.standard_normal(g)
    latent = quality[:, None] + plan["between_criteria_sd"] * rng.standard_normal(k) + rng.standard_normal((g, k))
    first = (latent[:, :, None] > np.array(plan["thresholds"])).sum(axis=2)
    step = np.where(first == 0, 1, np.where(first == 2, -1, rng.choice([-1, 1], (g, k))))
    second = first + step * (rng.random((g, k)) < plan["disagreement"])
    rows = [
        (unit, criterion["code"], criterion["name"]["id"], int(first[i, j]), int(second[i, j]))
        for i, unit in enumerate(made.offices.names)
        for j, criterion in enumerate(plan["criteria"])
    ]
    columns = ["unit", "criterion", "criterion_text", "evaluator_1", "evaluator_2"]
    return marked(pd.DataFrame(rows, columns=columns))
