"""What all tests share: the repository's root, the real answers."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def bfi():
    """The 25 items of 2,800 real respondents, as read from the shipped file."""
    import pandas as pd

    frame = pd.read_csv(ROOT / "data" / "bfi" / "responses.csv")
    return frame[[f"{scale}{i}" for scale in "ACENO" for i in range(1, 6)]]


@pytest.fixture(scope="session")
def bfi_study():
    import akhlak_research as ak

    return ak.Study(ROOT / "data" / "bfi")
