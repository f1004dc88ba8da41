"""The drawing board: one style, one palette, one way to the same SVG bytes in both languages."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from akhlak_research.core.errors import EnvironmentProblem
from akhlak_research.core.numbers import format_number
from akhlak_research.core.text import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: inches; A4 between its margins, and the column of a page
WIDTH = 7.0

INK = "#1f2933"
QUIET = "#5b6670"
RULE = "#c9d0d6"
#: told apart without colour vision, each at least 3:1 against white
BLUE, ORANGE, GREEN = "#1f5f99", "#b4530a", "#11734b"

#: low to high answers; every colour has at least 3:1 against the white that separates them
_LOW = ("#7a3409", "#b4530a", "#c97c2a")
_HIGH = ("#5a8fbb", "#1f5f99", "#0b3358")
_MIDDLE = "#868e96"

_STYLE: Any = {
    "svg.hashsalt": "akhlak-research",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "text.usetex": False,
    "axes.unicode_minus": True,
    # the first is what the layout is measured with; the others are narrower, so nothing is cut off where it is absent
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Segoe UI", "Arial", "Helvetica", "sans-serif"],
    "font.size": 9,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "path.simplify": False,
}


@contextmanager
def style() -> Iterator[None]:
    """The house's style while drawing; the settings of whoever else draws are untouched."""
    try:
        import matplotlib
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="matplotlib", extra="report") from error
    with matplotlib.rc_context(), warnings.catch_warnings():
        # the reader's own fonts draw what the measuring font lacks
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        matplotlib.rcdefaults()  # a person's own settings must not change the bytes
        matplotlib.rcParams.update(_STYLE)
        yield


def seaborn() -> Any:
    """seaborn, or an error that says how to install it."""
    try:
        import seaborn as module
    except ImportError as error:
        raise EnvironmentProblem("missing_package", package="seaborn", extra="report") from error
    return module


def canvas(height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """A figure without pyplot, so that the figures of a notebook are left alone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def svg(figure: Figure) -> str:
    """The figure as SVG text: the same bytes every time, without date or program."""
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    drawn = stream.getvalue().decode("utf-8")
    return re.sub(r"<!DOCTYPE.*?>\s*|<metadata>.*?</metadata>\s*", "", drawn, flags=re.S)


def shades(k: int) -> list[str]:
    """Colours of k ordered categories, from one end to the other."""
    if k <= 7:
        half = k // 2
        low, high = _spread(_LOW, half), _spread(_HIGH[::-1], half)[::-1]
        return [*low, *([_MIDDLE] if k % 2 else []), *high]
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("answers", [*_LOW, _MIDDLE, *_HIGH])
    return [to_hex(ramp(at / (k - 1))) for at in range(k)]


def _spread(colours: Sequence[str], count: int) -> list[str]:
    picks = {0: [], 1: [1], 2: [0, 2], 3: [0, 1, 2]}[count]
    return [colours[at] for at in picks]


def ink_on(colour: Any) -> str:
    """Black or white, whichever reads better on a colour (at least 4.5:1 on any)."""
    from matplotlib.colors import to_rgb

    return "black" if contrast((0, 0, 0), to_rgb(colour)) >= contrast((1, 1, 1), to_rgb(colour)) else "white"


def contrast(a: Sequence[float], b: Sequence[float]) -> float:
    """Contrast ratio of two sRGB colours (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: Sequence[float]) -> float:
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in rgb[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def short(words: str, limit: int = 28) -> str:
    """A label that leaves room for the drawing: a longer one keeps its start and end (tables have it whole)."""
    if len(words) <= limit:
        return words
    tail = limit // 3
    return words[: limit - tail - 1].rstrip() + "…" + words[-tail:].lstrip()


def ticks(digits: int, lang: Language) -> Callable[[float, object], str]:
    """Labels of an axis in a language."""
    return lambda value, _position: format_number(value, digits, lang)
