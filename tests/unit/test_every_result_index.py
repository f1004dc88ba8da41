"""Every result of surveys, indexes and item response models shows in both languages and keeps a JSON-able record."""

import json
import re

import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.text import has_text
from akhlak_research.report.exhibit import Exhibit

WORDS = {"id": "en", "en": "id"}


@pytest.fixture(scope="module")
def made(root):
    """Inputs of the simulated study, made once."""
    study = ak.Study(root / "data" / "berakhlak-contoh")
    answers, frame = study.weighted_responses, study.frame("frame")
    people = answers.groups.assign(score=25 * (answers.keyed.mean(axis=1) - 1), odd=answers.keyed["BP1"])
    sample = ak.SurveyDesign(people)
    margins = ak.frame_margins(frame, {"sex": {"L": "population_l", "P": "population_p"}})
    words = pd.DataFrame({"word": study.instrument.item_codes})
    words["value"] = words["word"].str[:2]
    items = study.responses.of_dimension("BP")  # without weights: M2* has no distribution under them
    fit = ak.irt(items, "grm")
    scores = pd.DataFrame({"a": [70.0, 60.0, 65.0], "b": [71.0, 59.0, 66.0]}, index=["x", "y", "z"])
    return {
        "study": study, "answers": answers, "frame": frame, "sample": sample, "margins": margins, "words": words,
        "raked": ak.rake(sample, margins), "index": study.index, "items": items, "fit": fit, "scores": scores,
        "sizes": pd.Series(frame["population"].to_numpy(), index=frame["unit"]), "votes": study.frame("votes"),
        "evidence": study.given("evidence", ak.evidence_score, evaluators=("evaluator_1", "evaluator_2")),
    }  # fmt: skip


def _engagement(m):
    return m["answers"].groups["engagement"].astype(float)


RESULTS = {
    "sample_size": lambda m: ak.sample_size(7419, method="all"),
    "expected_margin": lambda m: ak.expected_margin(m["sizes"], 5),
    "allocate": lambda m: ak.allocate(m["frame"], 1200, "power", minimum=5),
    "quota_status": lambda m: ak.quota_status(
        m["frame"], m["answers"], required=pd.Series(5, index=m["frame"]["unit"])
    ),
    "compare_composition": lambda m: ak.compare_composition(m["raked"], m["margins"]),
    "audit_weights": lambda m: ak.audit_weights(m["raked"]),
    "estimate_mean": lambda m: ak.estimate_mean(m["raked"], ["score", "odd"], by="status"),
    "estimate_total": lambda m: ak.estimate_total(m["raked"], "score"),
    "estimate_ratio": lambda m: ak.estimate_ratio(m["raked"], "score", "odd"),
    "estimate_proportion": lambda m: ak.estimate_proportion(m["raked"], "status"),
    "estimate_quantile": lambda m: ak.estimate_quantile(m["raked"], "score", [0.25, 0.5]),
    "classify": lambda m: ak.classify(60.9),
    "build_index": lambda m: m["index"],
    "vote_shares": lambda m: ak.vote_shares(m["votes"], m["study"].instrument, limit=5),
    "vote_index": lambda m: ak.vote_index(m["votes"], m["words"], limit=5, unit="unit"),
    "evidence_score": lambda m: m["evidence"],
    "evidence_rubric": lambda m: ak.evidence_rubric(),
    "rank_sets": lambda m: ak.rank_sets(m["index"], n_draws=200, rng=1),
    "small_area": lambda m: ak.small_area(m["index"]),
    "norms": lambda m: ak.norms(m["index"], rng=1),
    "roll_up": lambda m: ak.roll_up(
        m["index"], pd.DataFrame({"block": ["A", "B"] * 20}, index=list(m["index"].units)), missing="available"
    ),
    "combine": lambda m: ak.combine({"survey": m["index"], "evidence": m["evidence"]}, "barito-utara-2025"),
    "index_uncertainty": lambda m: ak.index_uncertainty(m["answers"], {}, unit="unit", n_base=16, rng=1),
    "priorities": lambda m: ak.priorities(m["answers"], _engagement(m).rename("engagement"), rng=1, n_boot=200),
    "compare_waves": lambda m: ak.compare_waves(
        m["answers"], m["answers"], unit="unit", years=(2023, 2024), series="berakhlak"
    ),
    "link_scores": lambda m: ak.link_scores(
        m["scores"]["a"], m["scores"]["b"], design="same-people", n_boot=100, rng=1
    ),
    "published_figures": lambda m: ak.published_figures(),
    "check_aggregation": lambda m: ak.check_aggregation(m["answers"], "unit"),
    "irt": lambda m: m["fit"],
    "irt_scores": lambda m: ak.irt_scores(m["fit"]),
    "sum_score_table": lambda m: ak.sum_score_table(m["fit"]),
    "irt_person_fit": lambda m: ak.irt_person_fit(m["fit"]),
    "irt_reliability": lambda m: ak.irt_reliability(m["fit"]),
    "irt_item_fit": lambda m: ak.irt_item_fit(m["fit"]),
    "irt_model_fit": lambda m: ak.irt_model_fit(m["fit"]),
    "local_dependence": lambda m: ak.local_dependence(m["fit"]),
    "irt_categories": lambda m: ak.irt_categories(m["fit"]),
    "link_scales": lambda m: ak.link_scales(m["fit"], m["fit"]),
    "short_form": lambda m: ak.short_form(m["fit"], reliability=0.5),
}


@pytest.mark.parametrize("name", RESULTS)
def test_shown_in_both_languages_and_kept(made, name):
    found = RESULTS[name](made)
    parts = found if isinstance(found, tuple) else (found,)
    for part in parts:
        record = part.record()
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        shown = ak.show(part)
        assert isinstance(shown, Exhibit)
        for language, other in WORDS.items():
            content = shown.content[language]
            assert content["caption"] and content["caption"] != shown.content[other]["caption"]
        for table in (part.table(), *(getattr(part, extra)() for extra in part.further_tables)):
            for column in set(table.columns) & set(part.table().columns):
                assert has_text(f"label.{column}") or re.search("_ci_(low|high)$", column), column
