"""A query over a limit ends with an error that says so; the process serves on, and its memory does not follow the query's wishes."""
import subprocess
import time

from harness import api, bar, check, instant, query_range, run
from targets import write_openmetrics


def scenario(scene):
    now = int(time.time())
    text, bucket = scene.folder / "metrics.om", scene.folder / "bucket"
    write_openmetrics(text, 400, now - 9 * 3600, now - 5 * 3600, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, bucket], check=True, stdout=subprocess.DEVNULL)
    config = scene.bucket_config(bucket)
    store = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={config}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.max-samples=50000", "--query.max-memory=64MB")
    frugal = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", "--query.max-memory=1MB", name="frugal")
    start, end = now - 8 * 3600, now - 6 * 3600
    for one in (query, frugal):
        scene.wait("store known", lambda: api(one.url, "stores", method="GET")["data"].get("store"))

    def refused(answer, code, kind, *words):
        check(answer["status"] == "error" and answer["http_code"] == code and answer["errorType"] == kind, f"{code} {kind}: {str(answer)[:300]}")
        check(all(w in answer["error"] for w in words), f"{words} in {answer['error']}")

    before = query.resident_bytes()
    refused(query_range(query.url, "om_temperature", start, end, 15), 422, "execution", "query processing would load too many samples into memory")
    refused(query_range(query.url, "om_temperature", start, end, 0.1), 400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries")
    refused(instant(query.url, "max_over_time(om_temperature[4h])", end, timeout="1ms"), 503, "timeout", "query timed out")
    refused(query_range(frugal.url, "om_temperature", start, end, 15), 422, "execution", "memory limit")
    refused(instant(query.url, "rate(om_temperature[", end), 400, "bad_data", "parse error")
    refused(query_range(query.url, "up", end, start, 15), 400, "bad_data", "end timestamp must not be before start time")
    refused(query_range(query.url, "up", start, end, 0), 400, "bad_data", "zero or negative query resolution step widths are not accepted")
    for _ in range(30):
        query_range(query.url, "om_temperature", start, end, 15)
        query_range(frugal.url, "om_temperature", start, end, 15)
    for one in (query, frugal):
        check(instant(one.url, "count(om_temperature)", end)["data"]["result"][0]["value"][1] == "200", "the process serves on")
    grown = (query.resident_bytes() - before) / 2**20
    print(f"   60 refused queries later: {grown:.1f} MiB more resident")
    bar(grown < 200, f"memory grew by {grown:.1f} MiB")


if __name__ == "__main__":
    run("limits", scenario)
