"""Whatever a public function gives can be read everywhere: record, table, notebook, both languages, three files."""

import json
import os
import re
import shutil
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.results import ResultBase, tables_of
from akhlak_research.core.text import LANGUAGES, has_text
from akhlak_research.report.exhibit import MIME


class Given:
    """The real answers and the simulated study, small, and what several results are made from; each made once."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.real, self.study = ak.Study(root / "data" / "bfi"), ak.Study(root / "data" / "berakhlak-contoh")
        self.answers = self.real.responses.where(np.arange(self.real.responses.n) < 400)
        self.one = self.answers.select(dimension="A")
        self.codes = self.one.keyed
        self.offices = self.study.frame("frame").set_index("unit")["population"].astype(int)
        self.made = {}

    def result(self, name):
        """What a call gives; made once."""
        if name not in self.made:
            self.made[name] = CALLS[name](self)
        return self.made[name]

    @cached_property
    def efa(self):
        return ak.efa(self.answers, 5)

    @cached_property
    def irt(self):
        return ak.irt(self.one)

    @cached_property
    def cfa(self):
        return ak.cfa("A =~ A1 + A2 + A3 + A4 + A5", self.codes)

    @cached_property
    def index(self):
        frame = self.study.frame("frame")
        return ak.build_index(self.study.weighted_responses, self.study.recipe, unit="unit", frame=frame)

    @cached_property
    def evidence(self):
        return ak.evidence_score(
            self.study.frame("evidence"), evaluators=["evaluator_1", "evaluator_2"], n_boot=1000, rng=1
        )

    @cached_property
    def kept(self):
        """A study with a few records."""
        copy = shutil.copytree(self.study.path, self.folder / "study", ignore=shutil.ignore_patterns("out"))
        study = ak.Study(copy)
        study.keep("index", self.index)
        study.keep("items", ak.analyse_items(study.responses))
        return study

    @cached_property
    def masked(self):
        keys = {name: self.folder / f"{name}.key" for name in ("x", "y", "z")}
        parties = {name: ak.mask_key(key) for name, key in keys.items()}
        counts = ak.count_responses(self.one)
        return [ak.mask_counts(counts, party=name, key=key, parties=parties, round="1") for name, key in keys.items()]

    @cached_property
    def words(self):
        """A vote study's words: item codes, the first two letters of which name the value."""
        codes = pd.Series(self.study.instrument.item_codes)
        return pd.DataFrame({"word": codes, "value": codes.str[:2]})

    @cached_property
    def people(self):
        file = pd.read_csv(self.study.file("responses"))
        return file[["unit", "status", "answered_on", "weight"]].assign(
            score=self.study.responses.keyed.mean(axis=1), base=1.0
        )

    @cached_property
    def design(self):
        return ak.SurveyDesign(self.people, weights="weight")

    @cached_property
    def ratings(self):
        return self.study.frame("experts").pivot_table("relevance", "expert", "item").astype(float)


