"""A scrape target of our own, and OpenMetrics text for promtool. Run as a program: targets.py PORT

It exports counters that grow by a known rate, a gauge, and native histograms, which Prometheus only takes in the protobuf format; so that is
what it answers when asked for it, written by hand here.
"""
import http.server
import math
import struct
import sys
import time

COUNTER_PER_SECOND = 10
START = time.time()


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def field(number, kind, payload):
    return varint(number << 3 | kind) + payload


def text(number, value):
    raw = value.encode()
    return field(number, 2, varint(len(raw)) + raw)


def message(number, raw):
    return field(number, 2, varint(len(raw)) + raw)


def double(number, value):
    return field(number, 1, struct.pack("<d", value))


def unsigned(number, value):
    return field(number, 0, varint(value))


def signed(number, value):
    return field(number, 0, zigzag(value))


def labels(pairs):
    return b"".join(message(1, text(1, k) + text(2, v)) for k, v in pairs.items())


def native_histogram(schema, zero_count, spans, counts, total):
    """spans: (offset, length) pairs; counts: one a bucket."""
    deltas, before = [], 0
    for count in counts:
        deltas.append(count - before)
        before = count
    raw = unsigned(1, zero_count + sum(counts)) + double(2, total) + signed(5, schema) + double(6, 0.001) + unsigned(7, zero_count)
    raw += b"".join(message(12, signed(1, offset) + unsigned(2, length)) for offset, length in spans)
    return raw + b"".join(signed(13, delta) for delta in deltas)


def histogram_at(elapsed, shift):
    """A latency histogram that widens with time: more buckets, and a reset every 90 seconds."""
    elapsed = elapsed % 90
    counts = [int(elapsed * (i + 1) * 2) + shift for i in range(3 + int(elapsed // 30))]
    return native_histogram(2, int(elapsed), [(shift, 2), (2, len(counts) - 2)], counts, elapsed * 17.5)


def family(name, kind, metrics):
    return text(1, name) + text(2, f"Help of {name}.") + unsigned(3, kind) + b"".join(message(4, m) for m in metrics)


def protobuf_page(now):
    elapsed = now - START
    counter, gauge, histogram = 0, 1, 4
    families = [
        family("e2e_ticks_total", counter, [labels({"kind": k}) + message(3, double(1, COUNTER_PER_SECOND * elapsed)) for k in ("a", "b")]),
        family("e2e_wave", gauge, [message(2, double(1, math.sin(elapsed / 10)))]),
        family("e2e_latency", histogram, [labels({"path": p}) + message(7, histogram_at(elapsed, i)) for i, p in enumerate(("/", "/x", "/y"))]),
    ]
    return b"".join(varint(len(f)) + f for f in families)


def text_page(now):
    elapsed = now - START
    lines = ["# TYPE e2e_ticks_total counter"] + [f'e2e_ticks_total{{kind="{k}"}} {COUNTER_PER_SECOND * elapsed!r}' for k in ("a", "b")]
    return "\n".join(lines + ["# TYPE e2e_wave gauge", f"e2e_wave {math.sin(elapsed / 10)!r}", ""]).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        protobuf = "application/vnd.google.protobuf" in self.headers.get("Accept", "")
        body = protobuf_page(time.time()) if protobuf else text_page(time.time())
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited" if protobuf
                         else "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def write_openmetrics(path, series, start, end, step, seed=1, keep=lambda t: True):
    """Counters with resets and gauges, sorted by metric as OpenMetrics wants it; only the samples whose time `keep` wants. Values are the seed's."""
    import random
    rnd = random.Random(seed)
    with open(path, "w") as out:
        kinds = (("om_requests_total", "counter", series // 2), ("om_temperature", "gauge", series - series // 2))
        for name, kind, count in kinds:
            out.write(f"# TYPE {name.removesuffix('_total')} {kind}\n")
            for i in range(count):
                head = f'{name}{{instance="host-{i % 20}:9100",job="job-{i % 5}",path="/p{i}"}} '
                value = rnd.random() * 100
                rate = rnd.random() * 20
                for t in range(start, end, step):
                    if kind == "counter":
                        value = 0.0 if rnd.random() < 0.0005 else value + rate * rnd.random() * 10
                        shown = round(value, 3)  # fractions, so that no two series tie
                    else:
                        value += rnd.random() - 0.5
                        shown = round(value, 3)
                    if keep(t):
                        out.write(f"{head}{shown} {t}\n")
        out.write("# EOF\n")


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
