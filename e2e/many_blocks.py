"""A store over 1,000 blocks: ready in under 2 seconds, under 10 KB of resident memory a block before the first query."""
import json
import os
import subprocess
import time

from harness import VARVE, bar, check, free_port, http_status, instant, run
from targets import write_openmetrics

BLOCKS = 1000
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(number):
    digits = ""
    for _ in range(16):
        digits = ALPHABET[number % 32] + digits
        number //= 32
    return "01HQZZZZZZ" + digits


def scenario(scene):
    now = int(time.time())
    text, made = scene.folder / "metrics.om", scene.folder / "made"
    write_openmetrics(text, 100, (now - 4 * 86400) // 7200 * 7200, (now - 4 * 86400) // 7200 * 7200 + 7200, 30)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, made], check=True, stdout=subprocess.DEVNULL)
    block = max((p for p in made.iterdir() if (p / "meta.json").exists()), key=lambda p: json.loads((p / "meta.json").read_text())["stats"]["numSamples"])
    meta = json.loads((block / "meta.json").read_text())
    bucket = scene.folder / "bucket"
    for i in range(BLOCKS):
        name = ulid(i)
        target = bucket / name
        (target / "chunks").mkdir(parents=True)
        os.link(block / "index", target / "index")
        for chunk in (block / "chunks").iterdir():
            os.link(chunk, target / "chunks" / chunk.name)
        copy = {**meta, "ulid": name, "compaction": {"level": 1, "sources": [name]},
                "thanos": {"labels": {"block": str(i)}, "downsample": {"resolution": 0}, "source": "sidecar"}}
        (target / "meta.json").write_text(json.dumps(copy))
    config = scene.bucket_config(bucket)
    empty = scene.folder / "empty"
    empty.mkdir()
    empty_config = scene.folder / "empty.yml"
    empty_config.write_text(f"type: FILESYSTEM\nconfig: {{directory: {empty}}}\n")

    baseline = scene.varve("store", f"--data-dir={scene.folder}/data-empty", f"--objstore.config-file={empty_config}", name="store-empty")
    base_bytes = baseline.resident_bytes()
    times = []
    for attempt in ("cold", "warm"):
        http, grpc = free_port(), free_port()
        began = time.monotonic()
        store = scene.start(f"store-{attempt}", VARVE, "store", f"--data-dir={scene.folder}/data", f"--objstore.config-file={config}",
                            f"--http-address=127.0.0.1:{http}", f"--grpc-address=127.0.0.1:{grpc}")
        while time.monotonic() - began < 60:
            try:
                if http_status(f"http://127.0.0.1:{http}/-/ready") == 200:
                    break
            except OSError:
                pass
            time.sleep(0.01)
        seconds = time.monotonic() - began
        per_block = (store.resident_bytes() - base_bytes) / BLOCKS
        print(f"   {attempt}: ready after {seconds:.2f} s, {per_block / 1024:.2f} KiB resident a block above the {base_bytes / 2**20:.1f} MiB of an empty store")
        times.append((seconds, per_block))
        if attempt == "cold":
            store.expected_dead = True
            store.stop()
    for seconds, per_block in times:
        bar(seconds < 2, f"ready in {seconds:.2f} s, the bar is 2 s")
        bar(per_block < 10_000, f"{per_block:.0f} bytes a block, the bar is 10 KB")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{grpc}")
    scene.wait("answers from the store", lambda: instant(query.url, "count(om_temperature)", meta["maxTime"] / 1000 - 60)["data"]["result"])
    got = instant(query.url, "count(om_temperature)", meta["maxTime"] / 1000 - 60)["data"]["result"][0]["value"][1]
    check(got == str(50 * BLOCKS), f"all blocks answer: {got} series")


if __name__ == "__main__":
    run("many_blocks", scenario)
