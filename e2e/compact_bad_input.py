"""Bad blocks, a full disk: what is wrong is left alone with a reason, the rest is compacted; exit codes, probes and metrics tell the truth."""
import json
import shutil
import subprocess
import time

from compact import HOUR, compact, live_blocks, put_blocks
from harness import VARVE, check, free_port, get_text, http_status, run


def meta_of(block):
    return json.loads((block / "meta.json").read_text())


def of_cluster(bucket, cluster):
    """Live blocks, oldest first."""
    return sorted((b for b in live_blocks(bucket) if meta_of(b)["thanos"]["labels"].get("cluster") == cluster), key=lambda b: meta_of(b)["minTime"])


def damage(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 4
    path.write_bytes(raw)


def change_meta(block, change):
    meta = meta_of(block)
    change(meta)
    (block / "meta.json").write_text(json.dumps(meta))


def reason_of(block):
    mark = block / "no-compact-mark.json"
    return json.loads(mark.read_text())["reason"] if mark.exists() else None


def bad_blocks(scene, bucket, config, now):
    for cluster in ("healthy", "corrupt", "missing", "lying", "nobody", "future"):
        put_blocks(scene, bucket, cluster, now, 12, 1)
    corrupt, missing, lying = (of_cluster(bucket, c)[1] for c in ("corrupt", "missing", "lying"))
    damage(corrupt / "chunks" / "000001")
    (missing / "chunks" / "000001").unlink()
    shutil.copy(of_cluster(bucket, "lying")[2] / "index", lying / "index")
    nobody = of_cluster(bucket, "nobody")
    for block in nobody:
        change_meta(block, lambda meta: meta["thanos"].update(labels={}))
    future = of_cluster(bucket, "future")[0]
    change_meta(future, lambda meta: meta.update(minTime=meta["minTime"] + 10**10, maxTime=meta["maxTime"] + 10**10))

    done = subprocess.run(compact(scene, config), capture_output=True, text=True)
    check(done.returncode == 1, f"with groups held compact ended with {done.returncode}: {done.stderr[-1000:]}")
    for what in ("no external labels", "in the future", "groups are held"):
        check(what in done.stderr, f"compact did not say {what!r}: {done.stderr[-2000:]}")
    check(len(of_cluster(bucket, "healthy")) < 6, f"{len(of_cluster(bucket, 'healthy'))} healthy blocks are left")
    check((reason_of(corrupt), reason_of(missing), reason_of(lying)) == ("corrupt-block", "missing-objects", "corrupt-block"),
          f"reasons: {reason_of(corrupt)}, {reason_of(missing)}, {reason_of(lying)}")
    for block in (corrupt, missing, lying, future, *nobody):
        check((block / "meta.json").exists() and not (block / "deletion-mark.json").exists(), f"{block.name} is to be deleted")

    process = scene.start("waiting", VARVE, "compact", "--wait", f"--data-dir={scene.folder}/waiting", f"--objstore.config-file={config}",
                          "--consistency-delay=0s", "--compact.progress-interval=1s", f"--http-address=127.0.0.1:{(port := free_port())}")
    url = f"http://127.0.0.1:{port}"
    scene.wait("an iteration", lambda: "varve_compact_held_groups 2" in get_text(f"{url}/metrics"))
    check(http_status(f"{url}/-/ready") == 200 and http_status(f"{url}/-/healthy") == 200, "a compactor with held groups is healthy and goes on")
    metrics = get_text(f"{url}/metrics")
    for line in ("thanos_compact_halted 0", 'varve_compact_quarantined_blocks{reason="corrupt-block"} 2', 'varve_compact_quarantined_blocks{reason="missing-objects"} 1'):
        check(line in metrics, f"/metrics lacks {line}: " + "\n".join(m for m in metrics.splitlines() if "quarantined" in m or "halted" in m))
    check(process.stop() == 0, "it ends with 0 when it is asked to")

    for block in (*nobody, future):
        shutil.rmtree(block)
    done = subprocess.run(compact(scene, config), capture_output=True, text=True)
    check(done.returncode == 0, f"without held groups compact ended with {done.returncode}: {done.stderr[-1000:]}")
    print("   bad blocks: exit code 1 while groups are held, 0 when none is; damage is quarantined with its reason, the healthy group is compacted")


def full_disk(scene, bucket, config, now):
    put_blocks(scene, bucket, "large", now, 12, 2)
    before = {b.name for b in live_blocks(bucket)}
    data = scene.folder / "small-disk"
    data.mkdir()
    command = compact(scene, config, data="small-disk")
    small = subprocess.run(["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size=200k tmpfs {data} && exec "$@"', "sh", *map(str, command)], capture_output=True, text=True)
    if "permission denied" in small.stderr.lower() or "operation not permitted" in small.stderr.lower():
        print("   full disk: left out, it takes the right to mount one")
        return
    check(small.returncode == 1, f"on a full disk compact ended with {small.returncode}: {small.stderr[-1000:]}")
    check("No space left on device" in small.stderr, f"compact did not say what is full: {small.stderr[-1000:]}")
    check({b.name for b in live_blocks(bucket)} == before and not any(reason_of(b) for b in of_cluster(bucket, "large")), "a full disk changed the bucket")
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0 and len(of_cluster(bucket, "large")) < 6, f"with room compact ended with {done.returncode}: {done.stderr[-1000:]}")
    print("   full disk: exit code 1, nothing marked; with room it is done")


def scenario(scene):
    bucket = scene.folder / "bucket"
    config = scene.bucket_config(bucket)
    now = int(time.time()) // (2 * HOUR) * 2 * HOUR
    bad_blocks(scene, bucket, config, now)
    full_disk(scene, bucket, config, now)


if __name__ == "__main__":
    run("compact_bad_input", scenario)
