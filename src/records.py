"""The only reader and writer of metrics (JSON), plot data (CSV) and generated text.

Output is byte-stable: sorted keys, six significant digits, "\\n" line ends, no clock. Every file is
written beside its final name first and then renamed over it, so that a fault leaves the old file.
"""

import csv
import errno
import glob
import io
import json
import math
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Columns = Mapping[str, Sequence[Any] | np.ndarray]


def write_atomically(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file, then give it the name `path` in one step.

    A link at `path` is replaced, never written through. Raises OSError naming `path`; the old file
    is then whole.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*"):  # by a killed process
            left.unlink()
        _write_and_rename(path, write)
    except OSError as error:
        # Which temporary file it was helps nobody, and some errors name no file at all.
        number, reason = error.errno or errno.EIO, error.strerror or str(error)
        raise OSError(number, reason, str(path)) from None


def _write_and_rename(path: Path, write: Callable[[BinaryIO], object]) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all. Raises OSError."""
    write_atomically(path, lambda file: file.write(data))


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, whole or not at all. Raises OSError."""
    write_bytes(path, text.encode())


def stable(value: Any) -> Any:
    """`value` with every float at six significant digits; NaN and infinity raise ValueError."""
    if isinstance(value, Mapping):
        return {str(key): stable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [stable(item) for item in value]
    if isinstance(value, np.generic):
        return stable(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a result is {value}; only finite numbers are published")
        return float(f"{value:.6g}") + 0.0  # + 0.0 turns -0.0 into 0.0
    return value


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON. Raises ValueError for NaN or infinity, OSError."""
    text = json.dumps(stable(content), indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object. Raises OSError, ValueError naming the file."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not JSON ({error})") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def write_csv(path: str | Path, columns: Columns) -> None:
    """Write equally long `columns` under their names. Raises ValueError, OSError."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(f"{v:.6g}" if isinstance(v, float) else v for v in map(stable, row))
    write_text(path, text.getvalue())


def read_csv(path: str | Path) -> dict[str, np.ndarray]:
    """Read the columns of a CSV file: float64 where every value is a number, else str.

    Raises OSError, ValueError naming the file when it has no header or a ragged row.
    """
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError(f"{path}: expected a header and rows of its length")
    columns = {}
    for i, name in enumerate(rows[0]):
        text = np.array([row[i] for row in rows[1:]], dtype=str)
        try:
            columns[name] = text.astype(np.float64)
        except ValueError:
            columns[name] = text
    return columns
