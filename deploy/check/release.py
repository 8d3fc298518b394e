"""Releases of the chart as a whole: a querier and all stores over one bucket, each at an address of its own, found by the SRV records that
Kubernetes would make of the rendered Services. However the blocks are shared out, the querier has all of them, and no two stores have
the same.
"""
import contextlib
import dataclasses
import json
import pathlib
import random
import re
import subprocess
import tempfile
import time
import urllib.parse

import processes
from coherence import containers, named, pod, selects
from tools import check

DAY = 86400
SERIES = 10


def make_blocks(bucket, now):
    """Blocks of three tenants, some of them months old. Returns the time in the middle of each tenant's data."""
    middles = []
    for tenant, begin in (("team-a", now - DAY), ("team-b", now - DAY), ("team-b", now - 90 * DAY), ("team-c", now - 90 * DAY)):
        with tempfile.TemporaryDirectory(prefix="varve-blocks-") as folder:
            text, blocks = pathlib.Path(folder) / "om", pathlib.Path(folder) / "blocks"
            lines = [f'answer{{series="{i}"}} 42 {t}' for i in range(SERIES) for t in range(begin, begin + 10 * 3600, 60)]
            text.write_text("\n".join(["# TYPE answer gauge", *lines, "# EOF\n"]))
            subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, blocks], check=True, capture_output=True)
            for block in blocks.glob("*/meta.json"):
                meta = json.loads(block.read_text())
                meta["thanos"] = {"labels": {"tenant_id": tenant}, "downsample": {"resolution": 0}, "source": "sidecar"}
                block.write_text(json.dumps(meta))
                block.parent.rename(bucket / block.parent.name)
        middles.append((tenant, begin + 5 * 3600))
    return middles


@contextlib.contextmanager
def name_server(folder, objects, pods):
    """SRV and A records of the headless Services' ports. Yields the server's address."""
    port, lines = processes.free_port(), []
    for name, service in named(objects, "Service").items():
        zone = f"{name}.metrics.svc.cluster.local"
        for one in pods:
            if service["spec"].get("clusterIP") == "None" and selects(service["spec"]["selector"], one.labels):
                lines.append(f"host-record={one.name}.{zone},{one.address}")
                lines += [f"srv-host=_{each['name']}._tcp.{zone},{one.name}.{zone},{each['port']}" for each in service["spec"]["ports"]]
    user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    config = folder / "dnsmasq.conf"
    config.write_text("\n".join([f"port={port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts",
                                 "local=/cluster.local/", f"user={user}", "pid-file=", "keep-in-foreground", *lines, ""]))
    server = subprocess.Popen(["dnsmasq", "-C", config], stderr=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def ask(address, query, moment):
    _, body = processes.get(address, "/api/v1/query?" + urllib.parse.urlencode({"query": query, "time": moment}))
    return body


def check_answers(address, middles):
    """Every tenant's series are there at every time that has them."""
    for tenant, middle in middles:
        until, body = time.monotonic() + processes.PATIENCE, ""
        want = f'"value":[{middle},"{SERIES}"]'
        while want not in body and time.monotonic() < until:
            body = ask(address, f'count(answer{{tenant_id="{tenant}"}})', middle)
            time.sleep(0.05)
        check(want in body, f"{tenant} at {middle}: {body}")


def blocks_of(address):
    """How many blocks a store serves."""
    found = re.search(r"^thanos_bucket_store_blocks_loaded\S* (\d+)", processes.get(address, "/metrics")[1], re.MULTILINE)
    check(found, f"{address} does not say how many blocks it serves")
    return int(found[1])


@dataclasses.dataclass
class Pod:
    name: str
    workload: dict
    container: dict
    address: str

    @property
    def labels(self):
        return pod(self.workload)["metadata"]["labels"]


def pods_of(objects, role, net):
    found = []
    for workload, container in containers(objects):
        for replica in range(workload["spec"]["replicas"] if container["name"] == role else 0):
            found.append(Pod(f"{workload['metadata']['name']}-{replica}", workload, container, f"{net}.{len(found) + 1}"))
    return found


def start(running, folder, objects, one, env=()):
    http, grpc = f"{one.address}:10902", f"{one.address}:10901"
    args = processes.prepare(one.workload, one.container, objects, folder / one.name, folder / "bucket", http, grpc)
    running.enter_context(processes.running(one.name, args, folder, http, env=env))


def check_release(objects):
    with tempfile.TemporaryDirectory(prefix="varve-release-") as name, contextlib.ExitStack() as running:
        folder, net = pathlib.Path(name), f"127.{random.randrange(1, 255)}"
        bucket = folder / "bucket"
        bucket.mkdir()
        middles = make_blocks(bucket, int(time.time()) // 3600 * 3600)
        stores, querier = pods_of(objects, "store", f"{net}.1"), pods_of(objects, "query", f"{net}.2")[0]
        for store in stores:
            start(running, folder, objects, store)
        names = running.enter_context(name_server(folder, objects, stores))
        start(running, folder, objects, querier, env={"VARVE_DNS_SERVERS": names})
        check_answers(f"{querier.address}:10902", middles)
        shares = {store.workload["metadata"]["name"]: blocks_of(f"{store.address}:10902") for store in stores}  # replicas have the same
        total = len(list(bucket.glob("*/meta.json")))
        check(sum(shares.values()) == total, f"of {total} blocks the stores have {shares}")
