"""Half of all requests to the bucket go wrong, in every way a request can (500, 503, hanging, broken off, cut short, a flipped bit): the
store gets ready, and of many queries none is answered wrongly, hangs or kills a process. VARVE_E2E_QUERIES sets how many (10000 is the long form),
VARVE_E2E_CLIENTS by how many clients at once, VARVE_E2E_SEED which go wrong."""
import collections
import concurrent.futures
import os
import random
import re
import subprocess
import time

from harness import api, check, difference, instant, query_range, run
from proxy import Faults, Proxy
from s3_servers import S3Server
from targets import write_openmetrics

COUNT = int(os.environ.get("VARVE_E2E_QUERIES", "300"))
CLIENTS = int(os.environ.get("VARVE_E2E_CLIENTS", "8"))
SEED = int(os.environ.get("VARVE_E2E_SEED", "1"))
QUERIES = ["om_temperature", "sum by (job) (rate(om_requests_total[5m]))", "max_over_time(om_temperature[20m])", "count(om_requests_total)",
           'om_requests_total{path=~"/p1.*"}', "avg(om_temperature)", "topk(3, om_temperature)", "count by (path) (om_requests_total)"]
HANG_SECONDS = 60  # a query that takes longer is taken for one that hangs


def config_through(server, proxy, path, extra=""):
    path.write_text(server.config.read_text().replace(f":{server.port}", f":{proxy.port}") + extra)
    return path


def make_blocks(scene, server):
    now = int(time.time())
    start, end = now - 12 * 3600, now - 3 * 3600
    text, data = scene.folder / "metrics.om", scene.folder / "blocks"
    write_openmetrics(text, 40, start, end, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, data], check=True, stdout=subprocess.DEVNULL)
    prometheus, port = scene.prometheus(config="global: {external_labels: {cluster: e2e}}\n", data=data)
    made = {p.name for p in data.iterdir() if (p / "meta.json").exists()}
    sidecar = scene.varve("sidecar", f"--prometheus.url=http://127.0.0.1:{port}", f"--tsdb.path={data}", f"--objstore.config-file={server.config}")
    scene.wait("all blocks shipped", lambda: {n.split("/")[0] for n in server.names() if n.endswith("/meta.json")} >= made)
    for process in (sidecar, prometheus):
        process.expected_dead = True
        process.stop()
    return start, end


def store_and_query(scene, name, config):
    store = scene.varve("store", f"--data-dir={scene.folder}/{name}", f"--objstore.config-file={config}", "--sync-block-duration=20s",
                        name=f"store-{name}")
    query = scene.varve("query", f"--endpoint=127.0.0.1:{store.grpc}", f"--query.timeout={HANG_SECONDS // 2}s", name=f"query-{name}")
    scene.wait("store known", lambda: api(query.url, "stores", method="GET")["data"].get("store"))
    return store, query


def questions(start, end):
    dice = random.Random(SEED)
    for _ in range(COUNT):
        moment = round(dice.uniform(start, end), 1)
        length = dice.choice([0, 1800, 7200])
        yield dice.choice(QUERIES), moment, min(end, moment + length)


def ask(base, question):
    query, begin, end = question
    return instant(base, query, begin) if begin == end else query_range(base, query, begin, end, 61)


def ask_all(base, questions, clients):
    """(answer, seconds) of each."""
    def one(question):
        began = time.monotonic()
        return ask(base, question), time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, questions))


def scenario(scene):
    server = S3Server(scene, "rgw")
    proxy = Proxy(server.port)
    try:
        start, end = make_blocks(scene, server)
        _, truth = store_and_query(scene, "clean", server.config)
        asked = list(questions(start, end))
        want = [answer for answer, _ in ask_all(truth.url, asked, 2)]
        check(all(w["status"] == "success" and not w.get("warnings") for w in want), "the answers to compare with are complete")

        proxy.faults = Faults(seed=SEED, share=0.5, hang_seconds=3)
        config = config_through(server, proxy, scene.folder / "faulty.yml", "varve: {request_timeout: 1s}\n")
        began = time.monotonic()
        store, query = store_and_query(scene, "faulty", config)
        print(f"   ready after {time.monotonic() - began:.1f} s with half of all requests going wrong")
        began = time.monotonic()
        answers = ask_all(query.url, asked, CLIENTS)
        outcomes, reasons, wrong = collections.Counter(), collections.Counter(), []
        slowest = max(seconds for _, seconds in answers)
        for question, right, (answer, _) in zip(asked, want, answers):
            if answer["status"] == "error":
                outcomes["error"] += 1
                check(answer.get("error"), "an error says what it is")
            elif answer.get("warnings"):
                outcomes["partial, with warnings"] += 1
                reasons.update(re.sub(r"[0-9A-Z]{26}|\d+|[0-9a-f]{8}", "N", w)[:160] for w in answer["warnings"])
            else:
                outcomes["complete"] += 1
                if d := difference(answer, right):
                    wrong.append(f"{question}: {d}")
        print(f"   {COUNT} queries by {CLIENTS} clients in {time.monotonic() - began:.0f} s: {dict(outcomes)}, {len(wrong)} wrong; slowest {slowest:.1f} s; "
              f"faults {dict(proxy.injected)}")
        for reason, count in reasons.most_common(6):
            print(f"   {count} x {reason}")
        check(not wrong, "\n   ".join(wrong[:10]))
        check(slowest < HANG_SECONDS, f"no query hangs: {slowest:.1f} s")
        check(outcomes["complete"] > COUNT / 4, "many queries are answered all the same")
        check(store.alive() and query.alive(), "all processes live")
        proxy.faults = Faults()
        scene.wait("complete answers once the bucket is well again", lambda: not ask(query.url, asked[0]).get("warnings"))
        scene.stop()
    finally:
        proxy.stop()
        server.stop()


if __name__ == "__main__":
    run("bucket_faults", scenario)
