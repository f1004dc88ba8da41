"""Power by simulation: the same on any number of workers, and near what theory says."""

import json

import numpy as np
import pandas as pd
import pytest

import akhlak_research as ak
from akhlak_research.core.errors import AkhlakError
from akhlak_research.measure.cfa.population import population_of
from akhlak_research.measure.polychoric.ordinal_moments import ordinal_moments

MODEL = "f =~ a + b + c\ng =~ d + e + h"


def test_a_population_has_the_values_asked_for():
    found = population_of("f =~ 0.8*a + b + c\ng =~ d + e + h\nf ~~ 0.5*g\na ~~ 0.1*d", 0.6, 0.3, ())
    assert np.diag(found.sigma) == pytest.approx(np.ones(6))
    assert found.sigma[0, 1] == pytest.approx(0.48) and found.sigma[0, 3] == pytest.approx(0.8 * 0.6 * 0.5 + 0.1)
    assert found.value("g", "~~", "f") == 0.5 and found.value("d", "~~", "a") == 0.1
    sample = found.sample(200_000, np.random.default_rng(1))
    assert sample.cov().to_numpy() == pytest.approx(found.sigma, abs=0.02)
    cut = population_of("f =~ a + b", 0.6, 0.3, (-1, 1)).sample(500, np.random.default_rng(1))
    assert set(np.unique(cut)) == {1, 2, 3}


def test_same_answer_on_any_number_of_workers():
    one = ak.power_cfa(MODEL, [60, 80], replicates=24, workers=1, rng=4)
    two = ak.power_cfa(MODEL, [60, 80], replicates=24, workers=2, rng=4)
    pd.testing.assert_frame_equal(one.table(), two.table())
    pd.testing.assert_frame_equal(one.fit, two.fit)
    assert one.seed == 4 and set(one.table()["n"]) == {60, 80}
    assert not one.table().equals(ak.power_cfa(MODEL, [60, 80], replicates=24, rng=5).table())
    json.dumps(one.record(), allow_nan=False)


def test_same_answer_on_a_cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster, distributed.Client(cluster) as client:
        far = ak.power_cfa(MODEL, 60, replicates=12, client=client, rng=4)
    pd.testing.assert_frame_equal(far.table(), ak.power_cfa(MODEL, 60, replicates=12, rng=4).table())


def test_estimates_are_near_and_errors_honest():
    found = ak.power_cfa(MODEL, 300, loading=0.7, replicates=200)
    rows = found.table().query("op == '=~'")
    assert rows["bias"].abs().max() < 3 * (rows["sd"] / np.sqrt(200)).max() + 0.01
    assert (rows["coverage"] - 0.95).abs().max() < 3 * np.sqrt(0.95 * 0.05 / 200) + 0.01
    assert (rows["se_mean"] / rows["sd"]).between(0.85, 1.15).all()
    assert rows["power"].min() > 0.99 and found.fit["converged"].item() == 1
    assert abs(found.fit["rejected"].item() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 200) + 0.01
    assert (found.smallest() == 300).all()


def test_a_wrong_model_is_rejected():
    found = ak.power_cfa("f =~ a + b + c + d", 400, population="f =~ a + b + c + d\na ~~ 0.25*b", replicates=30)
    assert found.fit["rejected"].item() > 0.9
    assert found.table().query("rhs == 'a' and op == '=~'")["bias"].item() > 0.02


def test_ordered_items():
    found = ak.power_cfa("f =~ a + b + c + d", 300, cuts=(-1, 0, 1), replicates=30)
    assert found.estimator == "WLSMV"
    loadings = found.table().query("op == '=~'")
    assert loadings["true"].eq(0.7).all() and loadings["bias"].abs().max() < 0.03
    assert found.table().query("op == '|'")["bias"].abs().max() < 0.06


def test_what_cannot_be_fitted_is_counted():
    found = ak.power_cfa("f =~ a + b + c + d", 30, loading=0.15, replicates=30, cuts=(-1.7, 1.7))
    assert found.fit["converged"].item() < 1 and sum(found.failures[30].values()) > 0
    assert [notice.code for notice in found.notices] == ["power_failed"]


@pytest.mark.parametrize(
    "options, code",
    [
        ({"loading": 1.0}, "power_no_residual"), ({"cuts": (1, 0)}, "power_cuts"), ({"replicates": 1}, "power_n"),
        ({"population": "f =~ a + b + c\na ~~ 0.9*b + -0.9*c\nb ~~ 0.9*c"}, "power_not_positive"),
        ({"population": "f =~ a + b + c\na ~~ 2*a", "cuts": (0,)}, "power_unit_variance"),
        ({"population": "f =~ a + b\nf ~ c"}, "power_structure"),
    ],
)  # fmt: skip
def test_refusals_of_what_is_asked(options, code):
    with pytest.raises(AkhlakError) as caught:
        ak.power_cfa("f =~ a + b + c", 100, **options)
    assert caught.value.code == code and caught.value.hint


def test_an_instrument_is_a_population(bfi_study):
    found = ak.power_cfa(bfi_study.responses.of_dimension("N").instrument, 100, replicates=4)
    assert found.table().query("op == '=~'")["lhs"].eq("N").all()


def test_no_sample_at_all_is_an_error():
    with pytest.raises(AkhlakError) as caught:
        ak.power_cfa("f =~ a + b + c + d", 20, loading=0.1, replicates=10, cuts=(-3, 3))
    assert caught.value.code == "power_all_failed"


def test_a_table_that_says_nothing_on_its_correlation_is_refused():
    """All mass in one row and one column, symmetric: the score of ρ vanishes in every cell that was chosen."""
    cells = {(1, 2): 2, (2, 1): 1, (2, 2): 24, (2, 3): 1, (3, 2): 2}
    frame = pd.DataFrame([pair for pair, n in cells.items() for _ in range(n)], columns=["a", "b"], dtype=float)
    with pytest.raises(AkhlakError) as caught:
        ordinal_moments(frame.to_numpy(), ("a", "b"))
    assert caught.value.code == "flat_association" and caught.value.hint
