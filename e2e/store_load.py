"""Eight clients of mixed queries over a day of a fleet, through store and query over Ceph's gateway: queries a second, p99, peak memory, what the
bucket was asked for. Before that one cold query through a proxy, without and with 50 ms more for each request.
VARVE_E2E_SERIES=100000 is the long form; VARVE_E2E_MADE names a folder of bench_blocks to take instead of a new one."""
import collections
import json
import os
import pathlib
import random
import re
import subprocess
import threading
import time

from harness import ROOT, api, check, get_text, query_range, run
from proxy import Proxy
from s3_servers import S3Server

SERIES = int(os.environ.get("VARVE_E2E_SERIES", "10000"))
SECONDS = float(os.environ.get("VARVE_E2E_SECONDS", "30"))
MADE = os.environ.get("VARVE_E2E_MADE")
CLIENTS, HOURS, DELAY = 8, 24, 0.05
# (weight, query, hours): what dashboards ask, mostly about one instance or one hour, now and then about everything.
MIX = [
    (20, 'http_requests_total{{instance="10.0.{a}.{b}:9100",code="200"}}', 6),
    (20, 'sum by (path) (rate(http_requests_total{{instance="10.0.{a}.{b}:9100"}}[5m]))', 3),
    (15, 'avg by (sensor) (node_temperature_celsius{{instance="10.0.{a}.{b}:9100"}})', 24),
    (15, 'sum(rate(http_requests_total{{code="500",instance=~"10.0.{a}.*"}}[5m]))', 1),
    (10, "up == 0", 6),
    (10, 'histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket{{instance=~"10.0.0.{b}.*"}}[5m])))', 1),
    (5, 'sum by (job) (rate(http_requests_total{{code="500"}}[5m]))', 1),
    (5, "count by (job) (node_temperature_celsius > 50)", 0.25),
]


def fill(scene, server):
    """The end of the block's time, in seconds."""
    made = pathlib.Path(MADE) if MADE else scene.folder / "made"
    if not MADE:
        end = int(time.time()) // 7200 * 7200 - 7200
        subprocess.run([ROOT / "build/release/bench_blocks", made, str(SERIES), str(end * 1000), str(HOURS)], check=True, stdout=subprocess.DEVNULL)
    block = next((made / "floats").iterdir())
    meta = json.loads((block / "meta.json").read_text())
    meta["thanos"] = {"labels": {"cluster": "e2e"}, "downsample": {"resolution": 0}, "source": "sidecar"}
    for path in sorted(p for p in block.rglob("*") if p.is_file() and p.name != "meta.json"):
        server.ask("PUT", f"{block.name}/{path.relative_to(block)}", body=path.read_bytes())
    server.ask("PUT", f"{block.name}/meta.json", body=json.dumps(meta).encode())
    print(f"   {meta['stats']['numSeries']} series, {meta['stats']['numSamples']} samples")
    return meta["maxTime"] // 1000, meta["stats"]["numSeries"] // 100


def store_and_query(scene, name, config):
    store = scene.varve("store", f"--data-dir={scene.folder}/{name}", f"--objstore.config-file={config}", name=f"store-{name}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", name=f"query-{name}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    return store, query


def cold_seconds(scene, server, end, delay):
    """Of one query of which the store has nothing but the index-header."""
    proxy = Proxy(server.port)
    config = scene.folder / "through-proxy.yml"
    config.write_text(server.config.read_text().replace(f":{server.port}", f":{proxy.port}"))
    store, query = store_and_query(scene, f"cold-{delay}", config)
    check(query_range(query.url, "absent(nothing)", end - 600, end - 60, 60)["status"] == "success", "the index-header is made")
    proxy.reset_counts()
    proxy.delay_seconds = delay
    text = 'sum by (path) (rate(http_requests_total{instance="10.0.0.7:9100"}[5m]))'
    began = time.monotonic()
    answer = query_range(query.url, text, end - 3600, end - 60, 60, analyze="true")
    seconds = time.monotonic() - began
    check(answer["status"] == "success" and answer["data"]["result"], f"an answer: {str(answer)[:300]}")
    print(f"   cold, +{delay * 1000:g} ms a request: {seconds * 1000:.0f} ms; {proxy.counts()}; told by analyze: {bucket_part(answer)}")
    for process in (query, store):
        process.expected_dead = True
        process.stop()
    proxy.stop()
    return seconds


def bucket_part(answer):
    found = re.search(r'"bucket": (\{.*?\}.*?\})', json.dumps(answer["data"].get("analysis", {})))
    return found[1] if found else "nothing"


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def press(scene, server, end, instances):
    store, query = store_and_query(scene, "warm", server.config)
    latencies, errors, lock, stop = collections.defaultdict(list), collections.Counter(), threading.Lock(), time.monotonic() + SECONDS

    def client(number):
        dice = random.Random(number)
        while time.monotonic() < stop:
            _, text, hours = dice.choices(MIX, [weight for weight, _, _ in MIX])[0]
            instance = dice.randrange(instances)
            until = end - 60 - dice.randrange(0, int((HOURS - hours) * 3600) + 1) // 300 * 300
            began = time.monotonic()
            answer = query_range(query.url, text.format(a=instance // 250, b=instance % 250), until - hours * 3600, until, max(60, int(hours * 3600 / 240)))
            seconds = time.monotonic() - began
            with lock:
                latencies[text].append(seconds)
                if answer["status"] != "success" or answer.get("warnings"):
                    errors[str(answer.get("error") or answer["warnings"])[:200]] += 1

    clients = [threading.Thread(target=client, args=(i,)) for i in range(CLIENTS)]
    for one in clients:
        one.start()
    peaks = {store: 0, query: 0}
    while any(one.is_alive() for one in clients):
        for process in peaks:
            peaks[process] = max(peaks[process], process.resident_bytes())
        time.sleep(0.05)
    everything = [seconds for some in latencies.values() for seconds in some]
    print(f"   {CLIENTS} clients, {SECONDS:g} s: {len(everything) / SECONDS:.1f} queries/s, p50 {quantile(everything, 0.5) * 1000:.0f} ms, "
          f"p99 {quantile(everything, 0.99) * 1000:.0f} ms, slowest {max(everything) * 1000:.0f} ms; "
          f"peak {peaks[store] / 2**20:.0f} MiB store, {peaks[query] / 2**20:.0f} MiB query")
    for _, text, _ in MIX:
        some = latencies[text] or [0]
        print(f"   {len(some):6} x p50 {quantile(some, 0.5) * 1000:6.0f} ms, p99 {quantile(some, 0.99) * 1000:6.0f} ms  {text}")
    for line in get_text(f"{store.url}/metrics").splitlines():
        if re.match(r"varve_bucket_(requests_total|bytes_total|cost_dollars_total)", line) and not line.endswith(" 0"):
            print(f"   {line}")
    check(not errors, f"complete answers alone: {dict(errors)}")


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        end, instances = fill(scene, server)
        plain = cold_seconds(scene, server, end, 0)
        slowed = cold_seconds(scene, server, end, DELAY)
        check(slowed - plain > DELAY, f"{DELAY * 1000:g} ms more for each request are seen: {plain:.3f} s and {slowed:.3f} s")
        press(scene, server, end, instances)
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("store_load", scenario)
