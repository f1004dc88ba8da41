"""Running a stage's notebook on a study, in a fresh kernel, with the same bytes every time."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from akhlak_research.core.errors import StudyError
from akhlak_research.core.files import write_text
from akhlak_research.core.packages import need
from akhlak_research.stages.records import refuse_identifiers

#: seconds that one cell may take
CELL_TIMEOUT = 1800


def execute(notebook: Path, study: Path, out: Path, tick: Callable[[], object] | None = None) -> Path:
    """Execute a notebook with ``STUDY`` set to the study's folder and keep what it showed.

    Parameters
    ----------
    notebook : Path
        Source; its cell tagged ``parameters`` is followed by one that sets ``STUDY``.
    study : Path
        The study's folder.
    out : Path
        Where the executed notebook goes. Written only if every cell succeeded.
    tick : callable, optional
        Called after each cell.

    Raises
    ------
    StudyError
        ``notebook_failed`` with the cell's number and the error it raised; ``notebook_without_parameters``;
        ``identifier_in_output``.
    """
    for package in ("nbformat", "nbclient", "ipykernel"):
        need(package, "report")
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    node = nbformat.read(notebook, as_version=4)
    _inject(node, study, notebook)
    # a kernel of this very environment, whatever kernels the person has registered
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    # the matrices are small: threads would cost more than they give, and could change the last digits
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    manager = AsyncKernelManager(kernel_name="python3", transport_encryption="auto")
    client = NotebookClient(
        node, km=manager, timeout=CELL_TIMEOUT, record_timing=False, resources={"metadata": {"path": str(study)}},
        on_cell_executed=(lambda **_: tick()) if tick else None,
    )  # fmt: skip
    try:
        client.execute(cleanup_kc=True)  # our own manager, so shutting the kernel down is ours to ask
    except CellExecutionError as error:
        raise StudyError("notebook_failed", file=notebook.name, got=f"{error.ename}: {error.evalue}") from error
    except (CellTimeoutError, DeadKernelError) as error:
        raise StudyError("notebook_failed", file=notebook.name, got=str(error)) from error
    node.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    written = nbformat.writes(node)
    refuse_identifiers(written, notebook.name)
    return write_text(out, written)


def _inject(node: Any, study: Path, notebook: Path) -> None:
    import nbformat

    at = [i for i, cell in enumerate(node.cells) if "parameters" in cell.metadata.get("tags", [])]
    if len(at) != 1:
        raise StudyError("notebook_without_parameters", file=notebook.name, got=len(at), expected=1)
    cell = nbformat.v4.new_code_cell(
        f"STUDY = {str(study)!r}", metadata={"tags": ["injected-parameters", "remove-input"]}
    )
    node.cells.insert(at[0] + 1, cell)
    # what readers see is this study's folder, neither the notebook's default nor a path of this computer
    node.cells[at[0]]["source"] = f'STUDY = "{study.resolve().name}"'
    for i, cell in enumerate(node.cells):
        # nbformat draws ids at random, and the same study must give the same bytes
        cell["id"] = hashlib.sha256(f"{notebook.name}/{i}".encode()).hexdigest()[:12]


def count_code_cells(notebook: Path) -> int:
    """Number of code cells (for a progress bar)."""
    nbformat = need("nbformat", "report")

    return 1 + sum(bool(cell.cell_type == "code") for cell in nbformat.read(notebook, as_version=4).cells)
