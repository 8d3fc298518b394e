"""A real store and query over downsampled blocks alone, of a replica pair too: aligned windows have the values of the raw samples, and lines have no gaps."""
import json
import shutil
import subprocess
import time

from compact import HOUR, compact, put_blocks
from harness import api, check, difference, instant, query_range, run

ALIGNED = [f"{function}_over_time(om_temperature{{cluster=\"CLUSTER\"}}[{window}])" for function in ("sum", "count", "avg", "min", "max")
           for window in ("1h", "6h")] + ["sum by (job) (count_over_time(om_requests_total{cluster=\"CLUSTER\"}[6h]))",
                                          "max(max_over_time(om_requests_total{cluster=\"CLUSTER\"}[1h]))"]
# Of what counters rose there is no equal in raw data: PromQL extrapolates to the edges of a window.
LINES = ["rate(om_requests_total{cluster=\"CLUSTER\"}[5m])", "om_temperature{cluster=\"CLUSTER\"}", "avg_over_time(om_temperature{cluster=\"CLUSTER\"}[5m])"]


def serve(scene, name, config):
    store = scene.varve("store", f"--data-dir={scene.folder}/{name}-store", f"--objstore.config-file={config}", name=f"{name}-store")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.replica-label=replica", name=f"{name}-query")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    return query


def resolution(block):
    return json.loads((block / "meta.json").read_text())["thanos"]["downsample"]["resolution"]


def keep_only(bucket, wanted, folder):
    """A bucket with the live blocks of one resolution, and its config."""
    for block in bucket.iterdir():
        if (block / "meta.json").exists() and not (block / "deletion-mark.json").exists() and resolution(block) == wanted:
            shutil.copytree(block, folder / block.name)
    config = folder.with_suffix(".yml")
    config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {folder}}}\n")
    return config


def scenario(scene):
    bucket = scene.folder / "bucket"
    config = scene.bucket_config(bucket)
    now = int(time.time()) // (2 * HOUR) * 2 * HOUR - 45 * 24 * HOUR  # old enough for both resolutions
    put_blocks(scene, bucket, "plain", now, 30, 1)
    for replica in "ab":
        put_blocks(scene, bucket, "twins", now, 30, 2, replica)
    done = subprocess.run(compact(scene, config), capture_output=True, text=True)
    check(done.returncode == 0, f"compact ended with {done.returncode}: {done.stderr[-2000:]}")
    raw = serve(scene, "raw", keep_only(bucket, 0, scene.folder / "raw"))
    compared, failures = 0, []
    for ms, flag in ((300_000, "5m"), (3_600_000, "1h")):
        blocks = scene.folder / f"only-{flag}"
        only = serve(scene, f"only-{flag}", keep_only(bucket, ms, blocks))
        check(any(blocks.iterdir()), f"there are blocks of {flag}")
        for cluster in ("plain", "twins"):
            for text in (t.replace("CLUSTER", cluster) for t in ALIGNED):
                for hours in (2, 5, 11, 20):
                    moment = now - hours * HOUR - 0.001  # the last millisecond of a window
                    compared += 1
                    if what := difference(instant(only.url, text, moment, max_source_resolution=flag), instant(raw.url, text, moment), ()):
                        failures.append(f"{flag}: {text} at {moment}: {what}")
            for text in (t.replace("CLUSTER", cluster) for t in LINES):
                span = (now - 22 * HOUR, now - 2 * HOUR, 300)
                line = query_range(only.url, text, *span, max_source_resolution=flag)["data"]["result"]
                want = query_range(raw.url, text, *span)["data"]["result"]
                check(len(line) == len(want) and line, f"{flag}: {text}: {len(line)} series, {len(want)} of raw data")
                short = [s["metric"] for s in line if len(s["values"]) != (span[1] - span[0]) // span[2] + 1]
                check(not short, f"{flag}: {text}: gaps in {short[:3]}")
    print(f"   {compared} aligned answers of downsampled data compared with raw data, {len(failures)} differ; no line has a gap")
    check(not failures, "\n   ".join(failures[:20]))


if __name__ == "__main__":
    run("downsampled", scenario)
