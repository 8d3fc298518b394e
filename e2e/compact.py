"""Compaction: answers before and after are the same, promtool and Prometheus accept the result, and a compactor killed again and again loses nothing.

  plain      counters with resets and gauges, in blocks of two hours, with a gap
  twins      a replica pair, of which each was away for some hours
  overlaps   everything twice, in blocks of 2 h and of 8 h
  late       every other sample of some hours is in blocks of late samples; asked without de-duplication, which takes them for a replica's
  natives    native histograms, floats that become histograms, series that come and go, deleted series and times
  pair       the same of two replicas, nothing deleted
"""
import json
import random
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections import Counter

from blocks import FLOATS
from harness import VARVE, api, check, difference, free_port, instant, prometheus_is_3, query_range, run
from remote_write import write_natives
from targets import write_openmetrics

HOUR = 3600
KILLS = 25
NATIVES = [
    "e2e_latency", "histogram_count(e2e_latency)", "histogram_sum(e2e_latency)",
    "sum(e2e_latency)", "count_over_time(e2e_latency[40m])", "e2e_load", "histogram_count(e2e_load)", "sum(e2e_load)", "count_over_time(e2e_mixed[1h])",
    "rate(e2e_ticks_total[5m])", "sum(increase(e2e_ticks_total[1h]))", "e2e_wave", "max_over_time(e2e_wave[1h])", "count(e2e_pod_total)",
    "sum(rate(e2e_pod_total[5m]))", "count_over_time(e2e_pod_total[3h])", "histogram_sum(sum(e2e_pod_latency))", "e2e_pod_total offset 2h",
]
# Where 2.42 differs from 3.x: see blocks.py; and it takes histograms that have just begun for ones that began long ago.
NATIVES_OF_3 = [
    "rate(e2e_latency[10m])", "increase(e2e_latency[7m])", "histogram_sum(rate(e2e_latency[10m]))",
    "histogram_quantile(0.9, sum(rate(e2e_latency[10m])))", "avg_over_time(e2e_load[30m])", "sum_over_time(e2e_latency[10m])", "resets(e2e_latency[3h])",
    "changes(e2e_mixed[1h])", "histogram_stddev(e2e_load)", "e2e_mixed", "last_over_time(e2e_mixed[1h])", "histogram_quantile(0.5, e2e_pod_latency)",
    "histogram_fraction(0, 10, e2e_load)",
]


def put_blocks(scene, bucket, cluster, now, hours, seed, replica=None, keep=lambda t: True, duration="2h", hints=()):
    """promtool's blocks, with the external labels a sidecar would have given them."""
    name = f"{cluster}-{replica}-{duration}-{len(hints)}"
    text, made = scene.folder / f"{name}.om", scene.folder / f"{name}-blocks"
    write_openmetrics(text, 60, now - hours * HOUR, now, 30, seed=seed, keep=keep)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={duration}", text, made],
                   check=True, stdout=subprocess.DEVNULL)
    ship(made, bucket, cluster, replica, hints)


def ship(blocks, bucket, cluster, replica=None, hints=()):
    for block in blocks.iterdir():
        meta = json.loads((block / "meta.json").read_text())
        labels = {"cluster": cluster, **({"replica": replica} if replica else {})}
        meta["thanos"] = {"version": 1, "labels": labels, "downsample": {"resolution": 0}, "source": "sidecar"}
        if hints:
            meta["compaction"]["hints"] = list(hints)
        made = bucket / (new_ulid(block.name) if (bucket / block.name).exists() else block.name)
        meta["ulid"], meta["compaction"]["sources"] = made.name, [made.name]
        shutil.copytree(block, made)
        (made / "meta.json").write_text(json.dumps(meta))


def new_ulid(near):
    return near[:10] + "".join(random.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(16))


