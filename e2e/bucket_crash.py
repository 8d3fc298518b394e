"""kill -9 at random moments of an upload, of building index-headers and of writing to the cache on disk: a block in the bucket is whole or
not there yet, every answer after a restart is right, and nothing stays behind. VARVE_E2E_KILLS says how often, VARVE_E2E_SEED when."""
import hashlib
import json
import os
import random
import shutil
import subprocess
import threading
import time

from harness import ROOT, api, check, difference, query_range, run
from many_blocks import ulid
from proxy import Proxy
from s3_servers import S3Server

KILLS = int(os.environ.get("VARVE_E2E_KILLS", "24"))
SEED = int(os.environ.get("VARVE_E2E_SEED", "1"))
KILLS_PER_BLOCK = 6  # then its upload may end
QUERIES = ["sum by (job) (rate(http_requests_total[5m]))", "max by (instance) (node_temperature_celsius)", "up",
           'sum by (le) (http_request_duration_seconds_bucket{instance=~".*1:9100"})', 'count({__name__=~"node_.*"})']


def start(scene, role, *flags, wait=True):
    """A role that is going to be killed, logging into one file for all its lives."""
    process = scene.varve(role, *flags, wait=wait)
    process.expected_dead = True
    return process


def made_block(scene, name, series, hours, end):
    made = scene.folder / name
    subprocess.run([ROOT / "build/release/bench_blocks", made, str(series), str(end * 1000), str(hours)], check=True, stdout=subprocess.DEVNULL)
    return next((made / "floats").iterdir())


