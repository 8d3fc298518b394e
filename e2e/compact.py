"""Compaction: answers before and after are the same, promtool and Prometheus accept the result, and a compactor killed again and again loses nothing."""
import json
import random
import re
import shutil
import subprocess
import time

from blocks import FLOATS
from harness import VARVE, check, difference, free_port, instant, query_range, run
from targets import write_openmetrics

HOUR = 3600
KILLS = 25


def put_blocks(scene, bucket, cluster, now, hours, seed, replica=None):
    """promtool's blocks of two hours, with the external labels a sidecar would have given them."""
    text, made = scene.folder / f"{cluster}-{replica}.om", scene.folder / f"{cluster}-{replica}-blocks"
    write_openmetrics(text, 60, now - hours * HOUR, now, 30, seed=seed)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, made], check=True, stdout=subprocess.DEVNULL)
    for block in made.iterdir():
        meta = json.loads((block / "meta.json").read_text())
        labels = {"cluster": cluster, **({"replica": replica} if replica else {})}
        meta["thanos"] = {"version": 1, "labels": labels, "downsample": {"resolution": 0}, "source": "sidecar"}
        (block / "meta.json").write_text(json.dumps(meta))
        shutil.copytree(block, bucket / block.name)


def compact(scene, config, *flags, data="compact"):
    return [VARVE, "compact", f"--data-dir={scene.folder}/{data}", f"--objstore.config-file={config}", f"--http-address=127.0.0.1:{free_port()}",
            "--consistency-delay=0s", *flags]


def live_blocks(bucket):
    return [b for b in bucket.iterdir() if (b / "meta.json").exists() and not (b / "deletion-mark.json").exists()]


def narrow(text, cluster):
    return re.sub(r"(om_\w+)(\{)?", lambda found: f'{found[1]}{{cluster="{cluster}"' + ("," if found[2] else "}"), text)


def ask(scene, config, moments, span, name):
    """The answers of an `up` over the bucket as it is now, by cluster, text and time."""
    up = scene.varve("up", f"--data-dir={scene.folder}/{name}", f"--objstore.config-file={config}", "--query.replica-label=replica", name=name)
    answers = {}
    for text in FLOATS:
        for cluster in ("plain", "twins"):
            narrowed = narrow(text, cluster)
            for moment in moments:
                answers[cluster, text, moment] = instant(up.url, narrowed, moment)
            answers[cluster, text, span] = query_range(up.url, narrowed, *span)
    up.expected_dead = True
    up.stop()
    return answers


def differing(got, want):
    return [f"{key}: {what}" for key in want if (what := difference(got[key], want[key], ("replica",)))]


def kill_again_and_again(scene, config, bucket):
    """A copy of the bucket, compacted by processes that are killed at random moments; the last one may finish."""
    for attempt in range(KILLS):
        process = scene.start(f"killed-{attempt}", *compact(scene, config, data="killed"))
        process.expected_dead = True
        time.sleep(random.Random(attempt).uniform(0.02, 0.5))
        process.kill()
    done = subprocess.run(compact(scene, config, data="killed"), capture_output=True, text=True)
    check(done.returncode == 0, f"compact ended with {done.returncode}: {done.stderr[-2000:]}")
    marked = [b.name for b in bucket.iterdir() if (b / "no-compact-mark.json").exists()]
    check(not marked, f"healthy blocks were quarantined: {marked}")


def scenario(scene):
    bucket = scene.folder / "bucket"
    config = scene.bucket_config(bucket)
    now = int(time.time()) // (2 * HOUR) * 2 * HOUR
    hours = 30
    put_blocks(scene, bucket, "plain", now, hours, 1)
    for seed, replica in ((2, "a"), (2, "b")):
        put_blocks(scene, bucket, "twins", now, hours, seed, replica)
    again = scene.folder / "again"
    shutil.copytree(bucket, again)
    again_config = scene.folder / "again.yml"
    again_config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {again}}}\n")
    moments = [now - h * HOUR + 0.5 for h in (1, 2, 3, 5, 7, 9, 12, 14, 16, 18, 21, 23, 25)]
    span = (now - 26 * HOUR + 0.5, now - HOUR + 0.5, 977)

    before_blocks = len(live_blocks(bucket))
    before = ask(scene, config, moments, span, "before")
    began = time.monotonic()
    done = subprocess.run(compact(scene, config, "--deduplication.replica-label=replica", "--hash-func=SHA256"), capture_output=True, text=True)
    check(done.returncode == 0, f"compact ended with {done.returncode}: {done.stderr[-2000:]}")
    took = time.monotonic() - began
    blocks = live_blocks(bucket)
    check(len(blocks) < before_blocks / 3, f"{before_blocks} blocks became {len(blocks)}")
    print(f"   {before_blocks} blocks became {len(blocks)} in {took:.1f} s")

    after = ask(scene, config, moments, span, "after")
    failures = differing(after, before)
    print(f"   {len(before)} answers compared before and after, {len(failures)} differ")
    check(not failures, "\n   ".join(failures[:20]))

    data = scene.folder / "compacted"
    for block in blocks:
        meta = json.loads((block / "meta.json").read_text())
        if meta["thanos"]["labels"] == {"cluster": "plain"} and meta["thanos"]["downsample"]["resolution"] == 0:
            shutil.copytree(block, data / block.name)
            if meta["compaction"]["level"] > 1:
                check(all(f["rel_path"] == "meta.json" or len(f["hash"]["value"]) == 64 for f in meta["thanos"]["files"]), "no hashes of files")
    listed = subprocess.run(["promtool", "tsdb", "list", data], capture_output=True, text=True)
    check(listed.returncode == 0 and all(b.name in listed.stdout for b in data.iterdir()), f"promtool tsdb list: {listed.stdout}{listed.stderr}")
    for block in list(data.iterdir()):
        analyzed = subprocess.run(["promtool", "tsdb", "analyze", data, block.name], capture_output=True, text=True)
        check(analyzed.returncode == 0, f"promtool tsdb analyze: {analyzed.stderr}")
    _, port = scene.prometheus(data=data)
    for text in FLOATS:
        what = difference(after["plain", text, span], query_range(f"http://127.0.0.1:{port}", text, *span), ("cluster",))
        check(what is None, f"Prometheus over the compacted blocks: {text}: {what}")

    kill_again_and_again(scene, again_config, again)
    killed = ask(scene, again_config, moments, span, "killed-answers")
    failures = differing(killed, before)
    print(f"   {KILLS} kills, {len(failures)} answers differ")
    check(not failures, "\n   ".join(failures[:20]))


if __name__ == "__main__":
    run("compact", scenario)
