"""Random numbers that can be drawn again: every random result carries its seed, and nothing seeds globally."""

from __future__ import annotations

from typing import TYPE_CHECKING

from akhlak_research.core.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np


def generator(rng: int | np.random.Generator | None) -> tuple[np.random.Generator, int | None]:
    """A generator and the seed that remakes it.

    Parameters
    ----------
    rng : int, Generator or None
        A seed; a generator (used as it is, its seed unknown: None is returned); None draws a fresh seed.

    Returns
    -------
    generator, seed
    """
    import numpy as np

    if isinstance(rng, np.random.Generator):
        return rng, None
    if rng is None:
        rng = int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(rng, bool) or not hasattr(rng, "__index__") or rng < 0:
        raise ArgumentError("seed_invalid", got=rng, expected="int ≥ 0, numpy.random.Generator, None")
    return np.random.default_rng(int(rng)), int(rng)