class Uploads:
    """A sidecar with a block to ship that is too large for one request."""

    def __init__(self, scene, server, config, dice):
        self.scene, self.server, self.dice, self.blocks = scene, server, dice, []
        self.data = scene.folder / "tsdb"
        self.template = made_block(scene, "large", 1500, 24, int(time.time()) // 7200 * 7200 - 7200)
        _, port = scene.prometheus(config="global: {external_labels: {cluster: e2e}}\n")
        self.flags = (f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={self.data}", f"--objstore.config-file={config}")
        began = time.monotonic()
        self.begin_block()
        self.end_block()
        self.span = time.monotonic() - began

    def begin_block(self):
        block = self.data / ulid(len(self.blocks))
        shutil.copytree(self.template, block)
        meta = json.loads((block / "meta.json").read_text())
        (block / "meta.json").write_text(json.dumps({**meta, "ulid": block.name, "compaction": {"level": 1, "sources": [block.name]}}))
        self.blocks.append(block)

    def end_block(self):
        sidecar = start(self.scene, "sidecar", *self.flags)
        self.scene.wait("block shipped", lambda: f"{self.blocks[-1].name}/meta.json" in self.server.names())
        sidecar.stop()
        self.check_bucket(self.blocks[-1:])

    def check_bucket(self, blocks):
        """Whatever has a meta.json is whole. Answers how many of them have one."""
        names, whole = self.server.names(), 0
        for block in blocks:
            if f"{block.name}/meta.json" not in names:
                continue
            for path in (p for p in block.rglob("*") if p.is_file() and p.name not in ("meta.json", "tombstones")):
                name = f"{block.name}/{path.relative_to(block)}"
                check(name in names, f"{name} is there, as {block.name}/meta.json is")
                want, got = path.read_bytes(), self.server.ask("GET", name)
                check(hashlib.sha256(got).digest() == hashlib.sha256(want).digest(), f"{name} has {len(got)} bytes of {len(want)} and is what it was")
            json.loads(self.server.ask("GET", f"{block.name}/meta.json"))
            whole += 1
        return whole

    def kill_once(self, nth):
        if nth % KILLS_PER_BLOCK == 0:
            self.begin_block()
        sidecar = start(self.scene, "sidecar", *self.flags, wait=False)
        time.sleep(self.dice.uniform(0, self.span * 1.1))
        sidecar.kill()
        self.check_bucket(self.blocks[-1:])
        if nth % KILLS_PER_BLOCK == KILLS_PER_BLOCK - 1:
            self.end_block()


class Reads:
    """A store with an empty, half-filled or full data directory and cache."""

    def __init__(self, scene, server, config, dice):
        self.scene, self.dice = scene, dice
        self.end = int(time.time()) // 7200 * 7200 - 7200
        self.data, self.cache = scene.folder / "store", scene.folder / "cache"
        for i in range(3):
            block = made_block(scene, f"small-{i}", 1000, 2, self.end - i * 7200)
            meta = json.loads((block / "meta.json").read_text())
            meta["thanos"] = {"labels": {"cluster": "e2e"}, "downsample": {"resolution": 0}, "source": "sidecar"}
            for path in sorted(p for p in block.rglob("*") if p.is_file() and p.name != "meta.json"):
                server.ask("PUT", f"{block.name}/{path.relative_to(block)}", body=path.read_bytes())
            server.ask("PUT", f"{block.name}/meta.json", body=json.dumps(meta).encode())
        caching = scene.folder / "caching.yml"
        caching.write_text(f"type: DISK\nconfig:\n  directory: {self.cache}\n  max_size: 1GB\n")
        self.flags = (f"--data-dir={self.data}", f"--objstore.config-file={config}", f"--store.caching-bucket.config-file={caching}")
        began = time.monotonic()
        self.want = None
        store, query = self.serve()
        self.want = [self.ask(query, text) for text in QUERIES]
        check(all(a["status"] == "success" and not a.get("warnings") and a["data"]["result"] for a in self.want), "the answers to compare with are complete")
        store.stop()
        query.stop()
        self.span = time.monotonic() - began

    def serve(self, wait=True):
        store = start(self.scene, "store", *self.flags, wait=wait)
        query = start(self.scene, "query", f"--endpoint=127.0.0.1:{store.grpc}", wait=wait)
        if wait:
            self.scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
        return store, query

    def ask(self, query, text):
        return query_range(query.url, text, self.end - 5 * 3600, self.end - 60, 120)

    def check_answers(self, query, alive):
        for text, want in zip(QUERIES, self.want):
            answer = self.ask(query, text)
            if answer["status"] == "success" and not answer.get("warnings"):
                if found := difference(answer, want):
                    check(not answer["data"]["result"] and not alive(), f"{text}: {found}")
            else:
                check(not alive(), f"{text}: {answer}")

    def kill_once(self, nth):
        if (wipe := self.dice.randrange(3)) == 1:
            for header in self.data.glob("*/index-header"):
                header.unlink()
        elif wipe == 2:
            shutil.rmtree(self.cache, ignore_errors=True)
        store, query = self.serve(wait=False)
        killed = threading.Event()

        def kill():
            killed.set()
            store.kill()

        timer = threading.Timer(self.dice.uniform(0, self.span), kill)
        timer.start()
        try:
            while not killed.is_set():
                if self.known(query):
                    self.check_answers(query, lambda: not killed.is_set())
                    break
                time.sleep(0.02)
            timer.join()
        finally:
            timer.cancel()
            query.kill()

    def known(self, query):
        try:
            return bool(api(query.url, "stores", method="GET")["data"].get("store"))
        except OSError:
            return False

    def check_restart(self):
        store, query = self.serve()
        self.check_answers(query, lambda: True)
        leftovers = [str(p) for p in self.data.rglob("*") if p.name.endswith(".tmp")]
        check(not leftovers, f"nothing is left behind: {leftovers}")
        store.stop()
        query.stop()


def scenario(scene):
    server = S3Server(scene, "rgw")
    proxy = Proxy(server.port)
    proxy.delay_seconds = 0.02  # so that there is time to die in
    try:
        config = scene.folder / "slow.yml"
        config.write_text(server.config.read_text().replace(f":{server.port}", f":{proxy.port}").replace("config:\n", "config:\n  part_size: 5242880\n"))
        dice = random.Random(SEED)
        reads = Reads(scene, server, config, dice)
        for nth in range(KILLS - KILLS // 3):
            reads.kill_once(nth)
            if nth % 10 == 9:
                reads.check_restart()
        reads.check_restart()
        print(f"   store killed {KILLS - KILLS // 3} times within {reads.span:.1f} s of its start: every answer right, nothing left behind")
        uploads = Uploads(scene, server, config, dice)
        for nth in range(KILLS // 3):
            uploads.kill_once(nth)
        uploads.end_block()
        check(uploads.check_bucket(uploads.blocks) == len(uploads.blocks), "nothing is lost")
        print(f"   sidecar killed {KILLS // 3} times within {uploads.span:.1f} s of its start: {len(uploads.blocks)} blocks shipped, each whole as soon as it was a block")
        scene.stop()
    finally:
        proxy.stop()
        server.stop()


if __name__ == "__main__":
    run("bucket_crash", scenario)
