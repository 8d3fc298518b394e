"""Blocks shipped by the sidecar outlive their Prometheus: store + query answer the same range as it did."""
import shutil
import subprocess
import time

from harness import api, check, difference, instant, query_range, run
from targets import write_openmetrics

QUERIES = ["om_temperature", "sum by (job) (rate(om_requests_total[5m]))", "max_over_time(om_temperature[20m])", "count(om_requests_total)",
           "topk(3, om_temperature)", 'om_requests_total{path=~"/p1.*"}', "avg by (instance) (om_temperature)"]
EXTERNAL = ("cluster", "replica")


def ship_and_wipe(scene, bucket_config, blocks_there):
    """Blocks of a Prometheus come into the bucket, of which `blocks_there()` tells the complete ones; it goes, and store + query answer as it
    did. Returns the ranges asked for and its answers to them."""
    now = int(time.time())
    start, end = now - 10 * 3600, now - 3 * 3600
    text, data = scene.folder / "metrics.om", scene.folder / "prometheus-data"
    write_openmetrics(text, 40, start, end, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, data], check=True, stdout=subprocess.DEVNULL)
    made = {p.name for p in data.iterdir() if (p / "meta.json").exists()}

    prometheus, port = scene.prometheus(config="global: {external_labels: {cluster: e2e, replica: a}}\n", data=data)
    sidecar = scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={data}", f"--objstore.config-file={bucket_config}")
    scene.wait("all blocks shipped", lambda: blocks_there() >= made)

    base = f"http://127.0.0.1:{port}"
    moments = [start + 1800.4, (start + end) / 2 + 0.4, end - 600.6]
    want = {(q, t): instant(base, q, t) for q in QUERIES for t in moments}
    ranges = {(q, start + 0.4, end + 0.4, 301): query_range(base, q, start + 0.4, end + 0.4, 301) for q in QUERIES}

    sidecar.expected_dead = prometheus.expected_dead = True
    sidecar.stop()
    prometheus.stop()
    shutil.rmtree(data)

    store = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={bucket_config}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.replica-label=replica")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    differs = [f"{q} at {t}: {d}" for (q, t), w in want.items() if (d := difference(instant(query.url, q, t), w, EXTERNAL))]
    differs += range_differences(query.url, ranges)
    print(f"   {len(made)} blocks shipped; {len(want) + len(ranges)} answers compared after Prometheus was wiped, {len(differs)} differ")
    check(not differs, "\n   ".join(differs[:20]))
    return ranges


def range_differences(url, ranges):
    return [f"{asked[0]} range: {d}" for asked, w in ranges.items() if (d := difference(query_range(url, *asked), w, EXTERNAL))]


def scenario(scene):
    bucket, shipped = scene.bucket_config(), scene.folder / "bucket"
    ranges = ship_and_wipe(scene, bucket, lambda: {p.parent.name for p in shipped.glob("*/meta.json")})
    up = scene.varve("up", f"--objstore.config-file={bucket}", f"--data-dir={scene.folder}/up")
    differs = range_differences(up.url, ranges)
    check(not differs, "up: " + "\n   ".join(differs[:20]))


if __name__ == "__main__":
    run("ship", scenario)
