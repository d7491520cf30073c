"""How a figure comes about: the house style, and what is drawn in it."""

import contextlib
import importlib.util
from pathlib import Path

# Matplotlib obeys the first matplotlibrc that it finds as it is imported, and looks in the working
# folder before all others. Imported from the folder of its own file, it never reads the user's,
# which could even make the import fail.
spec = importlib.util.find_spec("matplotlib")
if spec and spec.origin:
    with contextlib.chdir(Path(spec.origin).parent / "mpl-data"):
        import matplotlib  # noqa: F401
