"""deploy/tutorial as a reader applies it: every step, the checks of its step 5, scaling without a failed query, the best practices, no secret anywhere."""
import json
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

from cluster import Cluster, with_separate_values
from harness import Failure, ROOT, VARVE, api, check, difference, get_text, instant, query_range, run
from s3_servers import S3Server
from targets import write_openmetrics

MANIFESTS = ROOT / "deploy" / "tutorial"
STEPS, BEST = MANIFESTS / "steps", MANIFESTS / "best-practices"
QUERIES = ["om_temperature", "sum by (job) (rate(om_requests_total[5m]))", "max_over_time(om_temperature[20m])", "count(om_requests_total)",
           "avg by (instance) (om_temperature)"]
EXTERNAL = ("cluster", "replica")
LENGTH = 54 * 3600  # of a block that promtool makes in one piece and that is long enough to be downsampled


class Prober(threading.Thread):
    """Asks the querier for old and new data again and again, and keeps what failed."""

    def __init__(self, base, historical):
        super().__init__(daemon=True)
        self.base, self.historical = base, historical
        self.asked, self.failures, self.warned, self.over = 0, [], 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            for query, moment, good in (('count(up{job="prometheus"})', time.time(), lambda v: v in ("1", "2", "3")), ("count(om_temperature)", self.historical, lambda v: v == "20")):
                try:
                    answer = instant(self.base, query, moment)
                    values = [s["value"][1] for s in answer.get("data", {}).get("result", [])]
                    if answer["status"] != "success" or len(values) != 1 or not good(values[0]):
                        self.failures.append(f"{query}: {answer}")
                    self.warned += bool(answer.get("warnings"))
                except Exception as error:
                    self.failures.append(f"{query}: {error!r}")
                self.asked += 1
            time.sleep(0.02)

    def end(self):
        self.over.set()
        self.join()


def history(scene, now):
    """Blocks of two hours, as a Prometheus that has run for a while has them."""
    text, blocks = scene.folder / "history.om", scene.folder / "history"
    write_openmetrics(text, 40, now - 10 * 3600, now - 3 * 3600, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, blocks], check=True, stdout=subprocess.DEVNULL)
    return blocks


def errors_in(scene):
    return [f"{p.name}: {line}" for p in scene.processes if p.ours for line in p.log.read_text().splitlines() if "level=error" in line]


def known(querier):
    return sorted(e["name"] for group in api(querier.url(9090), "stores", method="GET")["data"].values() for e in group)


def up_of_thanos(querier):
    return {s["metric"]["instance"]: s["value"][1] for s in instant(querier.url(9090), 'up{job="thanos"}', time.time())["data"]["result"]}


def steps_one_to_four(scene, cluster, s3, now):
    for config in ("s3-config", "prometheus-config", "services"):
        cluster.apply(STEPS / f"{config}.yaml")
    blocks = history(scene, now)
    made = {p.name for p in blocks.iterdir() if (p / "meta.json").exists()}
    cluster.apply(STEPS / "prometheus-thanos-deployment.yaml", seed={"prometheus-data": blocks})
    scene.wait("the sidecar has shipped every block", lambda: {n.split("/")[0] for n in s3.names() if n.endswith("/meta.json")} >= made)
    cluster.apply(STEPS / "thanos-store-deployment.yaml")
    cluster.apply(STEPS / "thanos-querier-deployment.yaml")
    querier = cluster.pod("thanos-querier")
    wanted = sorted(f"{cluster.pod(d).ip}:10901" for d in ("prometheus", "thanos-store"))
    scene.wait("the querier finds both by SRV records", lambda: known(querier) == wanted, 90)
    print(f"   steps 1 to 4: {len(made)} blocks shipped, endpoints {known(querier)}")


