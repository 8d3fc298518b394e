"""A proxy in front of an S3 server that makes it slow, short of breath or broken, the same way for the same seed, and counts what it is
asked for. In a scenario:

    proxy = Proxy(server.port)                    # listens on proxy.port
    proxy.faults = Faults(seed=1, share=0.5, kinds=("500", "503", "timeout", "short", "flip", "reset"))
    proxy.delay_seconds = 0.05
    proxy.limit(100)                              # requests a second, others are told to slow down
    proxy.counts()                                # {("GET", "meta"): [requests, bytes], ...}
    proxy.stop()

Or by itself: proxy.py PORT UPSTREAM_PORT [--delay S] [--rate R] [--share P] [--seed N]; GET /-/proxy/counts tells the counts.

The fate of the n-th request of one method for one target depends on the seed alone. What a request is for: list, meta, mark, index, chunks,
other. Bits are flipped in objects only: a listing carries no checksum anybody could notice it by.
"""
import argparse
import collections
import dataclasses
import hashlib
import http.client
import http.server
import json
import random
import sys
import threading
import time
import urllib.parse

from harness import free_port

SLOW_DOWN = b"<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
ERROR = b"<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>made by the proxy</Message></Error>"
HOP_HEADERS = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}


@dataclasses.dataclass
class Faults:
    seed: int = 1
    share: float = 0.0
    kinds: tuple = ("500", "503", "timeout", "short", "flip", "reset")
    hang_seconds: float = 5.0

    def fate(self, method, target, nth):
        """(kind or None, dice for the details)"""
        digest = hashlib.sha256(f"{self.seed} {method} {target} {nth}".encode()).digest()
        dice = random.Random(digest)
        return (dice.choice(self.kinds) if dice.random() < self.share else None), dice


def purpose(path, query):
    if "list-type" in query or "delimiter" in query or "prefix" in query:
        return "list"
    name = path.rsplit("/", 1)[-1]
    if name == "meta.json":
        return "meta"
    if name.endswith("-mark.json"):
        return "mark"
    if name == "index":
        return "index"
    return "chunks" if "/chunks/" in path else "other"


class RateLimit:
    """So many requests a second, a second's worth of them at once."""

    def __init__(self, per_second):
        self.per_second, self.tokens, self.last, self.lock = per_second, per_second, time.monotonic(), threading.Lock()

    def takes(self):
        with self.lock:
            now = time.monotonic()
            self.tokens = min(self.per_second, self.tokens + (now - self.last) * self.per_second)
            self.last = now
            if self.tokens < 1:
                return False
            self.tokens -= 1
            return True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients may break off, or be killed."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Proxy:
    def __init__(self, upstream_port, port=None):
        self.upstream_port, self.port = upstream_port, port or free_port()
        self.faults, self.delay_seconds = Faults(), 0.0
        self.rate, self.throttle_status = None, 503
        self.lock = threading.Lock()
        self.seen = collections.Counter()  # by method and target
        self.totals = collections.defaultdict(lambda: [0, 0])
        self.injected = collections.Counter()
        proxy = self

        class Handler(ProxyHandler):
            owner = proxy

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def limit(self, per_second):
        self.rate = RateLimit(per_second) if per_second else None

    def counts(self):
        with self.lock:
            return {key: list(value) for key, value in self.totals.items()}

    def requests(self, *purposes):
        """How many there were, of these purposes or all."""
        return sum(value[0] for (_, what), value in self.counts().items() if not purposes or what in purposes)

    def reset_counts(self):
        with self.lock:
            self.totals.clear()
            self.injected.clear()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class ProxyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner = None

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        self.upstream = None

    def finish(self):
        if self.upstream is not None:
            self.upstream.close()
        super().finish()

    def ask_upstream(self, body):
        if self.upstream is None:
            self.upstream = http.client.HTTPConnection("127.0.0.1", self.owner.upstream_port, timeout=60)
        self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_HEADERS | {"expect"}:
                self.upstream.putheader(name, value)
        self.upstream.endheaders(body or None)
        reply = self.upstream.getresponse()
        return reply.status, reply.getheaders(), reply.read()

    def answer(self, status, headers, body, sent=None):
        """`sent`: how much of the body is really sent before the connection breaks."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_HEADERS | {"content-length"}:
                self.send_header(name, value)
        length = next((v for n, v in headers if n.lower() == "content-length"), "0") if self.command == "HEAD" else str(len(body))
        if status != 204:
            self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if sent is None else body[:sent])
        if sent is not None:
            self.close_connection = True

    def refuse(self, status, body, headers=()):
        self.answer(status, [("Content-Type", "application/xml"), *headers], b"" if self.command == "HEAD" else body)

    def handle_request(self):
        owner = self.owner
        if self.path == "/-/proxy/counts":
            text = json.dumps({f"{method} {what}": value for (method, what), value in owner.counts().items()})
            return self.answer(200, [("Content-Type", "application/json")], text.encode())
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        what = purpose(urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query, keep_blank_values=True)))
        with owner.lock:
            owner.totals[(self.command, what)][0] += 1
            nth = owner.seen[(self.command, self.path, self.headers.get("Range"))]
            owner.seen[(self.command, self.path, self.headers.get("Range"))] += 1
        if owner.rate is not None and not owner.rate.takes():
            owner.injected["throttled"] += 1
            return self.refuse(owner.throttle_status, SLOW_DOWN)
        if owner.delay_seconds:
            time.sleep(owner.delay_seconds)
        kind, dice = owner.faults.fate(self.command, f"{self.path} {self.headers.get('Range')}", nth)
        if kind is not None:
            owner.injected[kind] += 1
        if kind == "500":
            return self.refuse(500, ERROR % b"InternalError")
        if kind == "503":
            return self.refuse(503, ERROR % b"ServiceUnavailable")
        if kind == "timeout":
            time.sleep(owner.faults.hang_seconds)
            self.close_connection = True
            return None
        if kind == "reset" and dice.random() < 0.5:  # otherwise after it has happened
            self.close_connection = True
            return None
        status, headers, content = self.ask_upstream(body)
        with owner.lock:
            owner.totals[(self.command, what)][1] += len(content) + len(body)
        if kind == "reset":
            self.close_connection = True
            return None
        if kind == "short" and content:
            return self.answer(status, headers, content, sent=dice.randrange(len(content)))
        if kind == "flip" and content and status in (200, 206) and what != "list":
            damaged = bytearray(content)
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
            content = bytes(damaged)
        return self.answer(status, headers, content)

    def handle_or_hang_up(self):
        try:
            self.handle_request()
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            if self.upstream is not None:
                self.upstream.close()
                self.upstream = None

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_or_hang_up


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("upstream_port", type=int)
    parser.add_argument("--delay", type=float, default=0, help="seconds before each answer")
    parser.add_argument("--rate", type=float, default=0, help="requests a second that are let through")
    parser.add_argument("--share", type=float, default=0, help="of requests that go wrong")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    proxy = Proxy(args.upstream_port, args.port)
    proxy.delay_seconds, proxy.faults = args.delay, Faults(seed=args.seed, share=args.share)
    proxy.limit(args.rate)
    proxy.thread.join()


if __name__ == "__main__":
    main()
