"""Marks that lifecycle rules go by: on chunk files of raw blocks alone, put on by sidecar and compactor; rules written and judged by `varve tools lifecycle`."""
import json
import os
import re
import subprocess
import time

from harness import ROOT, VARVE, check, run
from s3_servers import S3Server
from targets import write_openmetrics

LENGTH = 54 * 3600  # of a block that is long enough to be downsampled
TUTORIAL = ROOT / "deploy" / "tutorial" / "best-practices" / "lifecycle-of-the-tutorial.json"
RETENTION = ["--retention.resolution-raw=30d", "--retention.resolution-5m=180d", "--retention.resolution-1h=1y"]


def blocks(scene, now):
    """Five blocks of two hours, and a long one of ten days ago."""
    data = scene.folder / "prometheus-data"
    long_end = (now - 10 * 86400) // LENGTH * LENGTH
    for name, begin, end, step, longest in (("short", now - 10 * 3600, now - 3 * 3600, 60, "2h"), ("long", long_end - LENGTH, long_end, 300, "54h")):
        text = scene.folder / f"{name}.om"
        write_openmetrics(text, 10, begin, end, step)
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={longest}", text, data], check=True, stdout=subprocess.DEVNULL)
    return data


def tags(server, name):
    text = server.ask("GET", name, query={"tagging": ""}).decode()
    return dict(zip(re.findall(r"<Key>([^<]*)</Key>", text), re.findall(r"<Value>([^<]*)</Value>", text)))


def metas(server):
    return {m["ulid"]: m for m in (json.loads(server.ask("GET", n)) for n in server.names() if re.fullmatch(r"\w{26}/meta.json", n))}


def check_marks(server, what):
    """How many objects carry the mark; every chunk file of a raw block has to, and nothing else."""
    raw = {ulid for ulid, meta in metas(server).items() if meta["thanos"]["downsample"]["resolution"] == 0}
    marked = 0
    for name in server.names():
        wanted = {"varve": "raw-chunks"} if "/chunks/" in name and name.split("/")[0] in raw else {}
        check((found := tags(server, name)) == wanted, f"{what}: {name} has the tags {found} and not {wanted}")
        marked += bool(wanted)
    return marked


def tool(*args):
    done = subprocess.run([VARVE, "tools", "lifecycle", *map(str, args)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def written_by_writers(scene, server, config, now):
    data = blocks(scene, now)
    made = {p.name for p in data.iterdir() if (p / "meta.json").exists()}
    prometheus, port = scene.prometheus(config="global: {external_labels: {cluster: e2e, replica: a}}\n", data=data)
    scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={data}", f"--objstore.config-file={config}")
    scene.wait("all blocks shipped", lambda: {n.split("/")[0] for n in server.names() if n.endswith("/meta.json")} >= made)
    shipped = check_marks(server, "shipped")
    check(shipped >= len(made), f"{shipped} marks on {len(made)} blocks")
    compactor = scene.start("compact", VARVE, "compact", f"--data-dir={scene.folder}/compact", f"--objstore.config-file={config}",
                            "--consistency-delay=0s", "--http-address=127.0.0.1:0")
    compactor.expected_dead = True
    check(compactor.popen.wait(timeout=300) == 0, f"compaction failed:\n{compactor.tail()}")
    resolutions = {m["thanos"]["downsample"]["resolution"] for m in metas(server).values()}
    compacted = [m for m in metas(server).values() if m["compaction"]["level"] > 1 and m["thanos"]["downsample"]["resolution"] == 0]
    check(300000 in resolutions and compacted, f"nothing to look at: {resolutions}, {len(compacted)} raw blocks compacted")
    print(f"   {shipped} chunk files marked by the sidecar, {check_marks(server, 'compacted')} with those of {len(compacted)} compacted blocks; no index, no meta.json, nothing downsampled")


def rules(scene, server, config):
    bucket = f"--objstore.config-file={config}"
    code, policy, log = tool("generate", "--by-mark", bucket)
    check(code == 0 and '"Key":"varve"' in policy.replace(" ", ""), f"generate --by-mark: {code} {policy} {log}")
    (path := scene.folder / "marked.json").write_text(policy)
    code, said, log = tool("check", f"--policy-file={path}", bucket)
    check(code == 0 and "0 mistakes; 0 times" in said, f"check of what was generated: {code} {said} {log}")
    code, said, log = tool("check", f"--policy-file={TUTORIAL}", bucket, *RETENTION)
    check(code == 1 and "freezes" in said and "deletes" in said and "GLACIER" in said and "meta.json" in said, f"check of the tutorial's rule: {code} {said} {log}")
    code, said, log = tool("generate", bucket, "--expire-after=100d", *RETENTION)
    check(code == 1 and not said and "--retention.resolution-5m keeps for 180d" in log, f"generate --expire-after: {code} {said} {log}")
    code, said, log = tool("generate", bucket, "--by-mark", "--retention.resolution-raw=30d")
    check(code == 1 and not said and "107d or more" in log, f"generate --by-mark with a short retention: {code} {said} {log}")
    (short := scene.folder / "short.json").write_text('{"Rules": [{"ID": "week", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 7}}]}')
    code, said, log = tool("check", f"--policy-file={short}", bucket, *RETENTION)
    check(code == 1 and '"week" deletes' in said and "raw data for 30d" in said, f"check of a rule of a week: {code} {said} {log}")
    check(server.secret_key not in said + log, "a secret")
    print("   rules: by the mark written and safe; of the tutorial judged; expiring before retention refused and explained")


def scenario(scene):
    server = S3Server(scene, "rgw")
    os.environ.update(E2E_ACCESS=server.access_key, E2E_SECRET=server.secret_key)
    config = scene.folder / "marked.yml"
    text = server.config.read_text().replace(f"access_key: {server.access_key}", "access_key: $(E2E_ACCESS)")
    config.write_text(text.replace(f"secret_key: {server.secret_key}", "secret_key: ${E2E_SECRET}") + "varve: {mark_raw_chunks: true}\n")
    try:
        written_by_writers(scene, server, config, int(time.time()))
        rules(scene, server, config)
        for process in scene.processes:
            check(server.secret_key not in process.log.read_text(errors="replace"), f"{process.name} logged the secret key")
        scene.stop()  # before its bucket goes
    finally:
        server.stop()


if __name__ == "__main__":
    run("lifecycle", scenario)