def step_five(scene, cluster, now):
    """Recent and historical data through the querier; the latter also when no Prometheus has it any more."""
    querier, prometheus = cluster.pod("thanos-querier"), cluster.pod("prometheus")
    scene.wait("recent data", lambda: instant(querier.url(9090), 'up{job="prometheus"} == 1', time.time())["data"]["result"])
    scene.wait("every component up", lambda: len(up_of_thanos(querier)) == 3 and set(up_of_thanos(querier).values()) == {"1"})
    start, end = now - 10 * 3600 + 1800, now - 3 * 3600 - 600
    span = (start + 0.4, end + 0.4, 301)
    want = {q: query_range(prometheus.url(9090), q, *span) for q in QUERIES}

    def compare(what, queries):
        differs = [f"{what}: {q}: {d}" for q in queries if (d := difference(query_range(querier.url(9090), q, *span), want[q], EXTERNAL))]
        check(not differs, "\n   ".join(differs))

    # Penalty de-duplication over chunks that are cut differently (those of the sidecar and of the store) moves a reset of a counter, here as in Thanos.
    compare("with Prometheus", [q for q in QUERIES if "rate(" not in q])
    cluster.restart("prometheus")
    prometheus = cluster.pod("prometheus")
    scene.wait("the new sidecar found", lambda: f"{prometheus.ip}:10901" in known(querier), 90)
    check(not query_range(prometheus.url(9090), QUERIES[0], *span)["data"]["result"], "the new Prometheus has no history")
    scene.wait("recent data of the new Prometheus", lambda: instant(querier.url(9090), 'up{job="prometheus"} == 1', time.time())["data"]["result"])
    compare("from the bucket", QUERIES)
    scene.wait("every component up for the new Prometheus", lambda: len(up_of_thanos(querier)) == 3 and set(up_of_thanos(querier).values()) == {"1"})
    check(not (found := errors_in(scene)), "\n   ".join(found))
    print(f"   step 5: {2 * len(want) - 1} answers over seven hours as Prometheus gave them, also after its volume was lost; no errors in logs; up: {up_of_thanos(querier)}")


def scaling(scene, cluster, now, deployment, name_of_service):
    querier = cluster.pod("thanos-querier")
    prober = Prober(querier.url(9090), now - 6 * 3600)
    prober.start()
    ips = lambda: sorted(f"{p.ip}:10901" for d in (deployment, "thanos-store") for p in cluster.pods[d])
    for replicas in (3, 1):
        cluster.scale(deployment, replicas)
        scene.wait(f"{name_of_service}: {replicas} sidecars known", lambda: known(querier) == ips(), 90)
        if replicas == 3:
            scene.wait("all three scraped", lambda: len(instant(querier.url(9090), 'up{job="prometheus"}', time.time(), dedup="false")["data"]["result"]) >= 3)
    prober.end()
    check(not prober.failures, f"{len(prober.failures)} of {prober.asked} queries failed while scaling; the first: {prober.failures[0] if prober.failures else ''}")
    print(f"   {deployment} from 1 to 3 and back: {prober.asked} queries, none failed, {prober.warned} with a warning")


def metric(base, name):
    return float(re.search(rf"^{name} ([0-9.e+]+)$", get_text(base + "/metrics"), re.M)[1])


def ulid(time_s, number):
    """An id of that time."""
    value, text = (int(time_s * 1000) << 80) | number, ""
    for _ in range(26):
        text, value = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[value & 31] + text, value >> 5
    return text


def put_old_block(scene, s3, days, number):
    """A raw block that ended `days` ago or a little before, as if a compactor had made it then."""
    end = (int(time.time()) - days * 86400) // LENGTH * LENGTH
    text, made = scene.folder / f"old-{days}.om", scene.folder / f"old-{days}"
    write_openmetrics(text, 4, end - LENGTH, end, 300)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=54h", text, made], check=True, stdout=subprocess.DEVNULL)
    block, = made.iterdir()
    meta = json.loads((block / "meta.json").read_text())
    meta["ulid"] = ulid(end, number)
    meta["compaction"]["sources"] = [meta["ulid"]]
    meta["thanos"] = {"version": 1, "labels": {"cluster": "tutorial", "replica": f"old-{days}"}, "downsample": {"resolution": 0}, "source": "sidecar"}
    for path in (block / "chunks" / "000001", block / "index"):
        s3.ask("PUT", f"{meta['ulid']}/{path.relative_to(block)}", body=path.read_bytes())
    s3.ask("PUT", f"{meta['ulid']}/meta.json", body=json.dumps(meta).encode())
    return meta["ulid"], end - LENGTH // 2


def metas(s3):
    return {m["ulid"]: m for m in (json.loads(s3.ask("GET", name)) for name in s3.names() if re.fullmatch(r"\w{26}/meta.json", name))}


