"""Cross tables: scipy's χ², R's svychisq, corrected V, labels, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats.contingency import association

import akhlak_research as ak
from akhlak_research.core.errors import ArgumentError, DataError
from akhlak_research.core.results import Unavailable


@pytest.fixture(scope="module")
def answers(root):
    return ak.Study(root / "data" / "bfi").responses


def spread(table):
    """People of a table of counts as two columns."""
    a, b = np.indices(table.shape)
    return pd.DataFrame({"a": np.repeat(a.ravel(), table.ravel()), "b": np.repeat(b.ravel(), table.ravel())})


TABLE = np.array([[12, 30, 7], [22, 14, 9]])


def test_people_percent_and_chisq(answers):
    found = ak.cross_table(answers, "gender", "education")
    raw = pd.crosstab(answers.groups["gender"], answers.groups["education"])
    assert (found.people == raw.to_numpy()).all()
    assert found.counts("en").index.tolist() == ["Male", "Female"]
    np.testing.assert_allclose(found.percent.sum(axis=1), 100)
    theirs = stats.chi2_contingency(raw, correction=False)
    assert found.statistic == pytest.approx(theirs.statistic, rel=1e-12)
    assert found.pvalue == pytest.approx(theirs.pvalue, rel=1e-10)
    assert (found.inputs.n_rows, found.inputs.n_used) == (2800, int(raw.to_numpy().sum()))


def test_weighted_test_is_svychisq(root):
    """Figures of survey 4.1 ``svychisq(statistic="F")`` on these people and weights (tests/reference/cross_table.R)."""
    theirs = json.loads((root / "tests" / "reference" / "cross_table.json").read_text())
    people = spread(TABLE)
    w = 1 + np.arange(len(people)) * 7 % 5
    found = ak.cross_table(people, "a", "b", weights=w)
    mine = [found.statistic, found.df, found.df_error, found.pvalue]
    assert mine == pytest.approx([theirs[k] for k in ("F", "ndf", "ddf", "p")], rel=1e-8)
    np.testing.assert_allclose(found.percent / 100, np.array(theirs["row_share"]), rtol=1e-10)
    named = ak.cross_table(people.assign(w=w), "a", "b", weights="w")
    assert named.record() == found.record()
    again = ak.cross_table(people, "a", "b", weights=w * 9.0)
    assert again.statistic == pytest.approx(found.statistic, rel=1e-12)
    assert again.inputs.digest == found.inputs.digest


def test_equal_weights_give_pearson_over_its_mean_design_effect():
    people = spread(TABLE)
    plain, equal = ak.cross_table(people, "a", "b"), ak.cross_table(people, "a", "b", weights=np.full(len(people), 3.0))
    assert (equal.people == plain.people).all()
    np.testing.assert_allclose(equal.percent, plain.percent)
    # drawn with equal chances the design effects are about 1: 1.1 percent here
    assert equal.statistic * 2 == pytest.approx(plain.statistic, rel=0.015)


def test_residuals_are_those_of_haberman():
    found = ak.cross_table(spread(TABLE), "a", "b")
    n, row, column = TABLE.sum(), TABLE.sum(axis=1), TABLE.sum(axis=0)
    for i, j in np.ndindex(TABLE.shape):
        e = row[i] * column[j] / n
        expected = (TABLE[i, j] - e) / np.sqrt(e * (1 - row[i] / n) * (1 - column[j] / n))
        assert found.residuals[i, j] == pytest.approx(expected, rel=1e-12)


def test_v_is_corrected_and_its_limits_invert_the_noncentral_chisq():
    found = ak.cross_table(spread(TABLE), "a", "b").cramers_v
    n, (r, c) = TABLE.sum(), TABLE.shape
    raw = association(TABLE, method="cramer")
    phi = raw**2 * min(r - 1, c - 1) - (r - 1) * (c - 1) / (n - 1)
    correct = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    assert found.estimate == pytest.approx(np.sqrt(phi / correct), rel=1e-12)
    statistic = stats.chi2_contingency(TABLE, correction=False).statistic
    for limit, tail in ((found.interval.low, 0.975), (found.interval.high, 0.025)):
        noncentrality = n * (limit**2 * correct + 2 / (n - 1)) - 2
        assert stats.ncx2.cdf(statistic, 2, noncentrality) == pytest.approx(tail, abs=1e-7)


def test_unrelated_variables_have_no_v():
    even = ak.cross_table(spread(np.full((3, 3), 20)), "a", "b")
    assert even.cramers_v.estimate == 0
    assert even.pvalue == pytest.approx(1)


def test_shares_of_columns_and_of_all():
    people = spread(TABLE)
    np.testing.assert_allclose(ak.cross_table(people, "a", "b", of="column").percent.sum(axis=0), 100)
    assert ak.cross_table(people, "a", "b", of="all").percent.sum() == pytest.approx(100)


def test_small_cells_are_named_and_can_be_hidden():
    found = ak.cross_table(spread(np.array([[40, 3], [35, 28]])), "a", "b")
    assert [notice.code for notice in found.notices] == ["small_cells"]
    assert found.notices[0].values["cells"] == ["0 × 1: 3"]
    assert ak.protect(found.counts()).n_small == 1
    thin = ak.cross_table(spread(np.array([[40, 1], [35, 2]])), "a", "b")
    assert "expected_small" in [notice.code for notice in thin.notices]


def test_one_category_has_no_test():
    found = ak.cross_table(pd.DataFrame({"a": ["x"] * 12, "b": list("pq") * 6}), "a", "b")
    assert isinstance(found.pvalue, Unavailable)
    assert isinstance(found.cramers_v, Unavailable)
    assert found.table()["n"].tolist() == [6, 6]


@pytest.mark.parametrize(
    ("options", "error", "code"),
    [
        ({"columns": "zzz"}, ArgumentError, "by_unknown"),
        ({"columns": "a"}, ArgumentError, "same_variable"),
        ({"of": "rows"}, ArgumentError, "unknown_choice"),
        ({"weights": "nowhere"}, ArgumentError, "weights_unknown"),
        ({"weights": [-1.0] * 94}, DataError, "weights_invalid"),
        ({"weights": [1.0]}, DataError, "weights_invalid"),
        ({"weights": [0.0] * 94}, DataError, "no_rows"),
        ({"columns": "many"}, DataError, "too_many_categories"),
    ],
)
def test_what_it_refuses(options, error, code):
    people = spread(TABLE).assign(many=lambda f: np.arange(len(f)))
    with pytest.raises(error) as caught:
        ak.cross_table(people, **({"rows": "a", "columns": "b"} | options))
    assert caught.value.code == code
