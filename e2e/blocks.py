"""promtool's blocks (1,000 series x 1 day at 15 s) and blocks with native histograms, answered by `up` and by store + query as by Prometheus."""
import shutil
import subprocess
import sys
import time
import urllib.request

from harness import ROOT, api, check, difference, free_port, instant, prometheus_is_3, query_range, run
from targets import write_openmetrics

FLOATS = [
    "count(om_requests_total)", "sum by (job) (rate(om_requests_total[5m]))", "avg by (instance) (om_temperature)", "topk(5, om_temperature)",
    "max_over_time(om_temperature[1h])", "quantile_over_time(0.9, om_temperature[30m])", 'om_temperature{path=~"/p51.*"}', "stddev(om_temperature)",
    "sum(increase(om_requests_total[1h]))", "om_temperature > 60", "sum without (path) (om_temperature)", "absent(om_nothing)", "changes(om_temperature[10m])",
    "resets(om_requests_total[6h])", "deriv(om_temperature[15m])", "count_values(\"v\", round(om_temperature, 10))", "om_temperature offset 2h",
    "rate(om_requests_total[5m]) * on(instance, job, path) rate(om_requests_total[10m])", "min_over_time(sum(om_temperature)[30m:1m])",
]
HISTOGRAMS = [
    "e2e_latency", "rate(e2e_latency[10s])", "increase(e2e_latency[12s])", "histogram_count(e2e_latency)", "histogram_sum(e2e_latency)",
    "histogram_sum(rate(e2e_latency[10s]))", "sum(e2e_latency)", "count_over_time(e2e_latency[10s])", "count(e2e_latency)",
    "e2e_ticks_total", "histogram_count(rate(e2e_latency[10s]))", "histogram_count(sum(rate(e2e_latency[10s])))", "present_over_time(e2e_latency[10s])",
]
# Where 2.42 differs from 3.x: it interpolates linearly within a bucket, takes the last histogram for a 0, and has no such sums, averages and products.
HISTOGRAMS_OF_3 = [
    "last_over_time(e2e_latency[10s])",
    "histogram_quantile(0.9, e2e_latency)", "histogram_quantile(0.5, rate(e2e_latency[10s]))", "histogram_quantile(0.99, sum(rate(e2e_latency[10s])))",
    "histogram_fraction(0, 10, e2e_latency)", "sum_over_time(e2e_latency[10s])", "e2e_latency * 2", "avg(e2e_latency)", "avg_over_time(e2e_latency[10s])",
    "histogram_stddev(e2e_latency)", "histogram_avg(e2e_latency)", "e2e_latency + e2e_latency", "irate(e2e_latency[10s])", "changes(e2e_latency[10s])", "resets(e2e_latency[100s])",
]


def compare(scene, what, blocks, queries, moments, span, prometheus_flags=()):
    """Serves the same block folder from Prometheus, from `up`, and from store + query."""
    # Prometheus may write into its folder, so each has its own copy.
    data = scene.folder / f"{what}-prometheus"
    shutil.copytree(blocks, data)
    prometheus, port = scene.prometheus(f"prometheus-{what}", data=data, flags=prometheus_flags)
    config = scene.folder / f"{what}.yml"
    config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {blocks}}}\n")
    store = scene.varve("store", f"--data-dir={scene.folder}/{what}-store", f"--objstore.config-file={config}", name=f"store-{what}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", name=f"query-{what}")
    up = scene.varve("up", f"--data-dir={scene.folder}/{what}-up", f"--objstore.config-file={config}", name=f"up-{what}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    base = f"http://127.0.0.1:{port}"
    differs = asked = 0
    texts = []
    for text in queries:
        wants = [(instant(base, text, t), lambda url, t=t: instant(url, text, t)) for t in moments]
        start, end, step = span
        wants.append((query_range(base, text, start, end, step), lambda url: query_range(url, text, start, end, step)))
        for want, ask in wants:
            for name, url in (("up", up.url), ("store+query", query.url)):
                asked += 1
                if found := difference(ask(url), want):
                    differs += 1
                    texts.append(f"{name}: {text}: {found}")
    print(f"   {what}: {asked} answers compared, {differs} differ")
    check(not texts, "\n   ".join(texts[:30]))
    for process in (up, query, store, prometheus):
        process.expected_dead = True
        process.stop()


def float_blocks(scene):
    end = int(time.time()) // 86400 * 86400 - 86400
    start = end - 86400
    text, blocks = scene.folder / "day.om", scene.folder / "day"
    write_openmetrics(text, 1000, start, end, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=24h", text, blocks], check=True, stdout=subprocess.DEVNULL)
    text.unlink()
    compare(scene, "floats", blocks, FLOATS, [start + 7201.7, start + 43207.3, end - 100.9], (start + 3600.4, end - 0.6, 307))


def histogram_blocks(scene):
    target = free_port()
    scene.start("target", sys.executable, ROOT / "e2e" / "targets.py", target)
    wanted = ", scrape_native_histograms: true" if prometheus_is_3() else ""
    config = f"global: {{scrape_interval: 2s{wanted}}}\nscrape_configs:\n  - {{job_name: target, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}\n"
    flags = ["--enable-feature=native-histograms"]
    prometheus, port = scene.prometheus("prometheus-live", config, flags=flags)
    base = f"http://127.0.0.1:{port}"
    scene.wait("native histograms scraped", lambda: any(float(s["value"][1]) > 30 for s in instant(base, "count_over_time(e2e_latency[5m])", time.time())["data"]["result"]), 150)
    end = time.time() - 4
    with urllib.request.urlopen(urllib.request.Request(f"{base}/api/v1/admin/tsdb/snapshot", method="POST")) as reply:
        check(reply.status == 200, "snapshot taken")
    prometheus.expected_dead = True
    prometheus.stop()
    snapshot = next((prometheus.data / "snapshots").iterdir())
    # Whole seconds and a fraction that no scrape falls on would need the scrape's phase; any moment does, as 2.42 and 3.x differ only
    # where a range edge meets a sample to the millisecond.
    compare(scene, "histograms", snapshot, HISTOGRAMS + (HISTOGRAMS_OF_3 if prometheus_is_3() else []), [end - 20.0137, end - 10.0137, end - 1.0137], (end - 50.0137, end - 0.0137, 3), flags)


def scenario(scene):
    histogram_blocks(scene)
    float_blocks(scene)


if __name__ == "__main__":
    run("blocks", scenario)
