"""Rules, alerts, targets, metadata, exemplars and TSDB statistics of two HA replicas through sidecars and stacked queriers, as Prometheus says them.

Run with a port it is the scrape target: an OpenMetrics page with exemplars.
"""
import http.server
import sys
import time

from harness import api, check, free_port, run

CONFIG = """
global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: e2e, replica: $REPLICA}}
rule_files: [$RULES]
scrape_configs:
  - job_name: target
    static_configs: [{targets: ["127.0.0.1:$TARGET", "127.0.0.1:$NOBODY"]}, {targets: ["dropped:1"], labels: {drop: "yes"}}]
    relabel_configs: [{source_labels: [drop], regex: "yes", action: drop}]
"""
RULES = """
groups:
  - name: recordings
    interval: 1s
    rules:
      - {record: "job:up:sum", expr: "sum by (job) (up)", labels: {team: a}}
      - {record: "broken", expr: "up * on() group_left() up"}
  - name: alerts
    limit: 10
    rules:
      - {alert: Firing, expr: "up == 0", labels: {severity: page, who: "{{ $labels.instance }}"}, annotations: {text: "{{ $value }} of {{ $labels.job }}"}}
      - {alert: Pending, expr: "up == 0", for: 1h, labels: {severity: page}}
      - {alert: Inactive, expr: "up > 1"}
"""
START = time.time()
MOMENTS = {"lastEvaluation", "evaluationTime", "activeAt", "lastScrape", "lastScrapeDuration", "keepFiringFor", "partialResponseStrategy", "limit",
           "scrapeInterval", "scrapeTimeout", "discoveredLabels"}


