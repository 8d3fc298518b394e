"""A store over S3 with its index cache in memcached and its chunks in a cache on disk: warm it asks the bucket for nothing; memcached killed,
or the store killed and started again, and the answers stay the same."""
import json
import os
import re
import subprocess
import time

from harness import ROOT, api, check, free_port, get_text, query_range, run
from s3_servers import S3Server

QUERIES = ["sum by (job) (rate(http_requests_total[5m]))", 'http_requests_total{instance="10.0.0.7:9100",code="200"}', 'count({__name__=~"node_.*"})',
           'max by (instance) (node_temperature_celsius{sensor!="cpu"})', "up"]


def fill(scene, server, series, end, hours):
    """A block of the benchmark's fleet in the bucket."""
    made = scene.folder / "made"
    subprocess.run([ROOT / "build/release/bench_blocks", made, str(series), str(end * 1000), str(hours)], check=True, stdout=subprocess.DEVNULL)
    for block in (made / "floats").iterdir():
        meta = json.loads((block / "meta.json").read_text())
        meta["thanos"] = {"labels": {"cluster": "e2e"}, "downsample": {"resolution": 0}, "source": "sidecar"}
        for path in sorted(p for p in block.rglob("*") if p.is_file() and p.name != "meta.json"):
            server.ask("PUT", f"{block.name}/{path.relative_to(block)}", body=path.read_bytes())
        server.ask("PUT", f"{block.name}/meta.json", body=json.dumps(meta).encode())


def reads(store):
    """Requests for objects so far."""
    text = get_text(f"{store.url}/metrics")
    found = re.findall(r'thanos_objstore_bucket_operations_total\{[^}]*operation="(?:get|get_range|attributes|exists)"[^}]*\} (\d+)', text)
    return sum(map(int, found))


def check_caches(scene, server):
    end = int(time.time()) // 7200 * 7200 - 7200
    fill(scene, server, 5000, end, 2)
    memcached_port = free_port()
    user = "root" if os.geteuid() == 0 else os.environ.get("USER", "nobody")
    memcached = scene.start("memcached", "memcached", "-l", "127.0.0.1", "-p", memcached_port, "-U", "0", "-m", "256", "-I", "8m", "-u", user)
    index_cache = scene.folder / "index-cache.yml"
    index_cache.write_text(f"type: MEMCACHED\nconfig:\n  addresses: ['127.0.0.1:{memcached_port}']\n  max_item_size: 8MiB\n"
                           "  max_async_buffer_size: 1000000\n  timeout: 10s\n")
    caching_bucket = scene.folder / "caching-bucket.yml"
    caching_bucket.write_text(f"type: DISK\nconfig:\n  directory: {scene.folder}/cache\n  max_size: 1GB\n")

    def start_store():
        return scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={server.config}", "--ignore-deletion-marks-delay=0s",
                           f"--index-cache.config-file={index_cache}", f"--store.caching-bucket.config-file={caching_bucket}")

    def ask(query):
        answers = [query_range(query.url, q, end - 7000, end - 60, 30) for q in QUERIES]
        for answer in answers:
            check(answer["status"] == "success" and not answer.get("warnings"), str(answer)[:300])
        check(all(answer["data"]["result"] for answer in answers), "no empty answer")
        return [sorted(map(str, answer["data"]["result"])) for answer in answers]

    store = start_store()
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    want = ask(query)
    cold = reads(store)

    def warm():  # memcached is filled in the background
        before = reads(store)
        check(ask(query) == want, "the warm answers are the cold ones")
        return reads(store) == before

    scene.wait("a warm round without a request", warm)
    print(f"   {cold} requests cold, none warm")

    memcached.expected_dead = True
    memcached.kill()
    check(ask(query) == want, "answers without memcached")

    store.kill()
    store.expected_dead = True
    again = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={server.config}",
                        f"--index-cache.config-file={index_cache}", f"--store.caching-bucket.config-file={caching_bucket}", name="again")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{again.grpc}", name="query-again")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    check(ask(query) == want, "answers of the store that was killed")
    hits = re.findall(r'thanos_store_bucket_cache_operation_hits_total\{[^}]*operation="getrange"[^}]*\} (\d+)', get_text(f"{again.url}/metrics"))
    check(hits and int(hits[0]) > 0, "the cache on disk outlived the store")
    print(f"   after kill -9: {hits[0]} reads of chunks answered by the cache on disk")


def scenario(scene):
    server = S3Server(scene, "rgw")
    try:
        check_caches(scene, server)
        scene.stop()
    finally:
        server.stop()


if __name__ == "__main__":
    run("store_caches", scenario)