def with_the_secret(scene, cluster):
    """The keys move from the ConfigMap to the Secret; the querier finds the same pods under another Service, its flags spelled the other way."""
    for name in ("s3-credentials", "s3-config", "thanos-sidecar-deployment", "thanos-store-deployment"):
        cluster.apply(BEST / f"{name}.yaml")
    cluster.delete("prometheus")
    cluster.respell = with_separate_values
    cluster.apply(BEST / "thanos-querier-deployment.yaml")
    cluster.respell = lambda args: args
    querier = cluster.pod("thanos-querier")
    wanted = sorted(f"{cluster.pod(d).ip}:10901" for d in ("thanos-sidecar", "thanos-store"))
    scene.wait("the querier finds both again", lambda: known(querier) == wanted, 90)
    scene.wait("every component up again", lambda: len(up_of_thanos(querier)) == 3 and set(up_of_thanos(querier).values()) == {"1"})
    print("   Secret: keys from S3_ACCESS_KEY and S3_SECRET_KEY; --flag value instead of --flag=value")


def compactor(scene, cluster, s3):
    """Its retention flags do what they say, and a second compactor on the same bucket does no harm."""
    kept, moment = put_old_block(scene, s3, 46, 1)
    expired, _ = put_old_block(scene, s3, 400, 2)
    cluster.apply(BEST / "thanos-compactor-deployment.yaml")
    cluster.scale("thanos-compactor", 2)
    marked = lambda: {n.split("/")[0] for n in s3.names() if n.endswith("/deletion-mark.json")}
    downsampled = lambda: [m for m in metas(s3).values() if m["thanos"]["downsample"]["resolution"] == 300000 and kept in m["compaction"]["sources"]]
    scene.wait("the block of 46 days downsampled", downsampled, 120)
    scene.wait("the block past every retention marked", lambda: expired in marked(), 120)
    done = lambda pod: re.search("iteration.*(done|complete)", pod.containers["thanos-compactor"].log.read_text())
    scene.wait("both compactors done", lambda: all(done(pod) for pod in cluster.pods["thanos-compactor"]), 120)
    found = metas(s3)
    check(kept in found and expired in found, "a block was deleted before its delay")
    cluster.scale("thanos-compactor", 1)
    copies = len(downsampled())
    # One that looks each second and makes nothing, so that what it sees is another's work.
    witness = scene.varve("compact", f"--data-dir={scene.folder}/witness", f"--objstore.config-file={s3.config}", "--wait", "--wait-interval=1s",
                          "--consistency-delay=0s", "--downsampling.disable", name="witness")
    put_old_block(scene, s3, 50, 3)
    once = scene.start("compact-once", VARVE, "compact", f"--data-dir={scene.folder}/once", f"--objstore.config-file={s3.config}", "--consistency-delay=0s",
                       "--http-address=127.0.0.1:0", "--grpc-address=127.0.0.1:0")
    once.expected_dead = True
    check(once.popen.wait(timeout=120) == 0, f"compaction without --wait failed:\n{once.tail()}")
    scene.wait("a compactor says that it is not alone", lambda: metric(witness.url, "varve_compact_other_compactor_blocks_total") > 0)
    check("another compactor works on the same blocks" in witness.log.read_text(), f"no word of it:\n{witness.tail()}")
    witness.expected_dead = True
    witness.stop()
    live = [m for m in downsampled() if m["ulid"] not in marked()]
    check(len(live) == 1, f"{len(live)} live copies of one downsampled block")
    print(f"   two compactors made {copies} copies of what one would have made once; one is left")
    cluster.restart("thanos-store")
    querier = cluster.pod("thanos-querier")
    scene.wait("the new store found", lambda: f"{cluster.pod('thanos-store').ip}:10901" in known(querier), 90)
    answer = instant(querier.url(9090), 'count(count_over_time(om_temperature{replica="old-46"}[1h]))', moment, dedup="false", max_source_resolution="5m")
    check([s["value"][1] for s in answer["data"]["result"]] == ["2"], f"data of 46 days ago: {answer}")


