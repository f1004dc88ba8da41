"""``simulate_berakhlak``: the worked study as a folder of files, every one of them marked as simulated."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from akhlak_research.core.checks import check_count
from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.core.text import LANGUAGES, text
from akhlak_research.core.yaml_files import read_yaml
from akhlak_research.instrument.plain import as_plain
from akhlak_research.simulate.population import CivilService, civil_service
from akhlak_research.simulate.side_files import (
    evidence_table,
    experts_table,
    frame_table,
    responses_table,
    votes_table,
)
from akhlak_research.simulate.truth import truth_of

SEED = 20231031
_COMMENT = "# SIMULASI / SIMULATION: semua isi studi ini rekaan / everything in this study is made up.\n"
_TABLES = {
    "responses": responses_table, "frame": frame_table, "experts": experts_table, "votes": votes_table,
    "evidence": evidence_table,
}  # fmt: skip


def simulate_berakhlak(folder: str | Path, *, seed: int = SEED) -> Path:
    """Write the simulated BerAKHLAK study: 40 made-up offices, a panel, a frame, answers, votes, evidence, the truth.

    Seven correlated factors stand behind 21 items of a five-point agreement scale in the wording of UU 20/2023; the
    value means are the published national ones of 2022. Planted are a ceiling, careless respondents, one item with DIF
    by employment status, missing answers of two kinds, non-response that depends on the office, and two items that the
    panel finds weak. Every parameter stands in the catalogue ``simulation``; ``TRUTH.yaml`` repeats them with what
    follows from them.

    Parameters
    ----------
    folder : str or Path
        Where to write; made if it is not there. Files of an earlier simulation are replaced.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    Path
        The folder, ready for ``Study(folder)``.

    Raises
    ------
    StudyError
        ``simulation_would_overwrite`` where the folder holds a study that is not simulated.
    ArgumentError
        ``count_out_of_range`` for a negative seed.

    Examples
    --------
    >>> import akhlak_research as ak
    >>> study = ak.Study(ak.simulate_berakhlak("made-up"))
    >>> study.simulated, study.instrument.name
    (True, 'berakhlak-21')
    """
    folder = Path(folder)
    _refuse_real_study(folder)
    made = civil_service(check_count(seed, 0, "seed"))
    tables = {name: table(made) for name, table in _TABLES.items()}
    for name, frame in tables.items():
        write_text(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
    write_text(folder / "instrument.yaml", _COMMENT + _yaml(as_plain(made.instrument)))
    write_text(folder / "study.yaml", _COMMENT + _yaml(_settings(made)))
    write_text(folder / "TRUTH.yaml", _COMMENT + _yaml(truth_of(made)))
    write_text(folder / "decisions.yaml", files(__package__).joinpath("decisions.yaml").read_text(encoding="utf-8"))
    write_text(folder / "README.md", _readme(made, tables))
    return folder


def _refuse_real_study(folder: Path) -> None:
    settings = folder / "study.yaml"
    if settings.is_file() and not (read_yaml(settings, StudyError) or {}).get("simulated"):
        raise StudyError("simulation_would_overwrite", file=folder)


def _settings(made: CivilService) -> dict[str, Any]:
    return {
        "title": {lang: text("simulate.title", lang) for lang in LANGUAGES},
        "institution": {lang: text("simulate.institution", lang) for lang in LANGUAGES},
        "languages": list(LANGUAGES),
        "seed": made.seed,
        "files": {"instrument": "instrument.yaml", **{name: f"{name}.csv" for name in _TABLES}},
        "group": made.truth["dif"][0]["group"],
        "unit": "unit",
        "weights": "weight",
        "recipe": "plain-mean",
        "plan": dict(made.truth["plan"]),
        "fieldwork": _fieldwork(made),
        "frame_columns": {
            "stratum": "stratum",
            "status": {"PNS": "population_pns", "PPPK": "population_pppk"},
            "sex": {"L": "population_l", "P": "population_p"},
        },
        "outcome": "engagement",
        "hypotheses": [
            {"score": score, "criterion": measure, "direction": direction, "minimum": least,
             "reason": {lang: text(f"simulate.expected_{measure}", lang) for lang in LANGUAGES}}
            for score, measure, direction, least in _EXPECTED
        ],
        "vote_limit": made.truth["votes"]["per_voter"],
        "published": "berakhlak",
        "simulated": True,
        "release": {
            "version": "1.0",
            "licence": "CC0-1.0",
            "purpose": {lang: text("simulate.purpose", lang) for lang in LANGUAGES},
            "data": {"keep": ["status", "sex", "age", "job"]},
        },
    }


#: what the study expects of measures outside the instrument: score, measure, direction, size
_EXPECTED = (("total", "engagement", "+", 0.3), ("total", "age", "0", 0.2))


def _fieldwork(made: CivilService) -> dict[str, str]:
    """Column of the days, a day on which somebody looks, and the last one."""
    plan = made.truth["fieldwork"]
    days = {"watched": plan["watched_on_day"] - 1, "closes": len(plan["daily"]) - 1}
    opened = pd.Timestamp(plan["opened"])
    return {"answered": "answered_on"} | {
        name: f"{opened + pd.Timedelta(days=day):%Y-%m-%d}" for name, day in days.items()
    }


def _readme(made: CivilService, tables: dict[str, pd.DataFrame]) -> str:
    values = {
        "offices": len(tables["frame"]),
        "employees": int(tables["frame"]["population"].sum()),
        "respondents": len(tables["responses"]),
        "experts": len(made.truth["panel"]["roles"]),
        "voters": len(tables["votes"]),
        "careless": int((made.careless != "").sum()),
        "dif": ", ".join(entry["item"] for entry in made.truth["dif"]),
        "weak": ", ".join(made.truth["panel"]["weak_items"]),
        "seed": made.seed,
    }
    return "\n\n".join(text("simulate.readme", lang, **values) for lang in LANGUAGES) + "\n"


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None)
