"""Published figures: Bland and Altman's peak flow meters (1986, table 1), the measured pairs and what they report."""

import pandas as pd
import pytest

import akhlak_research as ak

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
AGAIN = [490, 397, 512, 401, 470, 611, 415, 431, 638, 429, 420, 633, 275, 492, 165, 372, 421]


def test_repeatability_of_the_wright_meter():
    """They report a within-subject standard deviation of 15.3 l/min: √(Σd²/2n), which adds what shift there is."""
    found = ak.test_retest(pd.Series(WRIGHT, dtype=float), pd.Series(AGAIN, dtype=float))
    d = pd.Series(AGAIN) - pd.Series(WRIGHT)
    within = (float((d**2).sum()) / (2 * len(d))) ** 0.5
    assert within == pytest.approx(15.3, abs=0.05)
    # the analysis of variance gives the same to the shift's degree of freedom
    assert found.sem_agreement.estimate == pytest.approx(within, rel=0.02)
