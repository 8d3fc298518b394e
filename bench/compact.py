#!/usr/bin/env python3
"""Compaction of blocks that follow each other against cp of the same bytes on the same disk, in the same run."""

import argparse
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--blocks", type=int, default=12, help="of two hours")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", help="where the blocks are kept; a temporary one if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="varve-bench-") as scratch:
        directory = options.directory or scratch
        subprocess.run([ROOT / "build/release/bench_compact", directory, str(options.series), str(options.blocks),
                        str(options.rounds)], check=True)


if __name__ == "__main__":
    main()