OF_THE_DATA = {"gender", "F1", "F2", "F3", "F4", "F5"}
SMALL = {"n_iter": 20, "rng": 1}
CALLS = {
    "allocate": lambda g: ak.allocate(g.offices, 1200, "power", minimum=5),
    "analyse_items": lambda g: ak.analyse_items(g.answers, by="gender"),
    "audit_instrument": lambda g: ak.audit_instrument(g.study.instrument),
    "audit_weights": lambda g: ak.audit_weights(g.design),
    "bartlett_sphericity": lambda g: ak.bartlett_sphericity(g.answers),
    "blueprint": lambda g: ak.blueprint(g.study.instrument),
    "build_index": lambda g: g.index,
    "categorical_omega": lambda g: ak.per_dimension(ak.categorical_omega, g.answers),
    "cfa": lambda g: g.cfa,
    "check_aggregation": lambda g: ak.check_aggregation(g.study.responses, "unit"),
    "check_differencing": lambda g: ak.check_differencing({"all": np.ones(30), "most": np.arange(30) > 2}),
    "check_dominance": lambda g: ak.check_dominance([1.0, 2.0, 50.0, 1.0], ["a", "a", "a", "b"]),
    "classify": lambda g: ak.classify(pd.Series([74.94, 74.95, 3.0])),
    "classify, one score": lambda g: ak.classify(60.9),
    "combine": lambda g: ak.combine({"survey": g.index, "evidence": g.evidence}, method="equal"),
    "combine, a regency's way": lambda g: ak.combine({"survey": g.index, "evidence": g.evidence}, "barito-utara-2025"),
    "compare_composition": lambda g: ak.compare_composition(g.design, {"status": {"PNS": 7000, "PPPK": 3000}}),
    "compare_groups": lambda g: ak.compare_groups(g.answers, "education"),
    "compare_models": lambda g: ak.compare_models(ak.cfa("A =~ A1 + a*A2 + a*A3 + A4 + A5", g.codes), g.cfa),
    "compare_waves": lambda g: ak.compare_waves(g.study.responses, g.study.responses, unit="unit", years=(2022, 2023)),
    "composite_reliability": lambda g: ak.composite_reliability(g.answers),
    "content_validity": lambda g: ak.content_validity(g.ratings, 1, 4),
    "convergent_validity": lambda g: ak.convergent_validity(g.cfa),
    "core_values": lambda g: ak.core_values(),
    "count_responses": lambda g: ak.count_responses(g.answers, by="gender"),
    "criterion_validity": lambda g: ak.criterion_validity(g.people, [ak.Hypothesis("score", "weight", "0", 0.3)]),
    "cronbach_alpha": lambda g: ak.per_dimension(ak.cronbach_alpha, g.answers),
    "cross_table": lambda g: ak.cross_table(g.study.responses, "status", "unit"),
    "describe_respondents": lambda g: ak.describe_respondents(g.study.responses),
    "dif": lambda g: ak.dif(g.one, "gender"),
    "disclosure_policy": lambda g: ak.disclosure_policy(),
    "draft_instrument": lambda g: ak.draft_instrument(g.real.file("responses")),
    "efa": lambda g: g.efa,
    "estimate_mean": lambda g: ak.estimate_mean(g.design, "score", by="status"),
    "estimate_proportion": lambda g: ak.estimate_proportion(g.design, "status"),
    "estimate_quantile": lambda g: ak.estimate_quantile(g.design, "score", [0.25, 0.5]),
    "estimate_ratio": lambda g: ak.estimate_ratio(g.design, "score", "base"),
    "estimate_total": lambda g: ak.estimate_total(g.design, "score"),
    "evidence_rubric": lambda g: ak.evidence_rubric(),
    "evidence_score": lambda g: g.evidence,
    "executive_summary": lambda g: ak.executive_summary(g.kept),
    "expected_margin": lambda g: ak.expected_margin(g.offices, 5),
    "external_criterion": lambda g: ak.external_criterion(pd.Series(range(12)), pd.Series(range(12)) % 5),
    "factor_congruence": lambda g: ak.factor_congruence(g.efa, g.efa),
    "for_each": lambda g: ak.for_each(ak.per_dimension(ak.irt, g.one), ak.irt_item_fit),
    "gate_criteria": lambda g: ak.gate_criteria(),
    "greatest_lower_bound": lambda g: ak.greatest_lower_bound(g.one, by="gender"),
    "guttman_lambdas": lambda g: ak.guttman_lambdas(g.one),
    "hierarchical_omega": lambda g: ak.hierarchical_omega(g.answers, 5, n_boot=2, rng=1),
    "htmt": lambda g: ak.htmt(g.answers, n_boot=20),
    "index_uncertainty": lambda g: ak.index_uncertainty(g.study.responses, n_base=16, rng=1),
    "index_uncertainty, by office": lambda g: ak.index_uncertainty(
        g.study.responses, {}, unit="unit", n_base=16, rng=1
    ),
    "inspect_privacy": lambda g: ak.inspect_privacy(pd.DataFrame({"NIP": ["198502282010011001"]})),
    "intraclass_correlation": lambda g: ak.intraclass_correlation(g.ratings.T),
    "invariance": lambda g: ak.invariance("A =~ A1 + A2 + A3 + A4 + A5", g.one, "gender"),
    "irt": lambda g: g.irt,
    "irt_bifactor": lambda g: ak.irt_bifactor(g.codes, {"x": ["A1", "A2"], "y": ["A3", "A4", "A5"]}, n_nodes=9),
    "irt_categories": lambda g: ak.irt_categories(g.irt),
    "irt_dimensions": lambda g: ak.irt_dimensions(g.codes, {"x": ["A1", "A2"], "y": ["A3", "A4", "A5"]}),
    "irt_item_fit": lambda g: ak.irt_item_fit(g.irt),
    "irt_model_fit": lambda g: ak.irt_model_fit(g.irt),
    "irt_person_fit": lambda g: ak.irt_person_fit(g.irt),
    "irt_reliability": lambda g: ak.irt_reliability(g.irt),
    "irt_scores": lambda g: ak.irt_scores(g.irt),
    "item_dossier": lambda g: ak.item_dossier(g.kept),
    "kmo": lambda g: ak.kmo(g.answers),
    "link_scales": lambda g: ak.link_scales(g.irt, g.irt),
    "link_scores": lambda g: ak.link_scores(g.codes["A1"], g.codes["A2"], design="same-people", n_boot=100, rng=1),
    "local_dependence": lambda g: ak.local_dependence(g.irt),
    "mask_counts": lambda g: g.masked[0],
    "mcdonald_omega": lambda g: ak.mcdonald_omega(g.answers),
    "measure_agreement": lambda g: ak.measure_agreement(g.ratings, n_boot=100, rng=1),
    "measurement_error": lambda g: ak.measurement_error(g.one),
    "method_factor": lambda g: ak.method_factor("A =~ A1 + A2 + A3 + A4 + A5", g.codes),
    "missing_table": lambda g: ak.missing_table(g.answers),
    "mokken": lambda g: ak.mokken(g.one),
    "norms": lambda g: ak.norms(g.index, n_draws=200, rng=1),
    "ordinal_alpha": lambda g: ak.ordinal_alpha(g.one, by="gender"),
    "parallel_analysis": lambda g: ak.parallel_analysis(g.answers, **SMALL),
    "per_dimension": lambda g: ak.per_dimension(ak.kmo, g.answers),
    "polychoric": lambda g: ak.polychoric(g.one),
    "power_cfa": lambda g: ak.power_cfa("A =~ A1 + A2 + A3 + A4 + A5", 200, replicates=5, progress=False),
    "predicate": lambda g: ak.predicate(pd.Series(["di atas ekspektasi"]), pd.Series(["sesuai ekspektasi"])),
    "priorities": lambda g: ak.priorities(g.study.responses, g.people["score"].rename("outcome"), n_boot=100, rng=1),
    "pseudonymise": lambda g: ak.pseudonymise(
        pd.DataFrame({"NIP": ["198502282010011001"]}), key=bytes(32), on=date(2024, 1, 1)
    ),
    "public_use": lambda g: ak.public_use(g.study.responses, ["status"]),
    "published_figures": lambda g: ak.published_figures(),
    "quota_rules": lambda g: ak.quota_rules(),
    "quota_status": lambda g: ak.quota_status(g.study.frame("frame"), g.people, "2023-10-13"),
    "quota_status, own minimum": lambda g: ak.quota_status(
        g.study.frame("frame"), g.people, required=pd.Series(5, index=g.offices.index)
    ),
    "rank_sets": lambda g: ak.rank_sets(g.index, n_draws=200, rng=1),
    "read_counts": lambda g: ak.read_counts(ak.count_responses(g.one).write(g.folder / "counts.json")),
    "read_masked_counts": lambda g: ak.read_masked_counts(g.masked[0].write(g.folder / "masked.json")),
    "read_recipe": lambda g: ak.read_recipe("plain-mean"),
    "reporting_checklist": lambda g: ak.reporting_checklist(g.kept),
    "response_history": lambda g: ak.response_history(g.design, "score"),
    "response_rates": lambda g: ak.response_rates(g.study.frame("frame"), g.study.responses, "unit"),
    "retain_factors": lambda g: ak.retain_factors(g.one, **SMALL),
    "review_outputs": lambda g: ak.review_outputs({"index": g.index.record()}),
    "roll_up": lambda g: ak.roll_up(
        g.index, pd.DataFrame({"unit": g.offices.index, "region": "north"}).set_index("unit"), missing="available"
    ),
    "sample_size": lambda g: ak.sample_size(g.offices, 0.05),
    "sample_size, every formula": lambda g: ak.sample_size(7419, method="all"),
    "schmid_leiman": lambda g: ak.schmid_leiman(g.efa),
    "screen_responses": lambda g: ak.screen_responses(g.answers, draws=2),
    "second_opinion": lambda g: ak.second_opinion(g.one, n_factors=1),
    "short_form": lambda g: ak.short_form(g.irt, reliability=0.5),
    "simulate_responses": lambda g: ak.simulate_responses(g.study.instrument, 50, rng=1),
    "small_area": lambda g: ak.small_area(g.index),
    "split_half": lambda g: ak.split_half(g.one),
    "successive_intervals": lambda g: ak.successive_intervals(g.one),
    "sum_masked": lambda g: ak.sum_masked(g.masked),
    "sum_score_table": lambda g: ak.sum_score_table(g.irt),
    "test_retest": lambda g: ak.test_retest(g.codes, g.codes[::-1].set_axis(g.codes.index)),
    "thresholds": lambda g: ak.thresholds(),
    "verify_release": lambda g: ak.verify_release(g.real.path),
    "vote_index": lambda g: ak.vote_index(g.study.frame("votes"), g.study.instrument, limit=5),
    "vote_index, by office": lambda g: ak.vote_index(g.study.frame("votes"), g.words, limit=5, unit="unit"),
    "vote_shares": lambda g: ak.vote_shares(g.study.frame("votes"), g.study.instrument),
}  # fmt: skip


