"""20 dashboard queries over the same blocks, asked of Varve (`up`) and of Debian's Prometheus in turns.

usage: queries.py [--series N] [--rounds N] [--keep FOLDER]      FOLDER keeps the blocks for the next run
"""
import argparse
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "e2e"))
from harness import Scene, check, difference, query_range, run  # noqa: E402
from targets import write_openmetrics  # noqa: E402

# Range queries over the day at a dashboard's resolution; "instant" ones as a rule asks them.
QUERIES = [
    ("range", "sum(rate(om_requests_total[5m]))"),
    ("range", "sum by (job) (rate(om_requests_total[5m]))"),
    ("range", "sum by (instance) (rate(om_requests_total[5m]))"),
    ("range", "sum by (instance, job, path) (rate(om_requests_total[5m]))"),
    ("range", "avg by (job) (om_temperature)"),
    ("range", "max(om_temperature)"),
    ("range", "topk(5, om_temperature)"),
    ("range", "topk(5, rate(om_requests_total[5m]))"),
    ("range", "quantile(0.95, om_temperature)"),
    ("range", "count by (instance) (om_temperature > 50)"),
    ("range", "max_over_time(om_temperature[1h])"),
    ("range", "sum by (job) (increase(om_requests_total[1h]))"),
    ("range", "sum by (job) (avg_over_time(om_temperature[10m]))"),
    ("range", "sum(rate(om_requests_total[5m])) / sum(rate(om_requests_total[1h]))"),
    ("range", 'sum by (path) (rate(om_requests_total{job="job-1"}[5m]))'),
    ("range", 'om_temperature{instance=~"host-1.*",job="job-1"}'),
    ("range", "stddev by (job) (om_temperature)"),
    ("range", "max_over_time(sum(om_temperature)[30m:5m])"),
    ("instant", "sum by (job) (rate(om_requests_total[5m]))"),
    ("instant", "count(om_temperature)"),
]


def ask(base, kind, text, start, end, step):
    params = {"query": text, "start": start, "end": end, "step": step} if kind == "range" else {"query": text, "time": end}
    path = "query_range" if kind == "range" else "query"
    began = time.perf_counter()
    with urllib.request.urlopen(f"{base}/api/v1/{path}", data=urllib.parse.urlencode(params).encode(), timeout=600) as reply:
        reply.read()
    return time.perf_counter() - began


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main(scene):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--series", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--keep")
    args = options.parse_args()

    blocks = pathlib.Path(args.keep or scene.folder / "blocks")
    span = blocks / "span"
    if not span.exists():
        end = int(time.time()) // 86400 * 86400 - 86400
        text = scene.folder / "day.om"
        write_openmetrics(text, args.series, end - 86400, end, 15)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", text, blocks], check=True, stdout=subprocess.DEVNULL)
        text.unlink()
        span.write_text(str(end))
    end = int(span.read_text())
    start, step = end - 86400 + 3600.4, 86400 // 250
    end -= 0.6

    prometheus_data = scene.folder / "prometheus"
    subprocess.run(["cp", "-r", blocks, prometheus_data], check=True)
    prometheus, port = scene.prometheus(data=prometheus_data)
    config = scene.folder / "bucket.yml"
    config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {blocks}}}\n")
    up = scene.varve("up", f"--objstore.config-file={config}", f"--data-dir={scene.folder}/up")
    peers = {"varve": up.url, "prometheus": f"http://127.0.0.1:{port}"}

    for kind, text in QUERIES:  # a first round to warm both, and to see that they agree
        if kind == "range":
            what = difference(query_range(up.url, text, start, end, step), query_range(peers["prometheus"], text, start, end, step))
            check(what is None, f"{text}: {what}")
    times = {name: {q: [] for q in QUERIES} for name in peers}
    for _ in range(args.rounds):
        for query in QUERIES:
            for name, base in peers.items():
                times[name][query].append(ask(base, *query, start, end, step))

    lines = ["| query | varve ms | prometheus ms | times faster |", "|---|---:|---:|---:|"]
    ratios = []
    for kind, text in QUERIES:
        ours, theirs = (statistics.median(times[name][kind, text]) * 1000 for name in ("varve", "prometheus"))
        ratios.append(theirs / ours)
        lines.append(f"| {kind} `{text}` | {ours:.1f} | {theirs:.1f} | {theirs / ours:.2f} |")
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    summary = (f"Geometric mean {mean:.2f} times faster, slowest {min(ratios):.2f}. Resident after the run: varve {up.resident_bytes() / 2**20:.0f} MiB, "
               f"prometheus {prometheus.resident_bytes() / 2**20:.0f} MiB.")
    head = (f"`bench/queries.py`: {args.series} series x 24 h at 15 s, 250 steps, {args.rounds} rounds in turns, medians; "
            f"{os.cpu_count()} cores of {cpu_model()}, Prometheus 2.42 of Debian 12.")
    report = "\n".join(["# Benchmarks", "", head, "", *lines, "", summary, ""])
    print(report)
    (ROOT / "docs" / "benchmarks.md").write_text(report)
    check(min(ratios) >= 1, f"a query is slower than Prometheus: {min(ratios):.2f}")
    check(mean >= 2, f"geometric mean {mean:.2f}, the bar is 2")


if __name__ == "__main__":
    run("bench-queries", main)