class Target(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        lines = ["# TYPE e2e_requests counter", "# HELP e2e_requests Requests seen."]
        lines += [f'e2e_requests_total{{path="/{p}"}} {p + 1} # {{trace_id="t{p}"}} 0.{p} {START:.3f}' for p in range(3)]
        lines += ["# TYPE e2e_temperature gauge", "e2e_temperature 21.5", "# EOF", ""]
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write("\n".join(lines).encode())

    def log_message(self, *args):
        pass


def timeless(value):
    """Without what differs from one moment, or one release, to the next."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in MOMENTS}
    return [timeless(v) for v in value] if isinstance(value, list) else value


def by_name(alerts):
    return sorted(alerts, key=lambda a: a["labels"]["alertname"])


def with_cluster(items):
    for item in items:
        item.setdefault("labels", {})["cluster"] = "e2e"
    return items


def groups_of(answer):
    """Group -> rule -> rule; without error texts, which hold times."""
    return {g["name"]: {r["name"]: {**timeless(r), "lastError": None} for r in g["rules"]} for g in answer["data"]["groups"]}


def scenario(scene):
    target, nobody = free_port(), free_port()
    scene.start("target", sys.executable, __file__, target)
    rules = scene.folder / "rules.yml"
    rules.write_text(RULES)
    ports, sidecars = [], []
    for replica in "ab":
        config = CONFIG.replace("$REPLICA", replica).replace("$TARGET", str(target)).replace("$NOBODY", str(nobody)).replace("$RULES", str(rules))
        prometheus, port = scene.prometheus(f"prometheus-{replica}", config, flags=["--enable-feature=exemplar-storage"])
        ports.append(f"http://127.0.0.1:{port}")
        sidecars.append(scene.varve("sidecar", f"--prometheus.url={ports[-1]}", f"--tsdb.path={prometheus.data}", name=f"sidecar-{replica}"))
    lower = scene.varve("query", *[f"--endpoint-strict=127.0.0.1:{s.grpc}" for s in sidecars], "--query.replica-label=replica", name="query-lower")
    upper = scene.varve("query", f"--endpoint=127.0.0.1:{lower.grpc}", "--query.replica-label=replica", name="query-upper")

    def get(base, path, **params):
        answer = api(base, path, params, method="GET")
        check(answer["status"] == "success", f"{path}: {answer}")
        return answer

    def settled(base):
        states = {a["labels"]["alertname"]: a["state"] for a in get(base, "alerts")["data"]["alerts"]}
        series = get(base, "query_exemplars", query="e2e_requests_total", start=START - 3600, end=START + 3600)["data"]
        broken = groups_of(get(base, "rules"))["recordings"]["broken"]["health"]  # fails only once there are two targets to match
        return states == {"Firing": "firing", "Pending": "pending"} and len(series) == 3 and broken == "err"

    for base in ports:
        scene.wait("rules evaluated, exemplars scraped", lambda: settled(base))

    compared = 0
    for base in (lower.url, upper.url):
        ours = get(base, "rules")
        check("warnings" not in ours, f"warnings: {ours.get('warnings')}")
        want, got = groups_of(get(ports[0], "rules")), groups_of(ours)
        for rules_of_group in want.values():
            with_cluster(rules_of_group.values())
        check(got == want, f"rules {got} instead of {want}")
        compared += sum(len(g) for g in want.values())
        check(get(base, "rules")["data"]["groups"][0]["limit"] == 10, "the limit of a group is kept")
        only = get(base, "rules", **{"type": "alert", "match[]": '{severity="page"}', "rule_name[]": "Firing"})["data"]["groups"]
        check([[r["name"] for r in g["rules"]] for g in only] == [["Firing"]], f"filtered rules: {only}")

        alerts = [get(b, "alerts")["data"]["alerts"] for b in (base, ports[0])]
        check(by_name(timeless(alerts[0])) == by_name(timeless(alerts[1])), f"alerts {alerts[0]} instead of {alerts[1]}")

        targets = [get(b, "targets")["data"] for b in (base, ports[0])]
        wanted = with_cluster(timeless(targets[1]["activeTargets"]))
        for mine, theirs in zip(sorted(timeless(targets[0]["activeTargets"]), key=lambda t: t["scrapeUrl"]), sorted(wanted, key=lambda t: t["scrapeUrl"])):
            check(mine == theirs, f"target {mine} instead of {theirs}")
        check(len(targets[0]["activeTargets"]) == 2 and len(targets[0]["droppedTargets"]) == 1, f"targets: {targets[0]}")
        check(get(base, "targets", state="dropped")["data"]["activeTargets"] == [], "only dropped targets")

        for params in ({}, {"metric": "e2e_requests"}):
            check(get(base, "metadata", **params)["data"] == get(ports[0], "metadata", **params)["data"], f"metadata {params}")
        check(len(get(base, "metadata", limit=1)["data"]) == 1, "one metadata")

        question = {"query": "rate(e2e_requests_total[5m]) + on() e2e_temperature", "start": START - 60, "end": START + 60}
        mine, theirs = (get(b, "query_exemplars", **question)["data"] for b in (base, ports[0]))
        flat = [{(s["seriesLabels"]["path"], e["labels"]["trace_id"], float(e["value"]), round(e["timestamp"], 3)) for s in d for e in s["exemplars"]}
                for d in (mine, theirs)]
        check(flat[0] == flat[1] and len(flat[0]) == 3 and len(mine) == 3, f"exemplars {mine} instead of {theirs}")
        check(all(s["seriesLabels"]["cluster"] == "e2e" and "replica" not in s["seriesLabels"] for s in mine), f"labels of {mine}")
        check(get(base, "query_exemplars", query='e2e_requests_total{cluster="other"}', start=0, end=START + 60)["data"] == [], "another cluster")

        heads = [get(b, "status/tsdb")["data"] for b in ports]
        sum_of = get(base, "status/tsdb", limit=3)["data"]
        check(sum_of["headStats"]["numSeries"] == sum(h["headStats"]["numSeries"] for h in heads), f"{sum_of['headStats']} of {heads}")
        check(len(sum_of["seriesCountByMetricName"]) == 3, "three metrics")

    gone = sidecars[1]
    gone.expected_dead = True
    gone.kill()
    for path, params in (("rules", {}), ("targets", {}), ("metadata", {}), ("query_exemplars", {"query": "up"}), ("status/tsdb", {})):
        answer = get(lower.url, path, **params)
        check(any(f"127.0.0.1:{gone.grpc}" in w for w in answer.get("warnings", [])), f"{path}: no warning names the endpoint: {answer}")
    check(len(get(lower.url, "targets")["data"]["activeTargets"]) == 2, "the other replica still answers")
    print(f"   {compared} rules, alerts, targets, metadata, exemplars and statistics as Prometheus says them")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Target).serve_forever()
    run("fleet", scenario)