def alert(scene, cluster):
    """The tutorial's rule sees an instance that does not answer."""
    store, prometheus = cluster.pod("thanos-store"), cluster.pod("thanos-sidecar")
    store.containers["thanos-store"].expected_dead = True
    store.containers["thanos-store"].kill()
    alerts = lambda: [a for a in api(prometheus.url(9090), "alerts", method="GET")["data"]["alerts"] if a["labels"]["alertname"] == "ThanosDown"]
    scene.wait("ThanosDown pending", lambda: [a["labels"]["instance"] for a in alerts()] == [f"{store.ip}:10902"], 120)
    cluster.restart("thanos-store")
    scene.wait("ThanosDown over", lambda: not alerts(), 120)
    print("   ThanosDown goes pending for a store that is killed, and goes away")


PAGES = ["", "metrics", "-/healthy", "-/ready", "flags", "config", "status", "graph", "stores", "targets", "rules", "alerts", "blocks", "loaded", "debug/pprof/",
         "debug/vars", "api/v1/status/config", "api/v1/status/flags", "api/v1/status/runtimeinfo", "api/v1/status/buildinfo", "api/v1/status/tsdb",
         "api/v1/status/blocks", "api/v1/stores", "api/v1/blocks", "api/v1/rules", "api/v1/targets", "api/v1/query?query=%24%7BS3_SECRET_KEY%7D"]


def page(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as reply:
            return reply.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")


def no_secret(scene, cluster, secrets):
    """In no log and on no page of any role."""
    read = 0
    for pods in cluster.pods.values():
        for pod in pods:
            port = 9090 if "thanos-querier" in pod.containers else 10902
            for path in PAGES:
                text, read = page(pod.url(port) + "/" + path), read + 1
                check(not any(s in text for s in secrets), f"{pod.name}: /{path} shows a secret")
    logs = [p for p in scene.processes if p.ours]
    for process in logs:
        check(not any(s in process.log.read_text(errors="replace") for s in secrets), f"{process.log} shows a secret")
    print(f"   no secret on {read} pages and in {len(logs)} logs")


def no_secret_of_others(scene, s3):
    """Nor in what tools and `up` say, well or ill, with every word they have to say."""
    commands = [["bucket", "ls", "-o", "json"], ["bucket", "inspect"], ["bucket", "verify"], ["bucket", "cleanup"], ["bucket", "ls", "--no-such-flag=1"],
                ["lifecycle", "generate"], ["lifecycle", "check", f"--policy-file={BEST}/lifecycle-of-the-tutorial.json"]]
    broken = scene.folder / "broken.yml"
    broken.write_text(s3.config.read_text() + "  no_such_key: 1\n")
    runs = 0
    for command in commands:
        for given in ([f"--objstore.config-file={s3.config}"], [f"--objstore.config={s3.config.read_text()}"], [f"--objstore.config-file={broken}"]):
            done = subprocess.run([VARVE, "tools", *command, "--log.level=debug", *given], capture_output=True, text=True, timeout=300)
            check(s3.secret_key not in done.stdout + done.stderr, f"tools {' '.join(command)} says the secret:\n{done.stdout}{done.stderr}")
            runs += 1
    up = scene.varve("up", f"--data-dir={scene.folder}/up", f"--objstore.config={s3.config.read_text()}", "--log.level=debug", name="up")
    for path in PAGES:
        check(s3.secret_key not in page(up.url + "/" + path), f"up: /{path} shows the secret")
    up.expected_dead = True
    up.stop()
    check(s3.secret_key not in up.log.read_text(errors="replace"), f"{up.log} shows the secret")
    print(f"   no secret in {runs} runs of tools, nor on {len(PAGES)} pages and in the log of up, whose flags hold it")


def bad_inputs(scene, s3):
    """What is wrong is named, at once, and never with the secret in it."""
    def config(name, keys):
        path = scene.folder / f"bad-{name}.yml"
        path.write_text(f"type: S3\nconfig:\n  bucket: my-thanos-bucket\n  endpoint: 127.0.0.1:{s3.port}\n  insecure: true\n{keys}")
        return path

    def fails(config_path, words, env=None, user=None):
        for role in ("store", "compact", "tools"):
            args = ["tools", "bucket", "ls"] if role == "tools" else [role, f"--data-dir={scene.folder}/bad-data", "--http-address=127.0.0.1:0", "--grpc-address=127.0.0.1:0"]
            variables = {**{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "S3_"))}, "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", **(env or {})}
            run = subprocess.run([VARVE, *args, f"--objstore.config-file={config_path}"], capture_output=True, text=True, env=variables, timeout=300, user=user)
            said = run.stdout + run.stderr
            check(run.returncode != 0 and words in said, f"{args[0]} with {config_path.name} ended with {run.returncode} and did not say \"{words}\": {said[-600:]}")
            check("wrong-secret-7f" not in said, f"{args[0]} with {config_path.name} says the secret: {said}")

    fails(config("none", ""), "S3_ACCESS_KEY and S3_SECRET_KEY")
    fails(config("half", ""), "S3_SECRET_KEY", env={"S3_ACCESS_KEY": "AKTEST"})
    fails(config("wrong", f"  access_key: {s3.access_key}\n  secret_key: wrong-secret-7f\n"), "check access_key and secret_key")
    fails(config("unset", "  access_key: $(NOT_SET)\n  secret_key: wrong-secret-7f\n"), "NOT_SET")
    fails(config("malformed", "  secret_key: wrong-secret-7f\n  secret_kez: wrong-secret-7f\n"), "secret_kez")
    fails(scene.folder / "bad-absent.yml", "bad-absent.yml")
    (folder := scene.folder / "bad-folder.yml").mkdir()
    fails(folder, "bad-folder.yml")
    (secret := scene.folder / "bad-unreadable.yml").touch(mode=0o000)
    fails(secret, "bad-unreadable.yml", user=65534 if os.geteuid() == 0 else None)  # root may read everything
    print("   missing, half, wrong and unset keys, an unknown key, and files that are absent, unreadable or folders are named, without the secret")


