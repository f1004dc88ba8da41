"""p-values adjusted for each other: statsmodels gives the same, and a test that was not made does not count."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from akhlak_research.measure.multiplicity import ADJUSTMENTS

P = np.array([0.04, 0.001, 0.3, 0.011, 0.04, 0.9])


@pytest.mark.parametrize(("name", "theirs"), [("holm", "holm"), ("benjamini-hochberg", "fdr_bh")])
def test_statsmodels_gives_the_same(name, theirs):
    np.testing.assert_allclose(ADJUSTMENTS[name].adjust(P), multipletests(P, method=theirs)[1], rtol=1e-12)


def test_a_test_that_was_not_made_does_not_count():
    adjusted = ADJUSTMENTS["holm"].adjust(np.insert(P, 2, np.nan))
    np.testing.assert_array_equal(adjusted, np.insert(ADJUSTMENTS["holm"].adjust(P), 2, np.nan))
