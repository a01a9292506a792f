"""Prints the peak memory of the parent process of `bench run` on a small and on a large corpus, and their ratio. Linux only.

The corpus repeats three of the built-in pages, each time under an id, url and site of its own, so that every cell is run
and intervals resample as many sites as there are pages. Beside the controls one light extractor runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = 1.2

# The parent writes its own high-water mark when it ends. What the system says of an ended child (wait4's ru_maxrss) is no
# help: it takes in the largest of the workers that the child has waited for.
MEASURED = """
import atexit, pathlib, runpy, sys
target = sys.argv.pop(1)
atexit.register(lambda: pathlib.Path(target).write_text(pathlib.Path("/proc/self/status").read_text()))
runpy.run_module("bench", run_name="__main__", alter_sys=True)
"""

LIGHT = '''"""The first characters of the page, mark-up and all."""
DISTRIBUTIONS = ()
def extractor():
    return lambda page: page.text[:2000]
'''


def repeated(count: int, folder: Path) -> None:
    """Write a native corpus of so many pages. Their files are hard links, so even a large one takes little room."""
    for name in ("corpus", "gold", "originals"):
        (folder / name).mkdir(parents=True)
    smallest = sorted((ROOT / "corpus").glob("*.html"), key=lambda page: page.stat().st_size)[:3]
    originals = []
    for page in smallest:
        gold = ROOT / "gold" / f"{page.stem}.txt"
        copies = [folder / "originals" / file.name for file in (page, gold)]
        for copy, file in zip(copies, (page, gold), strict=True):
            copy.write_bytes(file.read_bytes())
        originals.append(copies)
    for number in range(count):
        page, gold = originals[number % len(originals)]
        name = f"page-{number:06}"
        os.link(page, folder / "corpus" / f"{name}.html")
        os.link(gold, folder / "gold" / f"{name}.txt")
        about = f'url = "https://site-{number:06}.example/"\nkind = "article"\nlanguage = "en"\n'
        (folder / "corpus" / f"{name}.toml").write_text(about, encoding="utf-8")


def peak(pages: int, jobs: int, resamples: int) -> tuple[float, float]:
    """Return the parent's peak in 10^6 bytes and the wall seconds of a run over so many pages."""
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as scratch:
        folder = Path(scratch)
        repeated(pages, folder / "corpus")
        status, light = folder / "status", folder / "light.py"
        light.write_text(LIGHT, encoding="utf-8")
        command = [
            sys.executable, "-c", MEASURED, str(status), "run", "-x", str(light), "--corpus", str(folder / "corpus"),
            "--results", str(folder / "results"), "--jobs", str(jobs), "--resamples", str(resamples),
        ]  # fmt: skip
        before = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - before
        kib = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return kib * 1024 / 1e6, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=200, help="pages of the small corpus (default: %(default)s)")
    parser.add_argument("--large", type=int, default=20_000, help="pages of the large corpus (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="workers at a time (default: %(default)s)")
    parser.add_argument("--resamples", type=int, default=2000, help="of the table's intervals (default: %(default)s)")
    options = parser.parse_args()

    peaks = []
    print("memory: peak of the parent of bench run, workers not counted")
    for pages in (options.small, options.large):
        megabytes, seconds = peak(pages, options.jobs, options.resamples)
        peaks.append(megabytes)
        print(f"  {pages:7,} pages   {megabytes:8.1f} MB   in {seconds:.1f} s", flush=True)
    print(f"  ratio           {peaks[1] / peaks[0]:8.3f}      (target <= {TARGET:g})")


if __name__ == "__main__":
    main()
