"""The only reader and writer of files: metrics (JSON), plot data (CSV), settings, text, arrays.

What is written is byte-stable, and replaces the old file only when it is whole. What is read must
be a regular file, as a pipe could be waited on for ever. Errors are one line that names the file.
"""

import csv
import hashlib
import io
import json
import math
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from ruamel.yaml import YAML

from workflow.command import UserError

Columns = Mapping[str, Sequence[Any] | np.ndarray]
Table = Mapping[str, NDArray[np.float64]]


def write(path: str | Path, content: bytes | str | Callable[[BinaryIO], object]) -> None:
    """Write bytes, text as UTF-8, or what a function writes into the file; whole or not at all."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error})") from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def read(path: str | Path, limit: int = -1) -> bytes:
    """Return the content of a regular file; of a longer one than `limit` only that many bytes."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UserError(f"{path}: is no regular file")
            return file.read(limit)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from None


def md5(content: bytes) -> str:
    """Return the MD5 of some content, by which DVC knows it, in hexadecimal."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def read_text(path: str | Path) -> str:
    """Return the content of a file in UTF-8, with every kind of line end as "\n"."""
    try:
        return io.TextIOWrapper(io.BytesIO(read(path)), encoding="utf-8").read()
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (byte {error.start})") from None


def stable(value: Any) -> Any:
    """Return `value` with every float at six significant digits. Refuses NaN and infinity."""
    if isinstance(value, Mapping):
        return {str(key): stable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [stable(item) for item in value]
    if isinstance(value, np.generic):
        return stable(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UserError(f"a result is {value}; only finite numbers are published")
        return float(f"{value:.6g}") + 0.0  # + 0.0 turns -0.0 into 0.0
    return value


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON."""
    text = json.dumps(stable(content), indent=2, sort_keys=True, ensure_ascii=False)
    write(path, text + "\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        raise UserError(f"{path}: is not JSON ({error})") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected a JSON object, found {type(content).__name__}")
    return content


def columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows of equal keys, at least one, as columns."""
    rows = list(rows)
    return {name: [row[name] for row in rows] for name in rows[0]}


def write_csv(path: str | Path, columns: Columns) -> None:
    """Write equally long `columns` under their names."""
    write(path, csv_text(columns))


def csv_text(columns: Columns) -> str:
    """Return `columns` as they are written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow(f"{v:.6g}" if isinstance(v, float) else v for v in map(stable, row))
    return text.getvalue()


def read_csv(path: str | Path, names: Iterable[str]) -> Table:
    """Return the named columns, float64, of a table of at least one row, all numbers finite."""
    try:
        header, *rows = [*csv.reader(io.StringIO(read_text(path)), strict=True)] or [[]]
        if not rows or any(len(row) != len(header) for row in rows):
            raise UserError(f"{path}: expected a header, and rows of its length below it")
        columns = dict(zip(header, zip(*rows, strict=True), strict=True))
        table = {name: np.array(columns[name], dtype=np.float64) for name in names}
    except KeyError as error:
        raise UserError(f"{path}: the column {error.args[0]} is missing") from None
    except (ValueError, csv.Error) as error:
        raise UserError(f"{path}: is no table of numbers ({error!s:.80})") from None
    if not all(np.isfinite(column).all() for column in table.values()):
        raise UserError(f"{path}: holds something else than finite numbers")
    return table


def read_yaml(path: str | Path) -> Any:
    """Return what `parse_yaml` finds in a file."""
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, path: str | Path) -> Any:
    """Return the content of a YAML file as DVC sees it: 1e-2 is a number, `no` a text."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except Exception as error:  # of odd tags and keys the reader raises nearly any kind
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else path
        what = getattr(error, "problem", None) or str(error)
        raise UserError(f"{where}: {' '.join(what.split()):.150}") from None
