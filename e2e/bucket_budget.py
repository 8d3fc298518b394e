"""A store behind a bucket that lets 100 requests a second through is ready as soon as arithmetic allows, and asks for next to nothing when
nothing happens. The same with a budget of our own."""
import concurrent.futures
import json
import os
import time

from harness import VARVE, bar, check, free_port, get_text, http_status, run
from many_blocks import ulid
from proxy import Proxy
from s3_servers import S3Server

BLOCKS = int(os.environ.get("VARVE_E2E_BLOCKS", "1500"))
PER_SECOND = 100
SYNC_SECONDS = 10
IDLE_SECONDS = 30


def meta(i):
    name = ulid(i)
    return {"version": 1, "ulid": name, "minTime": 1_700_000_000_000 + i * 7_200_000, "maxTime": 1_700_007_200_000 + i * 7_200_000,
            "stats": {"numSamples": 1, "numSeries": 1, "numChunks": 1}, "compaction": {"level": 1, "sources": [name]},
            "thanos": {"labels": {"cluster": "e2e"}, "downsample": {"resolution": 0}, "source": "sidecar"}}


def fill(server):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: server.ask("PUT", f"{ulid(i)}/meta.json", body=json.dumps(meta(i)).encode()), range(BLOCKS)))


def config_for(scene, server, proxy, extra=""):
    path = scene.folder / "through-proxy.yml"
    path.write_text(server.config.read_text().replace(f":{server.port}", f":{proxy.port}") + extra)
    return path


def start_store(scene, name, config):
    """Seconds until it was ready, and the process."""
    http, grpc = free_port(), free_port()
    began = time.monotonic()
    store = scene.start(name, VARVE, "store", f"--data-dir={scene.folder}/{name}", f"--objstore.config-file={config}",
                        f"--http-address=127.0.0.1:{http}", f"--grpc-address=127.0.0.1:{grpc}", f"--sync-block-duration={SYNC_SECONDS}s")
    store.url = f"http://127.0.0.1:{http}"

    def is_ready():
        return http_status(store.url + "/-/ready") == 200

    scene.wait(f"{name} ready", is_ready, seconds=BLOCKS / PER_SECOND * 4 + 60)
    return time.monotonic() - began, store


def loaded(store):
    return float(next(line for line in get_text(store.url + "/metrics").splitlines()
                      if line.startswith("thanos_bucket_store_blocks_loaded ")).split()[1])


def check_idle(scene, proxy, store):
    # Some time after a round, so that its end does not count.
    proxy.reset_counts()
    scene.wait("a synchronisation", lambda: proxy.requests("list") > 0, seconds=SYNC_SECONDS * 3)
    time.sleep(SYNC_SECONDS / 2)
    proxy.reset_counts()
    time.sleep(IDLE_SECONDS)
    counts = proxy.counts()
    others = proxy.requests() - proxy.requests("list")
    print(f"   idle for {IDLE_SECONDS} s: {counts}")
    check(others <= 3 * IDLE_SECONDS / 60, f"at most 3 requests a minute besides listings: {others} in {IDLE_SECONDS} s")
    pages = -(-BLOCKS // 1000)
    syncs = IDLE_SECONDS / SYNC_SECONDS + 1
    check(proxy.requests("list") <= pages * syncs, f"one listing a synchronisation: {proxy.requests('list')} pages in {syncs:g} rounds")


def scenario(scene):
    server = S3Server(scene, "rgw")
    proxy = Proxy(server.port)
    try:
        fill(server)
        arithmetic = (BLOCKS + BLOCKS / 1000 - PER_SECOND) / PER_SECOND
        for name, extra in (("throttled", ""), ("budgeted", f"varve: {{requests_per_second: {PER_SECOND * 0.95:g}}}\n")):
            proxy.limit(PER_SECOND)
            proxy.reset_counts()
            seconds, store = start_store(scene, name, config_for(scene, server, proxy, extra))
            refused = proxy.injected["throttled"]
            print(f"   {name}: {BLOCKS} blocks ready after {seconds:.1f} s, arithmetic says {arithmetic:.1f} s; "
                  f"{proxy.requests()} requests, {refused} of them refused")
            check(loaded(store) == BLOCKS, f"all blocks are there: {loaded(store):g}")
            check("err=" not in store.log.read_text(errors="replace"), f"no error in the log:\n{store.tail()}")
            bar(seconds < arithmetic * 1.5 + 3, f"{name}: ready after {seconds:.1f} s, arithmetic says {arithmetic:.1f} s")
            check(name == "throttled" or refused == 0, f"within the budget nothing is refused: {refused}")
            proxy.limit(0)
            if name == "budgeted":
                check_idle(scene, proxy, store)
            store.expected_dead = True
            store.stop()
        scene.stop()
    finally:
        proxy.stop()
        server.stop()


if __name__ == "__main__":
    run("bucket_budget", scenario)
