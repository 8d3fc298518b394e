"""10,000 small blocks behind Ceph's gateway: a store is ready within three times what listing them and reading their metas takes a plain
client at the same concurrency, within 2 s with the metas cached on disk, under 64 MiB resident, and asks for next to nothing when idle."""
import concurrent.futures
import json
import os
import subprocess
import time

from harness import ROOT, VARVE, api, bar, check, free_port, get_text, http_status, instant, run
from many_blocks import ulid
from proxy import Proxy
from s3_servers import S3Server

BLOCKS = int(os.environ.get("VARVE_E2E_BLOCKS", "10000"))
CONCURRENCY = 32  # --block-meta-fetch-concurrency
SYNC_SECONDS, IDLE_SECONDS = 20, 60


def fill(scene, server):
    """One block, put again and again under other names. Answers the moment all of them have samples of."""
    made, end = scene.folder / "made", int(time.time()) // 7200 * 7200 - 7200
    subprocess.run([ROOT / "build/release/bench_blocks", made, "100", str(end * 1000), "1"], check=True, stdout=subprocess.DEVNULL)
    block = next((made / "floats").iterdir())
    files = {str(p.relative_to(block)): p.read_bytes() for p in block.rglob("*") if p.is_file() and p.name != "meta.json"}
    meta = json.loads((block / "meta.json").read_text())

    def put(i):
        name = ulid(i)
        copy = {**meta, "ulid": name, "compaction": {"level": 1, "sources": [name]},
                "thanos": {"labels": {"block": str(i)}, "downsample": {"resolution": 0}, "source": "sidecar"}}
        for path, content in files.items():
            server.ask("PUT", f"{name}/{path}", body=content)
        server.ask("PUT", f"{name}/meta.json", body=json.dumps(copy).encode())

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(BLOCKS)))
    return end - 60


def plain_client(scene, server):
    """Seconds that curl takes for the same: all pages of the listing, one after the other, then every meta.json."""
    server.let_anybody_read()
    config = scene.folder / "curl.conf"
    config.write_text("".join(f'url = "http://127.0.0.1:{server.port}/{server.bucket}/{ulid(i)}/meta.json"\noutput = /dev/null\n' for i in range(BLOCKS)))
    began = time.monotonic()
    check(sum(name.endswith("/meta.json") for name in server.names()) == BLOCKS, "all metas are listed")
    listed = time.monotonic()
    subprocess.run(["curl", "--silent", "--no-progress-meter", "--fail", "--parallel", "--parallel-max", str(CONCURRENCY), "--config", config], check=True, stderr=subprocess.DEVNULL)
    return listed - began, time.monotonic() - listed


def start_store(scene, name, data, config):
    """The process, and seconds until it was ready."""
    port, grpc = free_port(), free_port()
    began = time.monotonic()
    store = scene.start(name, VARVE, "store", f"--data-dir={data}", f"--objstore.config-file={config}", f"--http-address=127.0.0.1:{port}",
                        f"--grpc-address=127.0.0.1:{grpc}", f"--sync-block-duration={SYNC_SECONDS}s")
    store.url, store.grpc = f"http://127.0.0.1:{port}", grpc
    while time.monotonic() - began < 120:
        try:
            if http_status(store.url + "/-/ready") == 200:
                break
        except OSError:
            pass
        time.sleep(0.01)
    seconds = time.monotonic() - began
    check(f"thanos_bucket_store_blocks_loaded {BLOCKS}\n" in get_text(store.url + "/metrics"), f"{name}: all blocks are there")
    print(f"   {name}: ready after {seconds:.2f} s, {store.resident_bytes() / 2**20:.1f} MiB resident ({store.resident_bytes('RssAnon') / 2**20:.1f} its own)")
    return store, seconds


def stop(store):
    store.expected_dead = True
    store.stop()


def check_idle(scene, server, data):
    proxy = Proxy(server.port)
    config = scene.folder / "through-proxy.yml"
    config.write_text(server.config.read_text().replace(f":{server.port}", f":{proxy.port}"))
    store, _ = start_store(scene, "idle", data, config)
    proxy.reset_counts()
    time.sleep(IDLE_SECONDS)
    others = proxy.requests() - proxy.requests("list")
    rounds = proxy.counts().get(("GET", "list"), [0])[0] / -(-3 * BLOCKS // 1000)
    print(f"   idle for {IDLE_SECONDS} s: {proxy.counts()}, about {rounds:.1f} listings")
    check(others <= 3 * IDLE_SECONDS / 60, f"at most 3 requests a minute besides listings: {others}")
    check(rounds <= IDLE_SECONDS / SYNC_SECONDS + 1, f"one listing a synchronisation: {rounds:.1f}")
    bar(store.resident_bytes() < 64 << 20, f"{store.resident_bytes() / 2**20:.1f} MiB resident after {IDLE_SECONDS} s")
    stop(store)
    proxy.stop()


def measure(scene, server):
    moment = fill(scene, server)
    listing, metas = plain_client(scene, server)
    print(f"   {BLOCKS} blocks; a plain client lists them in {listing:.2f} s and reads the metas in {metas:.2f} s, {CONCURRENCY} at a time")
    data = scene.folder / "data"
    store, seconds = start_store(scene, "cold", data, server.config)
    bar(seconds < 3 * (listing + metas), f"cold: ready after {seconds:.2f} s, a plain client takes {listing + metas:.2f} s")
    bar(store.resident_bytes() < 64 << 20, f"{store.resident_bytes() / 2**20:.1f} MiB resident")
    stop(store)
    store, seconds = start_store(scene, "cached", data, server.config)
    bar(seconds < 2, f"with cached metas: ready after {seconds:.2f} s")
    bar(store.resident_bytes() < 64 << 20, f"{store.resident_bytes() / 2**20:.1f} MiB resident")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    answer = instant(query.url, 'count(up{block=~"42.?.?"})', moment)
    check(answer["data"]["result"] and not answer.get("warnings"), f"blocks answer: {answer}")
    print(f"   111 of the blocks asked: {answer['data']['result'][0]['value'][1]} series")
    stop(query)
    stop(store)
    check_idle(scene, server, data)


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        measure(scene, server)
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("many_blocks_s3", scenario)