def shape(value, path=""):
    """What a record is made of, a line per place: its path and what stands there; of a list its first entry.

    A number and a value that does not exist are one kind of thing; a table names its columns.
    """
    if isinstance(value, dict) and set(value) == {"columns", "index", "data"}:
        yield f"{path} table: {', '.join(value['columns'])}"
    elif isinstance(value, dict) and "unavailable" not in value:
        for key in sorted(set(value) - {"notices"}):  # what is said depends on the data
            groups = key == "parts" and isinstance(value[key], dict)
            part = dict(list(value[key].items())[:1]) if groups else value[key]
            yield from shape(part, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield from shape(value[0], f"{path}[]") if value else [f"{path} list"]
    else:
        kinds = {str: "text", bool: "truth"}
        yield f"{path} {kinds.get(type(value), 'value')}"


#: the shape of every record, by what makes it; AKHLAK_GOLDEN=write makes the file anew after a change that was meant
GOLDEN = Path(__file__).parents[1] / "golden" / "records.json"


def test_records_keep_their_shape(given):
    """Reports, ledgers and releases written last year are read by these names: a change needs a new ``version``."""
    found = {name: sorted(set(shape(given.result(name).record()))) for name in CALLS}
    if os.environ.get("AKHLAK_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def given(root, tmp_path_factory):
    return Given(root, tmp_path_factory.mktemp("every"))


def results():
    """The names of all public functions that give a result."""
    gives = {name: getattr(getattr(ak, name), "__annotations__", {}).get("return", "") for name in ak.__all__}
    kinds = [ResultBase]
    for kind in kinds:
        kinds += kind.__subclasses__()
    names = {kind.__name__ for kind in kinds}
    return {name for name, given in gives.items() if names & set(re.split(r"\W+", str(given)))}


def test_every_public_function_that_gives_a_result_is_read_here():
    needs_a_study_that_has_run = {"build_release"}
    assert results() - {name.split(",")[0] for name in CALLS} == needs_a_study_that_has_run


@pytest.mark.parametrize("name", CALLS)
def test_a_result_can_be_read_everywhere(name, given, tmp_path):
    result = given.result(name)
    assert isinstance(result, ResultBase) and repr(result).startswith("<")
    record = result.record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert all(len(table.columns) and table.columns.is_unique for table in tables_of(result))
    columns = {str(column) for table in tables_of(result) for column in table.columns}
    assert {column for column in columns if not has_text(f"label.{column}")} <= OF_THE_DATA
    contents = [ak.show(result).payload()["content"][lang] for lang in LANGUAGES]
    assert len({content["caption"] for content in contents}) == len(LANGUAGES)
    for lang, content in zip(LANGUAGES, contents, strict=True):
        with ak.language(lang):
            shown = result._repr_html_()
            assert MIME in ak.show(result)._repr_mimebundle_()
        assert "Unavailable(" not in shown + json.dumps(content)
        words = {cell for row in content["rows"] for cell in row if "_" in cell and has_text(f"label.{cell}")}
        assert name == "thresholds" or not words, "words of the program"
        assert content["caption"] and not re.search(r"\b(caption|label|notice)\.[a-z]", json.dumps(content))
        assert not re.search(r"\bnan\b|None|&lt;NA&gt;", shown)
    table = result.table()
    csv = ak.export(result, tmp_path / "a.csv").read_text(encoding="utf-8")
    assert csv.count("\n") > len(table) and "Unavailable(" not in csv
    sheets = openpyxl.load_workbook(ak.export(result, tmp_path / "a.xlsx", lang="id"))
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert len(cells) >= table.size and not any("Unavailable(" in cell for cell in cells)
    assert ak.export(result, tmp_path / "a.docx", lang="en").stat().st_size > 0
