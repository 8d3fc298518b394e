"""Dashboard and rule queries over one day of a fleet, asked of Varve (`up`), Prometheus and VictoriaMetrics in turns.

usage: promql.py [--series N] [--rounds N] [--seconds N] [--peers a,b] [--keep FOLDER]

FOLDER keeps the blocks, and what VictoriaMetrics made of them, for the next run. Writes docs/benchmarks.md (see bench/README.md).
"""
import argparse
import math
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "e2e"))
from harness import Scene, check, difference, free_port, http_status, instant, query_range, run  # noqa: E402

STEPS = 240
IN_A_ROW = 3   # times a server is asked before it is the next one's turn, as refreshing dashboards ask: the first finds its caches cold
SETTLE = 0.15  # seconds between two turns: what one server still collects of its garbage is not to be the next one's time
# kind, hours over 2,000 series, hours over many more, expression. Kind "native": histograms that not every peer has.
RANGE = [
    ("range", 22, 1, "sum(rate(http_requests_total[5m]))"),
    ("range", 22, 1, "sum by (job) (rate(http_requests_total[5m]))"),
    ("range", 22, 1, "sum by (job, code) (rate(http_requests_total[5m]))"),
    ("range", 22, 1, "sum by (instance, path) (rate(http_requests_total[5m]))"),
    ("range", 22, 1, 'sum(rate(http_requests_total{code="500"}[5m])) / sum(rate(http_requests_total[5m]))'),
    ("range", 22, 1, "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"),
    ("range", 22, 1, "histogram_quantile(0.9, sum by (le, instance) (rate(http_request_duration_seconds_bucket[5m])))"),
    ("native", 22, 1, "histogram_count(sum(rate(rpc_latency_seconds[5m])))"),
    ("range", 22, 1, "sum by (version) (rate(http_requests_total[5m]) * on(instance, job) group_left(version) build_info)"),
    ("range", 22, 1, "topk(5, sum by (instance) (rate(http_requests_total[5m])))"),
    ("range", 22, 1, "topk(10, node_memory_bytes{area=\"used\"} + on(instance, job) group_left() sum by (instance, job) (rate(node_cpu_seconds_total[5m])))"),
    ("range", 22, 1, 'sum by (path) (rate(http_requests_total{path=~"/api/.*",code!~"4.."}[5m]))'),
    ("range", 22, 1, "max_over_time(sum(rate(http_requests_total[5m]))[30m:5m])"),
    ("range", 22, 1, "absent(http_requests_total{path=\"/nowhere\"})"),
    ("range", 22, 1, "max by (instance) (max_over_time(node_temperature_celsius[1h]))"),
    ("range", 22, 1, "avg by (job) (avg_over_time(node_temperature_celsius[1h]))"),
    ("range", 22, 1, "quantile(0.95, node_temperature_celsius)"),
    ("range", 22, 1, "stddev by (job) (node_temperature_celsius)"),
    ("range", 22, 1, "sum by (instance) (increase(http_requests_total[1h]))"),
    ("range", 22, 1, "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))"),
    ("range", 22, 1, "count by (job) (node_temperature_celsius > 50)"),
    ("range", 22, 1, "label_replace(sum by (instance) (node_memory_bytes), \"host\", \"$1\", \"instance\", \"(.*):.*\")"),
    ("range", 22, 1, "node_temperature_celsius{sensor=\"temp1\"}"),
    ("range", 22, 1, "sum(node_memory_bytes{area=\"used\"}) by (job) / on(job) sum(node_memory_bytes) by (job)"),
]
INSTANT = [
    ("instant", 0, 0, "sum by (job) (rate(http_requests_total[5m]))"),
    ("instant", 0, 0, "count(node_temperature_celsius)"),
    ("instant", 0, 0, "count by (__name__) ({__name__=~\".+\"})"),
    ("instant", 0, 0, "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"),
    ("instant", 0, 0, "up == 0"),
    ("instant", 0, 0, "sum(rate(http_requests_total{code=\"500\"}[5m])) by (instance) > 10"),
    ("instant", 0, 0, "max_over_time(node_temperature_celsius[6h]) > 60"),
    ("instant", 0, 0, "http_requests_total"),
]
# What the clients of the load ask, again and again: a dashboard over six hours.
LOAD = [text for kind, _, _, text in RANGE[:6] + RANGE[9:12] + RANGE[16:18] if kind == "range"]


