"""Build, validate and release a survey instrument, and compute an index that can be defended.

``import akhlak_research as ak`` and call ``ak.cronbach_alpha(frame)``. Names load on first use, so the import
itself needs neither pandas nor scipy and stays parseable by interpreters too old to run the rest: that is what lets
``python -m akhlak_research`` answer with a clear message instead of a syntax error.
"""

__version__ = "0.1.0"

# public name -> module that defines it; one line here is all that "public" means
_PUBLIC = {
    # core
    "AkhlakError": "core.errors",
    "Estimate": "core.results",
    "Interval": "core.results",
    "Notice": "core.results",
    "Unavailable": "core.results",
    "export": "core.export",
    "language": "core.text",
    # catalog
    "thresholds": "catalog.thresholds",
    "core_values": "catalog.berakhlak",
    "gate_criteria": "catalog.gates",
    "quota_rules": "catalog.quotas",
    # instrument
    "Instrument": "instrument.model",
    "read_instrument": "instrument.files",
    "write_instrument": "instrument.files",
    "berakhlak_instrument": "instrument.statutory",
    "audit_instrument": "instrument.audit",
    "blueprint": "instrument.audit",
    # responses
    "Responses": "responses.model",
    "read_responses": "responses.reader",
    "missing_table": "responses.missing",
    "describe_respondents": "responses.profile",
    "cross_table": "measure.cross",
    "screen_responses": "responses.careless",
    "inspect_privacy": "responses.privacy",
    "pseudonymise": "responses.pseudonyms",
    "draft_instrument": "responses.draft",
    # counts
    "Counts": "counts.tables",
    "count_responses": "counts.engines",
    "read_counts": "counts.files",
    "mask_key": "counts.masks",
    "mask_counts": "counts.masks",
    "sum_masked": "counts.masks",
    "MaskedCounts": "counts.masked",
    "read_masked_counts": "counts.masked",
    "per_dimension": "counts.rows",
    "for_each": "counts.rows",
    # measure
    "analyse_items": "measure.items",
    "dif": "measure.dif",
    "mokken": "measure.mokken",
    "successive_intervals": "measure.successive_intervals",
    "compare_groups": "measure.groups",
    "cronbach_alpha": "measure.alpha",
    "mcdonald_omega": "measure.omega",
    "ordinal_alpha": "measure.polychoric.ordinal_reliability",
    "categorical_omega": "measure.polychoric.ordinal_reliability",
    "guttman_lambdas": "measure.lambdas",
    "greatest_lower_bound": "measure.lambdas",
    "split_half": "measure.split_half",
    "hierarchical_omega": "measure.hierarchical",
    "schmid_leiman": "measure.schmid_leiman",
    "composite_reliability": "measure.composite_reliability",
    "test_retest": "measure.retest",
    "measurement_error": "measure.measurement_error",
    "kmo": "measure.adequacy",
    "bartlett_sphericity": "measure.adequacy",
    "polychoric": "measure.polychoric.correlations",
    "parallel_analysis": "measure.parallel",
    "retain_factors": "measure.retention",
    "efa": "measure.efa",
    "factor_congruence": "measure.congruence",
    "second_opinion": "measure.second_opinion",
    # measure: item response theory
    "irt": "measure.irt.model",
    # measure: models
    "cfa": "measure.cfa.api",
    "invariance": "measure.invariance.invariance",
    "power_cfa": "measure.cfa.power",
    "htmt": "measure.discriminant",
    "criterion_validity": "measure.criterion",
    "Hypothesis": "measure.criterion",
    "method_factor": "measure.method_factor",
    "convergent_validity": "measure.convergent",
    "Invariance": "measure.invariance.invariance",
    "irt_dimensions": "measure.irt.dimensions",
    "compare_models": "measure.cfa.compare",
    "irt_bifactor": "measure.irt.bifactor",
    "irt_scores": "measure.irt.people",
    "sum_score_table": "measure.irt.people",
    "irt_person_fit": "measure.irt.people",
    "irt_reliability": "measure.irt.reliability",
    "irt_item_fit": "measure.irt.item_fit",
    "irt_model_fit": "measure.irt.model_fit",
    "local_dependence": "measure.irt.pairs",
    "irt_categories": "measure.irt.categories",
    "link_scales": "measure.irt.linking",
    "short_form": "measure.irt.short_form",
    # measure: raters and units
    "content_validity": "measure.content",
    "measure_agreement": "measure.agreement",
    "intraclass_correlation": "measure.icc",
    "check_aggregation": "measure.aggregation",
    # survey
    "sample_size": "survey.sample_size",
    "expected_margin": "survey.margin",
    "response_rates": "survey.response_rates",
    "allocate": "survey.allocation",
    "quota_status": "survey.quota",
    "response_history": "survey.history",
    "compare_composition": "survey.composition",
    "frame_margins": "survey.composition",
    "SurveyDesign": "survey.design",
    "ReplicateWeights": "survey.replicates",
    "estimate_mean": "survey.estimate",
    "estimate_total": "survey.estimate",
    "estimate_ratio": "survey.estimate",
    "estimate_proportion": "survey.estimate",
    "rake": "survey.adjust",
    "post_stratify": "survey.adjust",
    "nonresponse_adjust": "survey.adjust",
    "trim_weights": "survey.adjust",
    "calibrate": "survey.calibrate",
    "as_replicates": "survey.replication",
    "estimate_quantile": "survey.quantile",
    "audit_weights": "survey.audit",
    # index
    "classify": "index.classify",
    "read_recipe": "index.recipe",
    "build_index": "index.build",
    "published_figures": "index.published",
    "predicate": "index.predicates",
    "vote_shares": "index.votes",
    "vote_index": "index.vote_index",
    "evidence_score": "index.evidence",
    "evidence_rubric": "index.rubrics",
    "rank_sets": "index.ranks",
    "small_area": "index.small_areas",
    "norms": "index.norms",
    "roll_up": "index.roll_up",
    "combine": "index.combine",
    "external_criterion": "index.criterion",
    "index_uncertainty": "index.uncertainty",
    "priorities": "index.priorities",
    "compare_waves": "index.waves",
    "link_scores": "index.linking",
    # disclosure
    "protect": "disclosure.protect",
    "disclosure_policy": "disclosure.policy",
    "check_differencing": "disclosure.differencing",
    "check_dominance": "disclosure.differencing",
    "public_use": "disclosure.microdata",
    "review_outputs": "disclosure.outputs",
    # stages
    "Study": "stages.study",
    "executive_summary": "stages.executive",
    "item_dossier": "stages.dossier",
    "reporting_checklist": "stages.reporting",
    # simulate
    "simulate_responses": "simulate.answers",
    "simulate_berakhlak": "simulate.berakhlak",
    "Dif": "simulate.model",
    # release
    "build_release": "release.package",
    "verify_release": "release.check",
    # report
    "show": "report.exhibit",
    "plot_item_distributions": "report.figures",
    "plot_correlations": "report.figures",
    "plot_thresholds": "report.polychoric_figures",
    "plot_scree": "report.factor_figures",
    "plot_loadings": "report.factor_figures",
    "plot_dif_curves": "report.dif_figures",
    "plot_dif_effects": "report.dif_figures",
    "plot_mokken": "report.dif_figures",
    "plot_path_diagram": "report.cfa_figures",
    "plot_residuals": "report.cfa_figures",
    "plot_invariance": "report.cfa_figures",
    "plot_wright_map": "report.irt_figures",
    "plot_categories": "report.irt_figures",
    "plot_information": "report.irt_figures",
    "plot_person_fit": "report.irt_figures",
    "plot_reliability": "report.reliability_figures",
    "plot_allocation": "report.survey_figures",
    "plot_response_curve": "report.survey_figures",
    "plot_response_history": "report.survey_figures",
    "plot_composition": "report.survey_figures",
    "plot_weights": "report.survey_figures",
    "plot_units": "report.unit_figure",
    "plot_values": "report.unit_figure",
    "plot_ranks": "report.index_figures",
    "plot_office": "report.office_figure",
    "plot_evidence": "report.index_figures",
    "plot_uncertainty": "report.index_figures",
    "plot_trend": "report.index_figures",
    "plot_priorities": "report.index_figures",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name in _PUBLIC:
        import importlib

        value = getattr(importlib.import_module(__name__ + "." + _PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError("module %r has no attribute %r" % (__name__, name))


def __dir__() -> "list[str]":
    return sorted(set(globals()) | set(_PUBLIC))
