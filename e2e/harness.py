"""What the scenarios share: processes on free ports of 127.0.0.1, HTTP, and the comparison of two answers.

A scenario is a function that gets a Scene. Everything started through the scene is stopped with it, by process id; its folder is
removed unless the scenario failed or VARVE_E2E_KEEP is set.
"""
import json
import math
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
VARVE = os.environ.get("VARVE_BINARY", str(ROOT / "build" / "release" / "varve"))
PROMETHEUS = os.environ.get("VARVE_E2E_PROMETHEUS", "prometheus")  # another release to compare with
SANITIZER = os.environ.get("VARVE_E2E_SANITIZER", "")  # how VARVE was built, for example asan: set by `./dev e2e --asan`
# Seconds until a condition that should come is given up.
PATIENCE = float(os.environ.get("VARVE_E2E_PATIENCE", "240" if SANITIZER else "60"))
SANITIZER_REPORT = re.compile(r"(ERROR|WARNING|FATAL): (Address|Leak|Thread)Sanitizer|: runtime error: ")


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def bar(condition, message):
    """A bar of time or memory: held by `check`, but only told of when the binary is a sanitized one, which is slow and large by nature."""
    if not SANITIZER:
        check(condition, message)
    elif not condition:
        print(f"   not held, as this is a binary of {SANITIZER}: {message}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Process:
    def __init__(self, name, args, folder, env=None):
        self.name = name
        self.ours = args[0] == VARVE
        self.killed = False
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(args, stdout=log, stderr=log, cwd=folder, env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def kill(self):
        if self.alive():
            self.killed = True
            self.popen.kill()
        self.popen.wait()

    def stop(self):
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.name} did not stop within 30 s of SIGTERM")

    def fault(self):
        """What was wrong with the life of a process of ours that is over: a sanitizer's report, or an end of another kind than asked for."""
        lines = self.log.read_text(errors="replace").splitlines()
        for i, line in enumerate(lines):
            if SANITIZER_REPORT.search(line):
                return f"{self.name}:\n" + "\n".join(lines[i:i + 40])
        if self.popen.returncode != 0 and not self.killed:
            return f"{self.name} ended with {self.popen.returncode}\n{self.tail()}"
        return None

    def resident_bytes(self, kind="VmRSS"):
        """Of this kind: VmRSS, or its parts RssAnon (own) and RssFile (code and mapped files)."""
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(f"{kind}:"):
                    return int(line.split()[1]) * 1024
        raise Failure(f"{self.name}: no {kind}")

    def tail(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Scene:
    def __init__(self, name):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"varve-e2e-{name}-"))
        self.processes = []

    def start(self, name, *args, env=None):
        process = Process(name, [str(a) for a in args], self.folder, env)
        self.processes.append(process)
        return process

    def wait(self, what, condition, seconds=PATIENCE):
        """Until `condition` answers something true; that is returned."""
        end = time.monotonic() + seconds
        last = None
        while time.monotonic() < end:
            try:
                result = condition()
                if result:
                    return result
            except (OSError, urllib.error.URLError, Failure) as error:
                last = error
            for process in self.processes:
                if not process.alive() and not getattr(process, "expected_dead", False):
                    raise Failure(f"while waiting for {what}: {process.name} ended with {process.popen.returncode}\n{process.tail()}")
            time.sleep(0.1)
        raise Failure(f"{what} did not happen within {seconds:g} s" + (f" (last: {last})" if last else ""))

    def wait_ready(self, process, port):
        self.wait(f"{process.name} ready", lambda: http_status(f"http://127.0.0.1:{port}/-/ready") == 200)

    def prometheus(self, name="prometheus", config="", data=None, flags=(), wait=True):
        """Returns (process, port). `config` is YAML without external_labels unless it has them."""
        port = free_port()
        path = self.folder / f"{name}.yml"
        path.write_text(config.replace("$PORT", str(port)))
        data = data or self.folder / f"{name}-data"
        process = self.start(name, PROMETHEUS, f"--config.file={path}", f"--storage.tsdb.path={data}",
                             f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.min-block-duration=2h",
                             "--storage.tsdb.max-block-duration=2h", "--storage.tsdb.retention.time=100y", "--web.enable-lifecycle",
                             "--web.enable-admin-api", *flags)
        process.data = pathlib.Path(data)
        if wait:
            self.wait_ready(process, port)
        return process, port

    def node_exporter(self):
        port = free_port()
        self.start("node-exporter", "prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}")
        return port

    def varve(self, role, *flags, name=None, wait=True, env=None):
        """Starts a role; returns the process with .http and .grpc ports."""
        http, grpc = free_port(), free_port()
        process = self.start(name or role, VARVE, role, f"--http-address=127.0.0.1:{http}", f"--grpc-address=127.0.0.1:{grpc}", *flags, env=env)
        process.http, process.grpc = http, grpc
        process.url = f"http://127.0.0.1:{http}"
        if wait:
            self.wait_ready(process, http)
        return process

    def bucket_config(self, folder=None):
        folder = folder or self.folder / "bucket"
        folder.mkdir(exist_ok=True)
        path = self.folder / "bucket.yml"
        path.write_text(f"type: FILESYSTEM\nconfig:\n  directory: {folder}\n")
        return path

    def stop(self):
        """Stops what runs; raises if a process of ours did not live and end as it should have."""
        for process in reversed(self.processes):
            if process.alive():
                process.popen.send_signal(signal.SIGTERM)
        faults = []
        for process in self.processes:
            try:
                process.popen.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                if process.ours:
                    faults.append(f"{process.name} did not stop within 30 s of SIGTERM")
            if process.ours and (fault := process.fault()):
                faults.append(fault)
        check(not faults, "\n   ".join(faults))

    def close(self, keep):
        if keep or os.environ.get("VARVE_E2E_KEEP"):
            print(f"   files and logs: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)


def succeeds(step):
    try:
        step()
        return True
    except Failure as failure:
        print(f"   FAILED: {failure}")
    except KeyboardInterrupt:
        print("   FAILED: interrupted")
    except Exception:
        traceback.print_exc()
    return False


def run(name, scenario):
    scene = Scene(name)
    if SANITIZER:
        print(f"   sanitized binary ({SANITIZER}): its reports fail the run, bars of time and memory do not")
    passed = succeeds(lambda: scenario(scene))
    passed = succeeds(scene.stop) and passed
    scene.close(keep=not passed)
    sys.exit(0 if passed else 1)


def http_status(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def prometheus_is_3():
    out = subprocess.run([PROMETHEUS, "--version"], capture_output=True, text=True, check=True)
    return (out.stdout + out.stderr).split("version ", 1)[1].startswith("3.")


def get_text(url):
    with urllib.request.urlopen(url, timeout=60) as reply:
        return reply.read().decode()


def api(base, path, params=None, timeout=120, method="POST"):
    """The parsed JSON envelope of an API call, errors included."""
    data = urllib.parse.urlencode(params or {}, doseq=True)
    if method == "GET":
        request = urllib.request.Request(f"{base}/api/v1/{path}" + (f"?{data}" if data else ""))
    else:
        request = urllib.request.Request(f"{base}/api/v1/{path}", data=data.encode())
    try:
        with urllib.request.urlopen(request, timeout=timeout) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        body = error.read()
        try:
            answer = json.loads(body)
        except ValueError:
            raise Failure(f"{path}: HTTP {error.code} without JSON: {body[:200]!r}")
        answer["http_code"] = error.code
        return answer


def instant(base, query, time_s, **params):
    return api(base, "query", {"query": query, "time": repr(time_s), **params})


def query_range(base, query, start, end, step, **params):
    return api(base, "query_range", {"query": query, "start": repr(start), "end": repr(end), "step": repr(step), **params})


def series_key(metric, drop=()):
    return tuple(sorted((k, v) for k, v in metric.items() if k not in drop))


def close(a, b, tolerance=1e-9):
    x, y = float(a.replace("Inf", "inf")), float(b.replace("Inf", "inf"))
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or abs(x - y) <= tolerance * max(abs(x), abs(y), 1e-12)


def histograms_equal(a, b):
    if not (close(a["count"], b["count"]) and close(a["sum"], b["sum"])):
        return False
    left, right = a.get("buckets") or [], b.get("buckets") or []
    return len(left) == len(right) and all(x[0] == y[0] and all(close(p, q) for p, q in zip(x[1:], y[1:])) for x, y in zip(left, right))


def difference(ours, theirs, drop=(), ordered=False):
    """None if two API answers say the same, else what differs. Labels in `drop` (external ones) are left out of account."""
    if ours["status"] != theirs["status"]:
        return f"status {ours['status']} ({ours.get('error')}) instead of {theirs['status']} ({theirs.get('error')})"
    if ours["status"] == "error":
        return None if ours["errorType"] == theirs["errorType"] else f"errorType {ours['errorType']} instead of {theirs['errorType']}"
    a, b = ours["data"], theirs["data"]
    if a["resultType"] != b["resultType"]:
        return f"resultType {a['resultType']} instead of {b['resultType']}"
    if a["resultType"] in ("scalar", "string"):
        same = a["result"][1] == b["result"][1] if a["resultType"] == "string" else close(a["result"][1], b["result"][1])
        return None if same else f"{a['result']} instead of {b['result']}"
    left = [(series_key(s["metric"], drop), s) for s in a["result"]]
    right = [(series_key(s["metric"], drop), s) for s in b["result"]]
    if ordered:  # of equal values either may come first
        orders = [[s["value"][1] for _, s in side] for side in (left, right)]
        if orders[0] != orders[1]:
            return f"order {orders[0][:8]} instead of {orders[1][:8]}"
    left.sort(key=lambda x: x[0])
    right.sort(key=lambda x: x[0])
    if [k for k, _ in left] != [k for k, _ in right]:
        extra = {k for k, _ in left} - {k for k, _ in right}
        missing = {k for k, _ in right} - {k for k, _ in left}
        return f"{len(left)} series instead of {len(right)}; extra {list(extra)[:3]}, missing {list(missing)[:3]}"
    for (key, x), (_, y) in zip(left, right):
        for kind, equal in (("values", close), ("value", close), ("histograms", histograms_equal), ("histogram", histograms_equal)):
            if (kind in x) != (kind in y):
                return f"{key}: {kind} on one side only"
            if kind not in x:
                continue
            p, q = (x[kind], y[kind]) if kind.endswith("s") else ([x[kind]], [y[kind]])
            if [t for t, _ in p] != [t for t, _ in q]:
                return f"{key}: {len(p)} points instead of {len(q)}: {sorted(set(t for t, _ in p) ^ set(t for t, _ in q))[:4]}"
            for (t, v), (_, w) in zip(p, q):
                if not equal(v, w):
                    return f"{key}: at {t} {v} instead of {w}"
    return None
