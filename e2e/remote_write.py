"""Samples of any time for a Prometheus that takes remote write: floats, native histograms of every kind, series that come and go.

The protobuf and its snappy frame are written by hand, like the scrape target's page in targets.py.
"""
import math
import random
import struct
import urllib.request

from targets import double, message, signed, text, unsigned, varint, zigzag

UNKNOWN, GAUGE = 0, 3  # reset hints
STALE = struct.pack("<Q", 0x7FF0000000000002)
LITERAL_MAX = 1 << 16


def snappy(raw):
    """Literals only, which is snappy too."""
    out = bytearray(varint(len(raw)))
    for at in range(0, len(raw), LITERAL_MAX):
        part = raw[at:at + LITERAL_MAX]
        out += bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part
    return bytes(out)


def sample(time_ms, value):
    """`value` is a number or the eight bytes of one."""
    raw = value if isinstance(value, bytes) else struct.pack("<d", value)
    return message(2, varint(1 << 3 | 1) + raw + unsigned(2, time_ms))


def histogram(time_ms, schema, zero_count, spans, counts, total, hint=UNKNOWN, floats=False):
    """spans: (offset, length) pairs; counts: one a bucket; whole numbers, or of a float histogram any."""
    raw = double(2, zero_count + sum(counts)) if floats else unsigned(1, zero_count + sum(counts))
    raw += double(3, total) + signed(4, schema) + double(5, 0.001)
    raw += double(7, zero_count) if floats else unsigned(6, zero_count)
    raw += b"".join(message(11, signed(1, offset) + unsigned(2, length)) for offset, length in spans)
    if floats:
        raw += message(13, struct.pack(f"<{len(counts)}d", *counts))
    else:
        deltas = [count - before for count, before in zip(counts, [0, *counts])]
        raw += message(12, b"".join(zigzag(delta) for delta in deltas))
    return message(4, raw + unsigned(14, hint) + unsigned(15, time_ms))


def write(url, series):
    """series: (labels, payload) pairs, where the payload is what sample() and histogram() made, in order of time."""
    raw = b"".join(message(1, b"".join(message(1, text(1, k) + text(2, v)) for k, v in sorted(labels.items())) + payload)
                   for labels, payload in series)
    request = urllib.request.Request(f"{url}/api/v1/write", data=snappy(raw), method="POST", headers={
        "Content-Encoding": "snappy", "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        reply.read()


def latency_at(elapsed, shift):
    """Bucket counts of a counter that widens with time and is reset every 100 minutes."""
    elapsed %= 6000
    counts = [int(elapsed * (i + 1) / 7) + shift for i in range(3 + int(elapsed // 2000))]
    return int(elapsed / 5) + 1, [(shift, 2), (2, len(counts) - 2)], counts, elapsed * 17.5


POD_LIFE_S = 5400
PODS = 4  # at once


def natives_at(elapsed, time_ms, step_s):
    """(labels, payload) of every series that has a sample `elapsed` seconds into the time written."""
    for i, path in enumerate(("/", "/x", "/y")):
        zero, spans, counts, total = latency_at(elapsed + i * 1000, i)
        yield {"__name__": "e2e_latency", "path": path}, histogram(time_ms, 2, zero, spans, counts, total)
        yield {"__name__": "e2e_load", "path": path}, histogram(
            time_ms, 1, zero / 3, spans, [c / 3 for c in counts], total / 3, GAUGE, floats=True)
    zero, spans, counts, total = latency_at(elapsed, 1)
    mixed = sample(time_ms, elapsed / 7) if elapsed // 5400 % 2 else histogram(time_ms, 3, zero, spans, counts, total)
    yield {"__name__": "e2e_mixed"}, mixed
    for kind in ("a", "b"):
        yield {"__name__": "e2e_ticks_total", "kind": kind}, sample(time_ms, (elapsed % 20000) * (3 if kind == "a" else 5))
    yield {"__name__": "e2e_wave"}, sample(time_ms, math.sin(elapsed / 1000))
    for slot in range(PODS):
        since = elapsed + slot * POD_LIFE_S // PODS
        life, age = divmod(since, POD_LIFE_S)
        labels = {"__name__": "e2e_pod_total", "pod": f"pod-{slot}-{int(life)}"}
        yield labels, sample(time_ms, STALE if age >= POD_LIFE_S - step_s else age * (slot + 1) / 3)
        zero, spans, counts, total = latency_at(age, slot)
        if age < POD_LIFE_S - step_s:
            yield {**labels, "__name__": "e2e_pod_latency"}, histogram(time_ms, 2, zero, spans, counts, total)


def write_natives(url, start, end, step, seed=1, gap=(0, 0)):
    """All of it from `start` to `end`, in requests of half an hour, at times that waver by some milliseconds; nothing is written within `gap`."""
    rnd = random.Random(seed)
    for begin in range(start, end, 1800):
        series = {}
        for t in range(begin, min(begin + 1800, end), step):
            time_ms = t * 1000 + rnd.randrange(100)
            if gap[0] <= t < gap[1]:
                continue
            for labels, payload in natives_at(t - start, time_ms, step):
                key = tuple(sorted(labels.items()))
                series[key] = series.get(key, b"") + payload
        if series:
            write(url, [(dict(key), payload) for key, payload in series.items()])
