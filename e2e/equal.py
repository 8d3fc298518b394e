"""Varve's answers over a live Prometheus, through sidecar and query, are Prometheus' own."""
import time

from harness import api, check, difference, instant, query_range, run
from queries import BAD, QUERIES

CONFIG = """
global: {scrape_interval: 5s, external_labels: {cluster: e2e, replica: a}}
scrape_configs:
  - {job_name: node, static_configs: [{targets: ["127.0.0.1:$NODE"]}]}
  - {job_name: prometheus, static_configs: [{targets: ["127.0.0.1:$PORT"]}]}
"""
EXTERNAL = ("cluster", "replica")
SORTED = ("sort(", "sort_desc(")


def quiet_time(prometheus, near):
    """A moment at or before `near` whose distance to every sample's time is no multiple of a second, so that no range edge meets a sample."""
    times = [float(s["value"][1]) for s in instant(prometheus, "timestamp(up)", near)["data"]["result"]]
    check(times, "no targets scraped")
    taken = {round(t % 1, 3) for t in times}
    fraction = next(f / 1000 for f in range(137, 1000, 50) if all(abs(f / 1000 - t) > 0.02 for t in taken))
    return int(near) - 1 + fraction


def scenario(scene):
    node = scene.node_exporter()
    prometheus, port = scene.prometheus(config=CONFIG.replace("$NODE", str(node)))
    sidecar = scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={prometheus.data}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{sidecar.grpc}")
    theirs_url, ours_url = f"http://127.0.0.1:{port}", query.url

    # Counters that have just begun are extrapolated differently by 2.42 and 3.x; no window of a query reaches back to the start.
    scene.wait("two minutes of samples", lambda: any(float(s["value"][1]) >= 22 for s in instant(theirs_url, "count_over_time(up[4m])", time.time())["data"]["result"]), 200)
    now = quiet_time(theirs_url, time.time() - 6)
    failures = []
    asked = 0
    for text in QUERIES:
        text = text.replace("$END", f"{now:.3f}")
        got, want = instant(ours_url, text, now), instant(theirs_url, text, now)
        asked += 1
        if what := difference(got, want, EXTERNAL, ordered=text.startswith(SORTED)):
            failures.append(f"instant {text}: {what}")
        if want["data"]["resultType"] in ("vector", "scalar"):
            got, want = query_range(ours_url, text, now - 40, now, 4), query_range(theirs_url, text, now - 40, now, 4)
            asked += 1
            if what := difference(got, want, EXTERNAL):
                failures.append(f"range {text}: {what}")
    for text in ("node_cpu_seconds_total[20s]", "up[30s] offset 5s", "node_load1[20s:4s]"):
        asked += 1
        if what := difference(instant(ours_url, text, now), instant(theirs_url, text, now), EXTERNAL):
            failures.append(f"instant {text}: {what}")
    for text in BAD:
        asked += 1
        if what := difference(instant(ours_url, text, now), instant(theirs_url, text, now)):
            failures.append(f"bad {text}: {what}")
    for path, params in (("labels", {}), ("label/job/values", {}), ("label/__name__/values", {}), ("series", {"match[]": "up"}), ("series", {"match[]": ['{job="node",__name__=~"node_load.*"}']})):
        got = api(ours_url, path, params, method="GET")["data"]
        want = api(theirs_url, path, params, method="GET")["data"]
        asked += 1
        if path == "labels":
            got = [name for name in got if name not in EXTERNAL]
        if path == "series":
            got = sorted(({k: v for k, v in s.items() if k not in EXTERNAL} for s in got), key=str)
            want = sorted(want, key=str)
        if got != want:
            failures.append(f"{path} {params}: {str(got)[:200]} instead of {str(want)[:200]}")
    print(f"   {len(QUERIES)} queries, {asked} answers compared, {len(failures)} differ")
    check(not failures, "\n   ".join(failures[:40]))


if __name__ == "__main__":
    run("equal", scenario)
