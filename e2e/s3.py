"""Blocks shipped by the sidecar into a real S3 server outlive their Prometheus: store + query answer the same range as it did."""
import shutil
import subprocess
import time

from harness import api, check, difference, instant, query_range, run
from s3_servers import S3Server
from targets import write_openmetrics

QUERIES = ["om_temperature", "sum by (job) (rate(om_requests_total[5m]))", "max_over_time(om_temperature[20m])", "count(om_requests_total)",
           'om_requests_total{path=~"/p1.*"}']
EXTERNAL = ("cluster", "replica")


def ship_and_query(scene, server):
    now = int(time.time())
    start, end = now - 10 * 3600, now - 3 * 3600
    text, data = scene.folder / "metrics.om", scene.folder / "prometheus-data"
    write_openmetrics(text, 40, start, end, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, data], check=True, stdout=subprocess.DEVNULL)
    made = {p.name for p in data.iterdir() if (p / "meta.json").exists()}

    prometheus, port = scene.prometheus(config="global: {external_labels: {cluster: e2e, replica: a}}\n", data=data)
    sidecar = scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={data}", f"--objstore.config-file={server.config}")
    scene.wait("all blocks shipped", lambda: {n.split("/")[0] for n in server.names() if n.endswith("/meta.json")} >= made)

    base = f"http://127.0.0.1:{port}"
    moments = [start + 1800.4, (start + end) / 2 + 0.4, end - 600.6]
    want = {(q, t): instant(base, q, t) for q in QUERIES for t in moments}
    ranges = {q: query_range(base, q, start + 0.4, end + 0.4, 301) for q in QUERIES}
    sidecar.expected_dead = prometheus.expected_dead = True
    sidecar.stop()
    prometheus.stop()
    shutil.rmtree(data)

    store = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={server.config}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.replica-label=replica")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    differs = [f"{q} at {t}: {d}" for (q, t), w in want.items() if (d := difference(instant(query.url, q, t), w, EXTERNAL))]
    differs += [f"{q} range: {d}" for q, w in ranges.items() if (d := difference(query_range(query.url, q, start + 0.4, end + 0.4, 301), w, EXTERNAL))]
    print(f"   {len(made)} blocks in S3; {len(want) + len(ranges)} answers compared after Prometheus was wiped, {len(differs)} differ")
    check(not differs, "\n   ".join(differs[:20]))
    for process in scene.processes:
        check(server.secret_key not in process.log.read_text(errors="replace"), f"{process.name} logged the secret key")


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        ship_and_query(scene, server)
        scene.stop()  # before its bucket goes
    finally:
        server.stop()


if __name__ == "__main__":
    run("s3", scenario)
