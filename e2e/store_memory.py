"""A store with a ceiling of 256 MiB under eight clients of heavy queries: answers or limit errors, and never more resident than the ceiling and 15 %."""
import collections
import os
import threading
import time

from harness import api, bar, check, instant, query_range, run
from s3_servers import S3Server
from store_caches import fill

CEILING = 256 << 20
SERIES = int(os.environ.get("VARVE_E2E_SERIES", "100000"))
SECONDS = float(os.environ.get("VARVE_E2E_SECONDS", "60"))
QUERIES = ['count({__name__=~".+"})', "sum by (job) (rate(http_requests_total[5m]))", 'sum by (le) (rate(http_request_duration_seconds_bucket[5m]))',
           'max by (instance) (node_temperature_celsius)', 'sum(rate({__name__=~"http_requests_total|node_cpu.*"}[10m]))', 'http_requests_total{code="500"}']


def press(scene, server):
    end = int(time.time()) // 7200 * 7200 - 7200
    fill(scene, server, SERIES, end, 2)
    store = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={server.config}", f"--store.memory-limit={CEILING}",
                        f"--store.caching-bucket.config=type: IN-MEMORY")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.timeout=60s", "--query.max-memory=1GB")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))

    outcomes, peak, own, stop = collections.Counter(), 0, 0, time.monotonic() + SECONDS

    def client(number):
        while time.monotonic() < stop:
            text = QUERIES[number % len(QUERIES)]
            number += 1
            answer = query_range(query.url, text, end - 7000, end - 60, 60)
            if answer["status"] == "success":
                outcomes["answers"] += 1
                if answer.get("warnings"):
                    outcomes["warned"] += 1
            elif "limit" in answer["error"]:
                outcomes["limit errors"] += 1
            else:
                outcomes[answer["error"][:200]] += 1

    clients = [threading.Thread(target=client, args=(i,)) for i in range(8)]
    for one in clients:
        one.start()
    while any(one.is_alive() for one in clients):
        if (resident := store.resident_bytes()) > peak:
            peak, own = resident, store.resident_bytes("RssAnon")
        time.sleep(0.05)
    print(f"   {SERIES} series, {SECONDS:g} s: {dict(outcomes)}; store at most {peak / 2**20:.0f} MiB resident, "
          f"{own / 2**20:.0f} of it its own")
    check(set(outcomes) <= {"answers", "warned", "limit errors"} and outcomes["answers"] > 0, f"answers and limit errors alone: {dict(outcomes)}")
    bar(peak <= CEILING * 1.15, f"{peak / 2**20:.0f} MiB resident")
    check(instant(query.url, "count(up)", end - 60)["data"]["result"], "the store serves on")


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        press(scene, server)
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("store_memory", scenario)
