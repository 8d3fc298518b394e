"""Two replicas of one Prometheus: one series each, no gap when either dies, no rate that neither replica saw."""
import sys
import time

from harness import ROOT, check, free_port, instant, query_range, run
from targets import COUNTER_PER_SECOND

CONFIG = """
global: {scrape_interval: 2s, external_labels: {cluster: e2e, replica: $REPLICA}}
scrape_configs:
  - {job_name: target, static_configs: [{targets: ["127.0.0.1:$TARGET"]}]}
"""


def scenario(scene):
    target = free_port()
    scene.start("target", sys.executable, ROOT / "e2e" / "targets.py", target)
    pairs = {}
    for replica in "ab":
        prometheus, port = scene.prometheus(f"prometheus-{replica}", CONFIG.replace("$REPLICA", replica).replace("$TARGET", str(target)))
        sidecar = scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={prometheus.data}", name=f"sidecar-{replica}")
        pairs[replica] = (prometheus, port, sidecar)
    query = scene.varve("query", *[f"--endpoint=127.0.0.1:{s.grpc}" for _, _, s in pairs.values()], "--query.replica-label=replica")

    def series(text, **params):
        return instant(query.url, text, time.time() - 1, **params)["data"]["result"]

    scene.wait("both replicas scraped", lambda: len(series("up", dedup="false")) == 2)
    scene.wait("some samples", lambda: any(float(s["value"][1]) > 10 for s in series("count_over_time(up[1m])")))
    check(len(series("up")) == 1, "de-duplication leaves one series")
    check("replica" not in series("up")[0]["metric"], "the replica label is gone")
    check(len(series("e2e_ticks_total")) == 2, "two series, one for each kind")
    began = time.time() - 16

    for victim, other in (("a", "b"), ("b", "a")):
        prometheus, port, sidecar = pairs[victim]
        prometheus.expected_dead = sidecar.expected_dead = True
        killed = time.time()
        prometheus.kill()
        sidecar.kill()
        scene.wait(f"life after {victim}", lambda: time.time() > killed + 16)
        answer = query_range(query.url, "e2e_ticks_total", began, time.time() - 3, 2)
        for one in answer["data"]["result"]:
            times = [t for t, _ in one["values"]]
            gaps = [b - a for a, b in zip(times, times[1:]) if b - a > 2.001]
            check(not gaps, f"gaps of {gaps} s after {victim} was killed")
        rates = query_range(query.url, "rate(e2e_ticks_total[10s])", began + 11, time.time() - 3, 1)
        values = [float(v) for one in rates["data"]["result"] for _, v in one["values"]]
        check(values, "there are rates")
        worst = max(abs(v - COUNTER_PER_SECOND) for v in values)
        print(f"   {victim} killed: {len(values)} rates, at most {worst:.3f} away from {COUNTER_PER_SECOND}")
        check(worst < 0.25 * COUNTER_PER_SECOND, f"a rate is {worst} away from {COUNTER_PER_SECOND}")
        if victim == "a":  # bring it back, on the same data and ports
            config = scene.folder / "prometheus-a.yml"
            again = scene.start("prometheus-a2", "prometheus", f"--config.file={config}", f"--storage.tsdb.path={prometheus.data}",
                                f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h")
            scene.wait_ready(again, port)
            back = scene.start("sidecar-a2", sidecar.popen.args[0], *sidecar.popen.args[1:])
            scene.wait_ready(back, sidecar.http)
            restarted = time.time()
            scene.wait("a new sample of replica a", lambda: any(
                s["metric"]["replica"] == "a" and float(s["value"][1]) > restarted for s in series("timestamp(up)", dedup="false")))
            started = time.time()
            scene.wait("samples of a", lambda: time.time() > started + 14)
            # What only b saw while a was down goes with b: from here on both have seen everything.
            began = started


if __name__ == "__main__":
    run("ha", scenario)
