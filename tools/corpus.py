#!/usr/bin/env python3
"""Keeps, of the inputs that fuzzing has found, those that reach code which nothing in the tree reaches.

    tools/corpus.py [CACHE]

CACHE is where they are, by import path and target: $(go env GOCACHE)/fuzz unless told otherwise. What is chosen is copied to
testdata/fuzz of each package, where go test runs it as a seed. Nothing is taken away there.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MOST = 40  # files of a target
LARGEST = 4096  # bytes of a file

ROOT = pathlib.Path(__file__).resolve().parent.parent


def go(*arguments):
    return subprocess.run(["go", *arguments], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def targets():
    """The fuzz targets of each package's directory."""
    found = collections.defaultdict(list)
    for file in sorted(ROOT.rglob("*_test.go")):
        if file.relative_to(ROOT).parts[0] != "e2e":
            found[file.parent.relative_to(ROOT)] += re.findall(r"^func (Fuzz\w+)", file.read_text(), re.M)
    return {directory: names for directory, names in found.items() if names}


def reached(program, directory, pattern):
    """The blocks of code that the subtests of a target reach whose names match, or None if one fails."""
    with tempfile.NamedTemporaryFile() as profile:
        run = [program, "-test.run", pattern, "-test.coverprofile", profile.name]
        if subprocess.run(run, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            return None
        lines = pathlib.Path(profile.name).read_text().splitlines()[1:]
        return {line.split()[0] for line in lines if not line.endswith(" 0")}


def choose(blocks, sizes, known, most):
    """Names that add to what is known, the one that adds most first, and of those that add as much the smallest."""
    chosen = []
    while blocks and len(chosen) < most:
        blocks = {name: new for name, reaches in blocks.items() if (new := reaches - known)}
        if blocks:
            best = min(blocks, key=lambda name: (-len(blocks[name]), sizes[name], name))
            chosen.append(best)
            known = known | blocks.pop(best)
    return chosen


def keep(pool, program, tree, directory, target, cache):
    """Chooses for one target. The inputs are tried in a copy of the tree."""
    seeds = ROOT / directory / "testdata/fuzz" / target
    there = {file.name for file in seeds.glob("*")}
    found = {file.name: file for file in (cache / target).glob("*") if file.name not in there and file.stat().st_size <= LARGEST}
    known = reached(program, tree / directory, f"^{target}$")
    if known is None:
        sys.exit(f"{directory} {target} fails")
    trial = tree / directory / "testdata/fuzz" / target
    trial.mkdir(parents=True, exist_ok=True)
    for name, file in found.items():
        shutil.copy(file, trial / name)
    blocks = dict(zip(found, pool.map(lambda name: reached(program, tree / directory, f"^{target}$/^{name}$"), found)))
    for name in [name for name in found if blocks[name] is None]:
        print(f"{directory} {target} fails: {found[name]}")
        del blocks[name]
    chosen = choose(blocks, {name: file.stat().st_size for name, file in found.items()}, known, MOST - len(there))
    for name in chosen:
        seeds.mkdir(parents=True, exist_ok=True)
        shutil.copy(found[name], seeds / name)
    print(f"{directory} {target}: {len(there)} files, {len(chosen)} more of {len(found)}", flush=True)


def main():
    cache = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else go("env", "GOCACHE") + "/fuzz") / go("list", "-m")
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        tree, program = pathlib.Path(work) / "tree", pathlib.Path(work) / "test"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "bin", "node_modules", "daypass-data"))
        for directory, names in targets().items():
            if not (cache / directory).is_dir():
                continue
            go("test", "-c", "-coverpkg=./...", "-o", str(program), f"./{directory}")
            for target in names:
                keep(pool, program, tree, directory, target, cache / directory)


main()