class Connection:
    """Kept alive, as a dashboard's is, and next to nothing around it: a small query takes a server less time than http.client."""

    def __init__(self, host):
        self.host = host
        self.socket = socket.create_connection(host.split(":"), timeout=900)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray(1 << 20)

    def ask(self, path, params):
        """Seconds from the first byte sent to the last byte received."""
        form = urllib.parse.urlencode(params).encode()
        request = (f"POST /api/v1/{path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                   f"Content-Length: {len(form)}\r\n\r\n").encode() + form
        began = time.perf_counter()
        self.socket.sendall(request)
        size = self.receive(0)
        while (body := self.buffer.find(b"\r\n\r\n", 0, size) + 4) < 4:
            size = self.receive(size)
        headers = bytes(self.buffer[:body]).lower()
        length = re.search(rb"content-length: (\d+)", headers)
        # What is sent in chunks ends with an empty one, and JSON has no line breaks of its own.
        while size - body < int(length.group(1)) if length else self.buffer[size - 5 : size] != b"0\r\n\r\n":
            size = self.receive(size)
        took = time.perf_counter() - began
        check(headers.startswith(b"http/1.1 200"), f"{self.host}: {params}: {bytes(self.buffer[:400])}")
        return took

    def close(self):
        self.socket.close()

    def receive(self, size):
        if len(self.buffer) - size < 1 << 19:
            self.buffer += bytes(len(self.buffer))
        count = self.socket.recv_into(memoryview(self.buffer)[size:])
        check(count > 0, f"{self.host} hung up")
        return size + count


class Peer:
    def __init__(self, name, process, port):
        self.name, self.process, self.host = name, process, f"127.0.0.1:{port}"
        self.base = f"http://{self.host}"
        self.has_native = name != "victoria-metrics"

    def connect(self):
        return Connection(self.host)

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def reset_peak(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def status_kib(self, key):
        return int(re.search(rf"^{key}:\s*(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text(), re.M).group(1))


def make_blocks(folder, series):
    mark = folder / "end"
    if not mark.exists():
        end = int(time.time()) // 86400 * 86400 - 86400
        subprocess.run([ROOT / "build/release/bench_blocks", folder, str(series), str(end * 1000), "24"], check=True, stdout=subprocess.DEVNULL)
        mark.write_text(str(end))
    return int(mark.read_text()) - 7.34  # on no scrape and no round minute, where ranges open and closed to the left would differ


def start_varve(scene, blocks):
    bucket = scene.folder / "bucket"
    bucket.mkdir()
    for block in [*blocks.glob("floats/*"), *blocks.glob("native/*")]:
        (bucket / block.name).symlink_to(block)
    up = scene.varve("up", f"--objstore.config-file={scene.bucket_config(bucket)}", f"--data-dir={scene.folder}/up", "--query.max-samples=1000000000", "--query.timeout=15m")
    return Peer("varve", up, up.http)


def start_prometheus(scene, blocks):
    data = scene.folder / "prometheus"
    data.mkdir()
    for block in [*blocks.glob("floats/*"), *blocks.glob("native/*")]:
        subprocess.run(["cp", "-rl" if block.stat().st_dev == data.stat().st_dev else "-r", block, data / block.name], check=True)
    process, port = scene.prometheus(data=data, flags=["--enable-feature=native-histograms", "--query.max-samples=1000000000", "--query.timeout=15m"])
    return Peer("prometheus", process, port)


def start_victoria(scene, blocks):
    data, port = blocks / "victoria-metrics", free_port()
    loaded = (blocks / "victoria-metrics.loaded").exists()
    process = scene.start("victoria-metrics", "victoria-metrics", f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={data}", "-retentionPeriod=100y",
                          "-search.disableCache", "-search.latencyOffset=0s", "-search.maxQueryDuration=15m", "-search.maxSamplesPerQuery=2000000000", "-search.maxUniqueTimeseries=1000000")
    scene.wait("victoria-metrics up", lambda: http_status(f"http://127.0.0.1:{port}/health") == 200)
    if not loaded:
        command = f"vmctl prometheus -s --vm-disable-progress-bar --vm-addr=http://127.0.0.1:{port} --prom-snapshot={blocks}/floats --prom-concurrency=2"
        # It wants a terminal to draw on, even when it draws nothing.
        subprocess.run(["script", "-qec", command, "/dev/null"], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        http_status(f"http://127.0.0.1:{port}/internal/force_flush")
        (blocks / "victoria-metrics.loaded").touch()
    return Peer("victoria-metrics", process, port)


def parameters(query, end, many):
    kind, hours_few, hours_many, text = query
    if kind == "instant":
        return "query", {"query": text, "time": end}
    hours = hours_many if many else hours_few
    return "query_range", {"query": text, "start": end - hours * 3600, "end": end, "step": hours * 3600 // STEPS}


def see_that_they_agree(peers, queries, end, many):
    if "varve" not in peers or "prometheus" not in peers:
        return
    for query in queries:
        if query[0] == "native":
            continue  # 2.42 extrapolates histograms below zero after a restart, 3.x does not
        path, params = parameters(query, end, many)
        if path == "query":
            answers = [instant(peers[name].base, params["query"], params["time"]) for name in ("varve", "prometheus")]
        else:
            answers = [query_range(peers[name].base, *(params[key] for key in ("query", "start", "end", "step"))) for name in ("varve", "prometheus")]
        what = difference(*answers)
        check(what is None, f"{query[3]}: {what}")


def measure(peers, queries, end, many, rounds):
    """{(peer, query): (median ms, CPU ms, peak MiB resident without mapped files)}"""
    results = {}
    times = {(name, query): [] for name in peers for query in queries}
    cpu, peak = {}, {}
    for round_number in range(rounds):
        for query in queries:
            path, params = parameters(query, end, many)
            for name, peer in peers.items():
                if query[0] == "native" and not peer.has_native:
                    continue
                time.sleep(SETTLE)
                peer.reset_peak()
                files_before = peer.status_kib("RssFile")
                cpu_before = peer.cpu_seconds()
                connection = peer.connect()  # anew each time: VictoriaMetrics hangs up after two minutes
                times[name, query] += [connection.ask(path, params) for _ in range(IN_A_ROW)]
                connection.close()
                cpu[name, query] = cpu.get((name, query), 0) + peer.cpu_seconds() - cpu_before
                # Pages of mapped files are the kernel's to drop, even meanwhile; what remains is the process' own.
                files = max(files_before, peer.status_kib("RssFile"))
                peak[name, query] = max(peak.get((name, query), 0), peer.status_kib("VmHWM") - files)
    for key, taken in times.items():
        if taken:
            results[key] = (statistics.median(taken) * 1000, cpu[key] * 1000 / len(taken), peak[key] / 1024)
    return results


def load(peer, end, clients, seconds):
    """(queries a second, p50 ms, p99 ms) of `clients` that ask one query after the other."""
    stop = time.monotonic() + seconds
    taken = []

    def client(number):
        connection = peer.connect()
        turn = number
        while time.monotonic() < stop:
            params = {"query": LOAD[turn % len(LOAD)], "start": end - 6 * 3600, "end": end, "step": 6 * 3600 // STEPS}
            taken.append(connection.ask("query_range", params))
            turn += 1

    began = time.monotonic()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(taken)
    return len(taken) / (time.monotonic() - began), ordered[len(ordered) // 2] * 1000, ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000


def mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) 


def report(peers, queries, results):
    others = [name for name in peers if name != "varve"]
    lines = ["| query | varve ms | " + " | ".join(f"{name} ms | times" for name in others) + " | own peak MiB " + " / ".join(peers) + " |",
             "|---|---:|" + "---:|---:|" * len(others) + "---:|"]
    for query in queries:
        ours = results["varve", query]
        cells = []
        for name in others:
            theirs = results.get((name, query))
            cells.append(f"{theirs[0]:.1f} | {theirs[0] / ours[0]:.2f}" if theirs else "- | -")
        peaks = " / ".join(f"{results[name, query][2]:.0f}" if (name, query) in results else "-" for name in peers)
        lines.append(f"| {query[0]} `{query[3].replace('|', chr(92) + '|')}` | {ours[0]:.1f} | " + " | ".join(cells) + f" | {peaks} |")
    lines.append("")
    for name in others:
        for kinds, what in ((("range", "native"), "range"), (("instant",), "instant")):
            ratios = [results[name, q][0] / results["varve", q][0] for q in queries if q[0] in kinds and (name, q) in results]
            cpu = [sum(results[who, q][1] for q in queries if q[0] in kinds and (name, q) in results) for who in (name, "varve")]
            if ratios:
                lines.append(f"Against {name}, {len(ratios)} {what} queries: geometric mean {mean(ratios):.2f} times faster, slowest {min(ratios):.2f}; "
                             f"CPU {cpu[0] / 1000:.2f} s against {cpu[1] / 1000:.2f} s.")
        heavy = sorted((q for q in queries if (name, q) in results), key=lambda q: -results[name, q][0])[: len(queries) // 2]
        lines.append(f"Peak resident memory (without mapped files) on the heavy half: {mean([results[name, q][2] / results['varve', q][2] for q in heavy]):.2f} times less than {name}.")
    return lines


def main(scene):
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--series", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=20, help="of the load by 8 clients; 0: none")
    options.add_argument("--peers", default="prometheus,victoria-metrics")
    options.add_argument("--keep")
    args = options.parse_args()
    blocks = pathlib.Path(args.keep).resolve() if args.keep else scene.folder / "blocks"
    blocks.mkdir(parents=True, exist_ok=True)
    end = make_blocks(blocks, args.series)
    many = args.series > 10_000

    peers = {"varve": start_varve(scene, blocks)}
    if "prometheus" in args.peers:
        peers["prometheus"] = start_prometheus(scene, blocks)
    if "victoria-metrics" in args.peers:
        peers["victoria-metrics"] = start_victoria(scene, blocks)
    queries = RANGE + INSTANT
    see_that_they_agree(peers, queries, end, many)  # and warms both
    results = measure(peers, queries, end, many, args.rounds)
    lines = [f"### {args.series} series x 24 h at 15 s", "",
             f"`bench/promql.py --series {args.series}`: {STEPS} steps over {RANGE[0][2 if many else 1]} h, {args.rounds} rounds in turns, {IN_A_ROW} times in a row each, medians; "
             f"{os.cpu_count()} cores of {cpu_model()}; Prometheus 2.42 and VictoriaMetrics 1.79 (its cache of answers off) of Debian 12.", ""]
    lines += report(peers, queries, results)
    if args.seconds:
        lines += ["", f"8 clients for {args.seconds} s, dashboard queries over 6 h:", "", "| | queries/s | p50 ms | p99 ms |", "|---|---:|---:|---:|"]
        for name, peer in peers.items():
            rate, p50, p99 = load(peer, end, 8, args.seconds)
            lines.append(f"| {name} | {rate:.1f} | {p50:.0f} | {p99:.0f} |")
    print("\n".join(lines))
    write_section(args.series, lines)


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "an unknown processor"


def write_section(series, lines):
    """Replaces the section of this size in docs/benchmarks.md."""
    path = ROOT / "docs" / "benchmarks.md"
    text = path.read_text() if path.exists() else "# Benchmarks\n"
    mark = f"### {series} series"
    kept = [section for section in re.split(r"(?m)^(?=### )", text) if not section.startswith(mark)]
    path.write_text("\n".join([*(section.rstrip("\n") + "\n" for section in kept), *lines, ""]))


if __name__ == "__main__":
    run("bench-promql", main)
