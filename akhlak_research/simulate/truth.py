"""What is true of the made-up civil service: the numbers a correct analysis should come back to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from akhlak_research.simulate.normal_ogive import D, Floats, category_shares, expected_percent
from akhlak_research.simulate.population import CivilService, value_targets

_DIGITS = 4


def truth_of(made: CivilService) -> dict[str, Any]:
    """The content of TRUTH.yaml: what was chosen, and what follows from it."""
    return {
        "simulated": True,
        "seed": made.seed,
        "chosen": dict(made.truth),
        "people": _people(made),
        "values": _values(made),
        "items": _items(made),
        "person_mean_logit": _round(person_mean_logit(made)),
        "dif": _dif(made),
        "nonresponse": _nonresponse(made),
        "fieldwork": _fieldwork(made),
        "careless": {
            kind: [f"R{row + 1:04d}" for row in np.flatnonzero(made.careless == kind)]
            for kind in made.truth["careless"]
        },
        "missing": {kind: int((made.missing == kind).sum()) for kind in made.truth["missing"]},
        "weak_items": list(made.truth["panel"]["weak_items"]),
        "offices": _offices(made),
    }


def expected_values(made: CivilService) -> pd.DataFrame:
    """Expected percent of maximum of each value (N × 7), given office, job and DIF."""
    expected = made.everybody.expectations
    return pd.DataFrame(
        {d.code: expected[list(made.instrument.items_of(d.code))].mean(axis=1) for d in made.instrument.dimensions}
    )


def person_mean_logit(made: CivilService) -> float:
    """How far the mean person stands above the mean item, in logits: mean over items of D (λμ − τ̄)/√(1 − λ²)."""
    distances = []
    for item in made.instrument.items:
        slope = made.everybody.loadings[item.code]
        centre = slope * float(made.everybody.factors[item.dimension].mean())
        distances.append(D * (centre - np.mean(made.everybody.thresholds[item.code])) / np.sqrt(1 - slope**2))
    return float(np.mean(distances))


def _people(made: CivilService) -> dict[str, Any]:
    background = made.background
    return {
        "employees": len(made.unit),
        "offices": len(made.offices.names),
        "respondents": len(made.respondents),
        "offices_without_respondents": [
            name for name, n in zip(made.offices.names, made.answered, strict=True) if n == 0
        ],
        "employees_by_status": {str(k): int(v) for k, v in background["status"].value_counts().sort_index().items()},
    }


def _values(made: CivilService) -> dict[str, Any]:
    """Means by value: published target; expected of all; as a complete census would find; expected of who answers."""
    expected = expected_values(made)
    answering = made.offices.propensity[made.unit]
    found = {}
    for code, target in value_targets(made.truth).items():
        census = made.everybody.attentive[list(made.instrument.items_of(code))].to_numpy().mean()
        found[code] = {
            "target": target,
            "expected": _round(expected[code].mean()),
            "census": _round(_percent(made, float(census))),
            "expected_of_respondents": _round(np.average(expected[code], weights=answering)),
        }
    index = {key: _round(np.mean([entry[key] for entry in found.values()])) for key in next(iter(found.values()))}
    return {**found, "index": index}


def _items(made: CivilService) -> dict[str, Any]:
    found = {}
    for item in made.instrument.items:
        slope, cuts = made.everybody.loadings[item.code], np.array(made.everybody.thresholds[item.code])
        shifts = _shifts(made, item.dimension)
        centres = slope * shifts
        for effect in made.everybody.dif:
            if effect.item == item.code:
                centres = centres - effect.shift * (made.background[effect.group] == effect.level).to_numpy()
        found[item.code] = {
            "loading": slope,
            "loading_pooled": _round(_pooled(slope, shifts)),
            "thresholds": [_round(cut) for cut in cuts],
            "expected": _round(made.everybody.expected[item.code]),
            "category_shares": [_round(share) for share in category_shares(cuts, centres)],
        }
    return found


def _shifts(made: CivilService, dimension: str) -> Floats:
    """What office and job add to a factor (N,)."""
    return made.shifts[:, [d.code for d in made.instrument.dimensions].index(dimension)]


def _pooled(slope: float, shifts: Floats) -> float:
    """Correlation of latent response and factor over everybody, offices and jobs pooled."""
    spread = 1 + float(shifts.var())
    return float(slope * np.sqrt(spread / (1 + slope**2 * (spread - 1))))


def _dif(made: CivilService) -> list[dict[str, Any]]:
    """The planted DIF, in latent units and in points of item, value and index."""
    found = []
    for effect in made.everybody.dif:
        group = (made.background[effect.group] == effect.level).to_numpy()
        with_dif = float(made.everybody.expectations.loc[group, effect.item].mean())
        item = made.instrument.item(effect.item)
        size = len(made.instrument.items_of(item.dimension))
        points = with_dif - _without_dif(made, effect.item, group)
        found.append(
            {
                "item": effect.item, "group": effect.group, "harder_for": effect.level, "shift": effect.shift,
                "points_of_item": _round(points), "points_of_value": _round(points / size),
                "points_of_index": _round(points / size / len(made.instrument.dimensions)),
            }
        )  # fmt: skip
    return found


def _without_dif(made: CivilService, code: str, group: np.ndarray[Any, Any]) -> float:
    """Expected percent of maximum that a group would have if the item worked for it as for the others."""
    centres = made.everybody.loadings[code] * _shifts(made, made.instrument.item(code).dimension)
    return float(expected_percent(np.array(made.everybody.thresholds[code]), centres[group]).mean())


def _nonresponse(made: CivilService) -> dict[str, Any]:
    expected = expected_values(made).mean(axis=1).to_numpy()
    office = np.bincount(made.unit, expected) / made.offices.sizes
    return {
        "correlation_of_propensity_and_office_index": _round(np.corrcoef(made.offices.propensity, office)[0, 1]),
        "correlation_of_propensity_and_log_size": _round(
            np.corrcoef(made.offices.propensity, np.log(made.offices.sizes))[0, 1]
        ),
        "bias_of_the_unweighted_index": _round(
            np.average(expected, weights=made.offices.propensity[made.unit]) - expected.mean()
        ),
    }


def _fieldwork(made: CivilService) -> dict[str, Any]:
    """When answers came, and what those of the earlier and of the later half are expected to say."""
    expected = expected_values(made).mean(axis=1).to_numpy()[made.respondents]
    opened = pd.Timestamp(made.truth["fieldwork"]["opened"])
    half = np.argsort(made.day, kind="stable")[: len(made.day) // 2]
    early = np.zeros(len(made.day), dtype=bool)
    early[half] = True
    return {
        "opened": f"{opened:%Y-%m-%d}",
        "closes": f"{opened + pd.Timedelta(days=len(made.truth['fieldwork']['daily']) - 1):%Y-%m-%d}",
        "expected_of_the_earlier_half": _round(expected[early].mean()),
        "expected_of_the_later_half": _round(expected[~early].mean()),
    }


def _offices(made: CivilService) -> dict[str, Any]:
    expected = expected_values(made)
    by_office = expected.groupby(made.unit).mean().to_numpy()
    codes = list(expected)
    found = {}
    for at, name in enumerate(made.offices.names):
        values = {code: _round(mean) for code, mean in zip(codes, by_office[at], strict=True)}
        found[name] = {
            "employees": int(made.offices.sizes[at]),
            "respondents": int(made.answered[at]),
            "propensity": _round(made.offices.propensity[at]),
            "expected": {**values, "index": _round(by_office[at].mean())},
        }
    return found


def _percent(made: CivilService, code: float) -> float:
    scale = made.instrument.scale
    return 100 * (code - scale.low) / (scale.high - scale.low)


def _round(value: Any) -> float:
    return round(float(value), _DIGITS)
