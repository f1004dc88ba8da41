"""The six stages, in the order BRIN gave them: number, notebook, name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from akhlak_research.core.errors import ArgumentError
from akhlak_research.core.text import Language, text


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the six stages."""

    number: int
    slug: str

    def name(self, lang: Language | None = None) -> str:
        """The stage's name in a language."""
        return text(f"stage.{self.number}", lang)

    @property
    def notebook(self) -> Path | None:
        """Its notebook, or None while the workbench has none for it."""
        path = notebook_folder() / f"{self.slug}.ipynb"
        return path if path.is_file() else None


STAGES = (
    Stage(1, "01_kajian_konseptual"),
    Stage(2, "02_kerangka_metode"),
    Stage(3, "03_pembuatan_instrumen"),
    Stage(4, "04_uji_coba"),
    Stage(5, "05_evaluasi_instrumen"),
    Stage(6, "06_rilis_final"),
)


def notebook_folder() -> Path:
    """The notebooks: ``notebooks/`` of the checkout, or the copy that an installation carries."""
    checkout = Path(__file__).resolve().parents[2] / "notebooks"
    return checkout if checkout.is_dir() else Path(str(files("akhlak_research"))) / "notebooks"


def stage(number: int) -> Stage:
    """A stage by its number."""
    found = [entry for entry in STAGES if entry.number == number]
    if not found:
        raise ArgumentError("unknown_choice", argument="stage", got=number, expected=[s.number for s in STAGES])
    return found[0]
