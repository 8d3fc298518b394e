#!/usr/bin/env python3
"""Downsampling to 5 m and 1 h in one pass against decoding the same chunks and nothing else, on one core.

    python3 bench/downsample.py [--series 2000] [--hours 48] [--runs 5]

Floats first, then native histograms. Fails below 30 % of the speed of decoding.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
END_MS = 1_699_977_600_000  # a midnight


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as scratch:
        raw = pathlib.Path(scratch) / "raw"
        subprocess.run([BUILD / "bench_blocks", raw, str(options.series), str(END_MS), str(options.hours)],
                       check=True, stdout=subprocess.DEVNULL)
        for kind in ("floats", "native"):
            (block,) = (raw / kind).iterdir()
            run = subprocess.run([BUILD / "bench_downsample", block, pathlib.Path(scratch) / "made", str(options.runs)],
                                 check=True, stdout=subprocess.PIPE, text=True)
            print(f"{kind}: {run.stdout}")
            slow |= int(re.search(r"(\d+) % of that", run.stdout).group(1)) < 30
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
