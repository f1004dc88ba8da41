"""Where the six stages of a study stand, in words and as a picture of six marks in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from akhlak_research.core.text import Language, text
from akhlak_research.stages.catalogue import Stage
from akhlak_research.stages.gates import Gate, Status, Verdict

#: ``changed``: run, but its notebook, an input or the program is no longer what it was then
State = Literal["done", "waiting", "changed", "ready", "blocked", "no_notebook"]

#: a filled mark where the stage may be left behind, a half one where people must look, an empty one where it waits
_MARKS = {"done": "●", "waiting": "◐", "changed": "◌", "ready": "○", "blocked": "○", "no_notebook": "·"}
_PLAIN_MARKS = {"done": "#", "waiting": "!", "changed": "~", "ready": "o", "blocked": "o", "no_notebook": "."}


@dataclass(frozen=True, slots=True)
class StageStatus:
    """Where a stage stands.

    Attributes
    ----------
    stage : Stage
    state : {"done", "waiting", "changed", "ready", "blocked", "no_notebook"}
        ``blocked``: not run, and an earlier stage waits for a decision.
    executed : Path or None
        Its executed notebook.
    gate : Gate or None
        Its verdicts, once it was run.
    """

    stage: Stage
    state: State
    executed: Path | None = None
    gate: Gate | None = None

    @property
    def waiting(self) -> tuple[Verdict, ...]:
        """Verdicts for which the next stage waits."""
        return self.gate.open if self.gate else ()

    @property
    def verdict(self) -> Status | None:
        """The worst verdict of its gate; None before it was run, and where no criterion has a cut-off."""
        return self.gate.status if self.gate else None

    def findings(self, lang: Language | None = None) -> list[str]:
        """The criteria of the gate, a sentence each: what was judged, how it came out, what was decided."""
        return [_sentence(verdict, lang) for verdict in self.gate.verdicts] if self.gate else []


def _sentence(verdict: Verdict, lang: Language | None) -> str:
    counts = [(status, verdict.count(status)) for status in ("supported", "review", "insufficient")]
    there = [(text(f"status.verdict.{name}", lang), n) for name, n in counts if n]
    single = sum(n for _, n in there) == 1  # one finding needs no number
    parts = [word if single else text("status.count", lang, n=n, verdict=word) for word, n in there]
    line = f"{verdict.criterion.words.say(lang)}: {', '.join(parts) or text('status.verdict.descriptive', lang)}"
    if verdict.decision:
        return text("status.decided", lang, line=line, choice=verdict.decision.say(lang))
    return text("status.undecided", lang, line=line) if verdict.open else line


def picture(statuses: Sequence[StageStatus], encoding: str = "utf-8") -> list[str]:
    """Lines of a terminal: the marks of the stages on a path, then each stage with its state and findings.

    An encoding that lacks the marks (an old Windows console) gets plain ones.
    """
    marks, line = _MARKS, "━━━━"
    try:
        "".join([*_MARKS.values(), line]).encode(encoding)
    except UnicodeEncodeError:
        marks, line = _PLAIN_MARKS, "----"
    path = line.join(marks[status.state] for status in statuses)
    numbers = "    ".join(str(status.stage.number) for status in statuses)
    lines = [f"  {path}", f"  {numbers}", ""]
    for status in statuses:
        mark, name = marks[status.state], status.stage.name()
        lines.append(f"  {mark} {status.stage.number} {name:28} {text('status.' + status.state)}")
        lines += [f"        {sentence}" for sentence in status.findings()]
    return lines