def put_natives(scene, bucket, now, hours):
    """Blocks that Prometheus cut of what was written to it, which are all but the last two or three hours; some series and times were deleted for one cluster."""
    prometheus, port = scene.prometheus("prometheus-natives", flags=["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"])
    base, start = f"http://127.0.0.1:{port}", now - hours * HOUR
    write_natives(base, start, now, 30, gap=(start + 5 * HOUR, start + 6 * HOUR))
    blocks = lambda: [b for b in prometheus.data.iterdir() if (b / "meta.json").exists()]
    scene.wait("blocks cut from the head", lambda: len(blocks()) >= hours // 2 - 2)
    whole = snapshot(base, prometheus)
    for replica in "ab":
        ship(whole, bucket, "pair", replica)
    for match, begin, end in (('e2e_latency{path="/x"}', start, start + 7 * HOUR), ('{pod=~"pod-0-.*"}', start, now), ("e2e_wave", start + 3000, start + 3 * HOUR),
                              ('e2e_ticks_total{kind="b"}', start + 9 * HOUR - 70, start + 9 * HOUR + 50), ("e2e_mixed", start + 4000, start + 6000)):
        asked = urllib.parse.urlencode({"match[]": match, "start": begin, "end": end})
        urllib.request.urlopen(f"{base}/api/v1/admin/tsdb/delete_series?{asked}", data=b"").close()
    left = snapshot(base, prometheus)
    marked = sum((b / "tombstones").stat().st_size > 9 for b in left.iterdir())
    check(marked >= hours // 2 - 2, f"{marked} blocks have tombstones")
    ship(left, bucket, "natives")
    prometheus.expected_dead = True
    prometheus.stop()


def snapshot(base, prometheus):
    taken = api(base, "admin/tsdb/snapshot", {"skip_head": "true"})  # 2.42 does not encode a head's histograms again that were reset
    check(taken["status"] == "success", f"snapshot: {taken}")
    return prometheus.data / "snapshots" / taken["data"]["name"]


def compact(scene, config, *flags, data="compact"):
    return [VARVE, "compact", f"--data-dir={scene.folder}/{data}", f"--objstore.config-file={config}", f"--http-address=127.0.0.1:{free_port()}",
            "--consistency-delay=0s", *flags]


def live_blocks(bucket):
    return [b for b in bucket.iterdir() if (b / "meta.json").exists() and not (b / "deletion-mark.json").exists()]


def narrow(text, cluster):
    return re.sub(r"((?:om|e2e)_\w+)(\{)?", lambda found: f'{found[1]}{{cluster="{cluster}"' + ("," if found[2] else "}"), text)


def questions(clusters, texts, moments, span):
    """(cluster, text, when) of every text about every cluster, at each moment and over the span."""
    return [(cluster, text, when) for text in texts for cluster in clusters for when in [*moments, span]]


def ask(scene, config, asked, name):
    """The answers of an `up` over the bucket as it is now, by question."""
    up = scene.varve("up", f"--data-dir={scene.folder}/{name}", f"--objstore.config-file={config}", "--query.replica-label=replica", name=name)
    answers = {}
    for cluster, text, when in asked:
        narrowed = narrow(text, cluster)
        dedup = {"dedup": str(cluster != "late").lower()}
        answers[cluster, text, when] = query_range(up.url, narrowed, *when, **dedup) if isinstance(when, tuple) else instant(up.url, narrowed, when, **dedup)
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


def check_with_prometheus(scene, blocks, cluster, after, asked, flags=()):
    """promtool reads the compacted raw blocks of the cluster, and Prometheus answers over them as Varve does."""
    data = scene.folder / f"compacted-{cluster}"
    for block in blocks:
        meta = json.loads((block / "meta.json").read_text())
        if meta["thanos"]["labels"] == {"cluster": cluster} and meta["thanos"]["downsample"]["resolution"] == 0:
            shutil.copytree(block, data / block.name)
            if meta["compaction"]["level"] > 1:
                check(all(f["rel_path"] == "meta.json" or len(f["hash"]["value"]) == 64 for f in meta["thanos"]["files"]), "no hashes of files")
    listed = subprocess.run(["promtool", "tsdb", "list", data], capture_output=True, text=True)
    check(listed.returncode == 0 and all(b.name in listed.stdout for b in data.iterdir()), f"promtool tsdb list: {listed.stdout}{listed.stderr}")
    for block in list(data.iterdir()):
        analyzed = subprocess.run(["promtool", "tsdb", "analyze", data, block.name], capture_output=True, text=True)
        check(analyzed.returncode == 0, f"promtool tsdb analyze: {analyzed.stderr}")
    _, port = scene.prometheus(f"prometheus-{cluster}", data=data, flags=flags)
    base, failures = f"http://127.0.0.1:{port}", []
    for _, text, when in asked:
        want = query_range(base, text, *when) if isinstance(when, tuple) else instant(base, text, when)
        if what := difference(after[cluster, text, when], want, ("cluster",)):
            failures.append(f"{cluster}: {text} at {when}: {what}")
    print(f"   {cluster}: {len(asked)} answers of Prometheus over {len(list(data.iterdir()))} blocks compared, {len(failures)} differ")
    check(not failures, "Prometheus over the compacted blocks: " + "\n   ".join(failures[:20]))


def put_everything(scene, bucket, now, hours):
    away = lambda begin, end: lambda t: not now - end * HOUR <= t < now - begin * HOUR
    put_blocks(scene, bucket, "plain", now, hours, 1, keep=away(10, 13))
    put_blocks(scene, bucket, "twins", now, hours, 2, "a", keep=away(5, 8))
    put_blocks(scene, bucket, "twins", now, hours, 2, "b", keep=away(15, 20))
    for duration in ("2h", "8h"):
        put_blocks(scene, bucket, "overlaps", now, hours, 3, duration=duration)
    late = lambda t: now - 9 * HOUR <= t < now - 6 * HOUR and t % 60 == 30
    put_blocks(scene, bucket, "late", now, hours, 4, keep=lambda t: not late(t))
    put_blocks(scene, bucket, "late", now, hours, 4, keep=late, hints=("from-out-of-order",))
    put_natives(scene, bucket, now, hours)


def scenario(scene):
    bucket = scene.folder / "bucket"
    config = scene.bucket_config(bucket)
    now = int(time.time()) // (2 * HOUR) * 2 * HOUR
    hours = 30
    put_everything(scene, bucket, now, hours)
    again = scene.folder / "again"
    shutil.copytree(bucket, again)
    again_config = scene.folder / "again.yml"
    again_config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {again}}}\n")
    moments = [now - h * HOUR + 0.517 for h in (1, 2, 3, 5, 7, 9, 12, 14, 16, 18, 21, 23, 25)]
    span = (now - 26 * HOUR + 0.517, now - HOUR + 0.517, 977)
    asked = questions(("plain", "twins", "overlaps", "late"), FLOATS, moments, span) + questions(("natives", "pair"), NATIVES + NATIVES_OF_3, moments, span)

    before_blocks = len(live_blocks(bucket))
    before = ask(scene, config, asked, "before")
    began = time.monotonic()
    done = subprocess.run(compact(scene, config, "--deduplication.replica-label=replica", "--hash-func=SHA256"), capture_output=True, text=True)
    check(done.returncode == 0, f"compact ended with {done.returncode}: {done.stderr[-2000:]}")
    took = time.monotonic() - began
    blocks = live_blocks(bucket)
    check(len(blocks) < before_blocks / 3, f"{before_blocks} blocks became {len(blocks)}")
    print(f"   {before_blocks} blocks became {len(blocks)} in {took:.1f} s")

    after = ask(scene, config, asked, "after")
    failures = differing(after, before)
    differ = Counter(failure[2:failure.index("'", 2)] for failure in failures)
    print(f"   {len(before)} answers compared before and after, {len(failures)} differ {dict(differ) or ''}")
    check(not failures, "\n   ".join(failures[:20]))
    empty = [text for text in NATIVES if not any(before["natives", text, when]["data"]["result"] for when in [*moments, span])]
    check(not empty, f"nothing has an answer of {empty}")

    check_with_prometheus(scene, blocks, "plain", after, [("plain", text, span) for text in FLOATS])
    check_with_prometheus(scene, blocks, "natives", after, questions(["natives"], NATIVES + (NATIVES_OF_3 if prometheus_is_3() else []), moments[::4], span),
                          ["--enable-feature=native-histograms"])

    kill_again_and_again(scene, again_config, again)
    killed = ask(scene, again_config, asked, "killed-answers")
    failures = differing(killed, before)
    print(f"   {KILLS} kills, {len(failures)} answers differ")
    check(not failures, "\n   ".join(failures[:20]))


if __name__ == "__main__":
    run("compact", scenario)
