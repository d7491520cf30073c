"""Has this folder the published bits? If not: which files differ, where, and by how much.

    python src/verify.py            beside what the last commit publishes
    python src/verify.py v1.0       beside what another revision publishes

On x86-64 every bit must be the same. Elsewhere numbers may differ within the limits that
tolerance.py states. What was made with other settings than the published is shown, not judged.
"""

import determinism

import argparse
import platform
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from verifying import tolerance
from verifying.deviation import cells, largest
from verifying.published import (
    NotPublished,
    Output,
    changed_inputs,
    of_other_settings,
    outputs,
    overlap,
)

# From the worst to the best, as in the table.
MISSING, DIFFERS, OTHER, WITHIN, SAME = STATUSES = (
    "missing",
    "differs",
    "other settings",
    "within tolerance",
    "same bits",
)


class Finding(NamedTuple):
    """What became of one published file; `size` and `where`: see deviation.Deviation."""

    path: str
    status: str
    size: float | None = None
    where: str = ""


def examine(output: Output, excused: Collection[str], exact: bool) -> Finding:
    """Compare a file with its published version. Raises OSError.

    excused: the outputs made with other settings; exact: whether every bit must be the same.
    """
    path = output.path
    try:
        if output.is_same():
            return Finding(path, SAME)
    except FileNotFoundError:
        return Finding(path, MISSING)
    if output.content is None:
        size, where, reason = None, f"its MD5 is not {output.md5}", tolerance.outside(path, {}, {})
    else:
        published, here = cells(path, output.content), cells(path, Path(path).read_bytes())
        size, where = largest(published, here)
        reason = tolerance.outside(path, published, here)
    if any(overlap(path, other) for other in excused):
        return Finding(path, OTHER, size, where)
    if exact:
        return Finding(path, DIFFERS, size, where)
    return Finding(path, DIFFERS if reason else WITHIN, size, reason or where)


def table(findings: Sequence[Finding]) -> list[str]:
    """A line a file, the worst first; the second column is the largest relative deviation."""
    rows = [("file", "", "deviation", "where (published -> here)")]
    for found in sorted(findings, key=lambda f: STATUSES.index(f.status)):
        size = "" if found.size is None else f"{found.size:.1e}"
        rows.append((found.path, found.status, size, found.where))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return [
        f"{path:<{widths[0]}}  {status:<{widths[1]}}  {size:>{widths[2]}}  {where}".rstrip()
        for path, status, size, where in rows
    ]


def verdict(findings: Sequence[Finding]) -> tuple[bool, str]:
    """Whether the published results are reproduced, and the line that says so."""
    counts = Counter(found.status for found in findings)
    good = not counts[MISSING] and not counts[DIFFERS] and bool(counts[SAME])
    name = "identical" if not counts[WITHIN] else "within tolerance"
    listed = ", ".join(f"{counts[s]} {s}" for s in reversed(STATUSES) if counts[s])
    name = name if good else "not reproduced"
    return good, f"{name} on {platform.machine()}: {len(findings)} published files, {listed}"


def main() -> None:
    """Print the table where there is something to see, and the verdict; exit with 1 if not good."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision", nargs="?", default="HEAD", help="default: the last commit")
    revision = parser.parse_args().revision
    try:
        excused = of_other_settings(revision)
        findings = [examine(out, excused, determinism.IS_X86) for out in outputs(revision)]
        changed = changed_inputs(revision)
    except (NotPublished, OSError) as error:
        sys.exit(f"verify: {error}")
    if any(found.status != SAME for found in findings):
        print("\n".join(table(findings)))
        if changed:
            print(f"verify: not as in {revision}: {', '.join(changed)}")
    good, text = verdict(findings)
    print(f"verify: {text}")
    if any(found.status == MISSING for found in findings):
        print("verify: `make reproduce` makes what is missing")
    sys.exit(not good)


if __name__ == "__main__":
    main()
