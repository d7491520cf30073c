"""A random walk over what users type, hurried or hostile, in one clone of a small project.

After every step there was no traceback, a refusal of a script is one line, and `verify` is right
about the folder. In between and at the end, the README's way back brings every published bit back.
`make walk STEPS=200 SEED=7` walks as far as one likes, and a walk that failed once more.
"""

import os
import random
import re
import signal

import pytest
import small_model
from PIL import Image
from processes import members, wait_until
from projects import Done, copy_of, must, run, start
from ruamel.yaml import YAML

pytestmark = pytest.mark.walk

STEPS = int(os.environ.get("STEPS") or 20)
SEED = int(os.environ.get("SEED") or random.randrange(10**6))  # noqa: S311
# An experiment changes some of these; one of the bad ones is enough for a refusal.
GOOD = (
    *("hidden=5", "hidden=[7,6]", "activation=relu", "init=he", "learning_rate=1e-2", "seeds=1"),
    *("momentum=0.5", "nesterov=true", "epochs=2", "batch_size=16", "validation_images=300"),
    "variants.yaml:variants.plain.hidden=4",
)
BAD = (
    *("hidden=0", "hidden=[4,0]", "hidden=4,5", "hidden=two", "activation=gelu", "momentum=1"),
    *("learning_rate=nan", "learning_rate=-1", "epochs=1.5", "batch_size=641", "shuffle=2"),
    *("seeds=", "hiden=3", "+hiden=3", "~hidden", "variants.yaml:variants.plain.init=0"),
)
COMMANDS = (
    *("dvc repro", "dvc repro", "dvc repro train", "dvc repro --force normalize"),
    *("dvc checkout", "dvc status", "dvc metrics diff", "dvc exp show --csv", "dvc gc -w -f"),
    *("dvc exp apply NAME", "dvc exp branch NAME BRANCH", "dvc exp remove NAME"),
    *("dvc exp apply nobody", "dvc repro nothing", "dvc exp run --name main train"),
    *("git stash", "git stash pop", "git restore .", "git restore params.yaml", "make clean"),
    *("python src/ask.py", "python src/ask.py plain", "python src/ask.py NAME"),
    *("python src/predict.py seven.png", "python src/predict.py params.yaml nothing.png"),
    *("python src/train.py plain", "python src/compare.py", "rm -r metrics", "rm -r data"),
)
STAGE = ("check_settings", "download", "normalize", "check_gradients", "train", "compare")


class Walk:
    """A clone, the files that are published of it, and a source of chance."""

    def __init__(self, published, folder, chance):
        must(folder, "git", "clone", "--quiet", str(published), "clone")
        self.folder, self.published, self.chance = copy_of(folder / "clone", "Makefile"), {}, chance
        for name in ("metrics", "plots", "data/normalized", "models"):
            for file in (published / name).rglob("*"):
                if file.is_file() and file.name != ".gitignore":
                    self.published[str(file.relative_to(published))] = file.read_bytes()
        self.settings = self.networks()
        pixels = small_model.pixels("t10k", 1)[0][0]  # a seven
        Image.fromarray(255 - pixels).save(self.folder / "seven.png")

    def networks(self):
        """What the two files of settings say of each network; None where they cannot be read."""
        files = (self.folder / name for name in ("params.yaml", "variants.yaml"))
        try:
            own, others = (YAML(typ="safe").load(file) for file in files)
            return {"train": own, **others["variants"]}
        except Exception:
            return None

    def command(self):
        """The words of a command, and how it is to end: by itself, or by a signal."""
        words = self.chance.choice(COMMANDS)
        if self.chance.random() < 0.3:
            settings = self.chance.sample(GOOD, self.chance.randint(1, 2))
            if self.chance.random() < 0.4:
                settings[-1] = self.chance.choice(BAD)  # of two of a knob, the last counts
            words = " ".join(["dvc exp run", *(f"-S {setting}" for setting in settings)])
        experiments = run(self.folder, "dvc", "exp", "list", "--name-only").stdout.split()
        name = self.chance.choice([*experiments, "main"])
        words = words.replace("NAME", name).replace("BRANCH", f"b{self.chance.randrange(10**6)}")
        how = self.chance.choice((signal.SIGINT, signal.SIGKILL))
        killed = self.chance.random() < 0.2 and re.match("dvc (repro|exp run)", words)
        return words.split(), how if killed else None

    def kill(self, words, how):
        """Begin a command, and send a signal to all its processes when a stage has begun."""
        process = start(self.folder, *words, PYTHONUNBUFFERED="1")
        stage = self.chance.choice(STAGE)
        any(f"Running stage '{stage}'" in line for line in process.stdout)
        while process.poll() is None:  # between two stages the first Ctrl-C may be nobody's
            os.killpg(process.pid, how)
            wait_until(lambda: process.poll() is not None, 5)
        out, err = process.communicate()
        assert wait_until(lambda: not members(process.pid))
        return Done(words, process.returncode, out, err)

    def step(self):
        words, how = self.command()
        print("$", *words, how.name if how else "", flush=True)
        done = self.kill(words, how) if how else run(self.folder, *words)
        print(done.returncode, done.stderr[-500:], flush=True)
        text = done.stdout + done.stderr
        assert "unexpected error" not in text
        if how != signal.SIGINT:  # which may meet a program that is just starting
            assert "Traceback" not in text
        if words[0] == "python" and done.returncode:
            assert done.stderr.count("\n") == 1 or words[-1] == "nothing.png"
        if not how and any(setting in words for setting in BAD):
            assert done.returncode != 0
            assert re.search(r"^(check_settings: .*(allowed|mean)|ERROR: )", text, re.MULTILINE)
        self.judge()

    def judge(self):
        """`verify` must say what a comparison of bytes and settings says."""
        now = self.networks()
        changed = [n for n in self.settings if now is None or now.get(n) != self.settings[n]]
        files = {path: self.folder / path for path in self.published}
        missing = [path for path, file in files.items() if not file.is_file()]
        other = [
            p for p in files if p not in missing and files[p].read_bytes() != self.published[p]
        ]
        excused = [*changed, *(["comparison"] if {*changed} - {"train"} else [])]
        wrong = [path for path in other if path.split("/")[-1].split(".")[0] not in excused]
        done = run(self.folder, "python", "src/verify.py")
        good = not (missing or wrong)
        assert (done.returncode == 0) == good, (done.stdout, done.stderr, missing, wrong)
        assert ("identical" in done.stdout) == (good and not other), done.stdout

    def go_home(self):
        """The README's words, after which all is as published.

        Where Git takes a changed file for unchanged, those of docs/reliability.md too.
        """
        must(self.folder, "git", "restore", ".")
        must(self.folder, "dvc", "repro", "train")
        must(self.folder, "dvc", "repro")
        assert "identical" in must(self.folder, "python", "src/verify.py")


def test_a_random_walk_ends_where_it_began(published, tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_MIRROR", str(published / "data/raw"))
    print(f"make walk STEPS={STEPS} SEED={SEED}")
    walk = Walk(published, tmp_path, random.Random(SEED))  # noqa: S311
    for number in range(STEPS):
        walk.step()
        if number % 10 == 9:
            walk.go_home()
    walk.go_home()
