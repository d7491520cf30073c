"""A Dask worker that computes the published bits: Dask's own, with the arithmetic pinned first.

    python src/dask_worker.py tcp://scheduler:8786

Options are those of `dask worker`; by default it is one process a core, each with one thread, and
none listens to another machine (docs/scaling.md).
"""

import determinism  # noqa: F401

import sys

from distributed.cli.dask_worker import main

DEFAULTS = ("--nworkers", "-1", "--nthreads", "1", "--host", "127.0.0.1")

if __name__ == "__main__":
    # Of an option given twice the last one counts, so what the user gives wins.
    sys.exit(main(args=[*DEFAULTS, *sys.argv[1:]], prog_name="dask_worker"))