def rotation(scene, s3):
    """Keys exchanged in a mounted file are taken up when the old ones are refused."""
    admin = lambda *args: subprocess.run(["radosgw-admin", "-c", scene.folder / "rgw" / "ceph.conf", "key", *args, "--uid=t", "--key-type=s3"],
                                         check=True, capture_output=True, timeout=60)
    path = scene.folder / "rotated.yml"
    path.write_text(s3.config.read_text())
    store = scene.varve("store", f"--data-dir={scene.folder}/rotated", f"--objstore.config-file={path}", "--sync-block-duration=1s", name="rotated")
    loads = lambda: float(re.search(r"^thanos_blocks_meta_syncs_total ([0-9.e+]+)$", get_text(store.url + "/metrics"), re.M)[1])
    failures = lambda: float(re.search(r"^thanos_blocks_meta_sync_failures_total ([0-9.e+]+)$", get_text(store.url + "/metrics"), re.M)[1])
    admin("create", "--access-key=AKNEW", "--secret-key=SKNEW-b1946ac9")
    fresh = path.with_suffix(".new")
    fresh.write_text(path.read_text().replace(s3.access_key, "AKNEW").replace(s3.secret_key, "SKNEW-b1946ac9"))
    os.replace(fresh, path)
    admin("rm", f"--access-key={s3.access_key}")
    scene.wait("the old key refused", lambda: refused(s3))
    before = loads()
    scene.wait("five more listings", lambda: loads() >= before + 5)
    check(failures() == 0, f"{failures()} listings failed:\n{store.tail()}")
    print("   keys exchanged in the file: no listing failed")


def refused(s3):
    try:
        s3.ask("GET", query={"list-type": "2"})
        return False
    except Failure as failure:
        return "HTTP 403" in str(failure)


def scenario(scene):
    now = int(time.time())
    s3 = S3Server(scene, "rgw", bucket="my-thanos-bucket")
    cluster = Cluster(scene, replace=[("endpoint: s3.amazonaws.com", f"endpoint: 127.0.0.1:{s3.port}\n  insecure: true"),
                                      ("YOUR_ACCESS_KEY", s3.access_key), ("YOUR_SECRET_KEY", s3.secret_key)])
    steps_one_to_four(scene, cluster, s3, now)
    step_five(scene, cluster, now)
    scaling(scene, cluster, now, "prometheus", "thanos-sidecar")
    with_the_secret(scene, cluster)
    compactor(scene, cluster, s3)
    alert(scene, cluster)
    bad_inputs(scene, s3)
    no_secret(scene, cluster, [s3.secret_key, "wrong-secret-7f"])
    no_secret_of_others(scene, s3)
    rotation(scene, s3)
    no_secret(scene, cluster, [s3.secret_key, "SKNEW-b1946ac9"])


if __name__ == "__main__":
    run("tutorial", scenario)
