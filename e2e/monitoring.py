"""What dashboards, rules and alerts of deploy/monitoring ask for is exported by a running Varve, down to labels and values."""

import json
import re
import signal
import subprocess
import time
import urllib.parse

from harness import ROOT, VARVE, api, check, instant, query_range, run
from targets import write_openmetrics

MONITORING = ROOT / "deploy" / "monitoring"
ERROR_LABELS = ("code", "grpc_code")  # of failures, which a fleet that is well has none of


class Asked:
    """One expression with the labels its legend or annotations show."""

    def __init__(self, where, expr, shown):
        self.where, self.expr, self.shown = where, expr, shown


def rules_asked(prometheus):
    for group in api(prometheus, "rules", method="GET")["data"]["groups"]:
        for rule in group["rules"]:
            check(rule["health"] != "err", f"{rule['name']}: {rule.get('lastError')}")
            texts = " ".join((rule.get("annotations") or {}).values())
            yield Asked(f"rule {rule['name']}", rule["query"], set(re.findall(r"\$labels\.(\w+)", texts)))


def dashboards_asked():
    for path in sorted((MONITORING / "dashboards").glob("*.json")):
        board = json.loads(path.read_text())
        definitions = {v["name"]: v["definition"] for v in board["templating"]["list"] if v["type"] == "query"}
        jobs = re.search(r'job=~"([^"]+)"', definitions["job"])[1]

        def fill(expr):
            return expr.replace("$__rate_interval", "5m").replace("$job", jobs).replace("$instance", ".+")

        for definition in definitions.values():
            yield Asked(f"{path.name} variable", fill(re.search(r"label_values\((.*), \w+\)", definition)[1]), set())
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                yield Asked(
                    f"{path.name} {panel['title']!r}", fill(target["expr"]), set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
                )


class Checker:
    """Walks expressions as Varve parses them, over the series that Prometheus has scraped."""

    def __init__(self, query, prometheus):
        self.query, self.prometheus = query, prometheus
        self.trees, self.labels = {}, {}
        self.names = set()

    def missing(self, asked):
        """What is not there of what `asked` asks for."""
        if asked.expr not in self.trees:
            answer = api(self.query, "parse_query", {"query": asked.expr})
            check(answer["status"] == "success", f"{asked.where}: {asked.expr}: {answer.get('error')}")
            self.trees[asked.expr] = answer["data"]
        self.gaps = []
        result = self.result(self.trees[asked.expr])
        self.need(asked.shown, result, "is shown")
        return [f"{asked.where}: {gap}" for gap in self.gaps]

    def need(self, labels, there, why):
        self.gaps += [f"label {label} {why} and is not there" for label in sorted(set(labels) - there)]

    def selector(self, node):
        matchers = [m for m in node["matchers"] if m["name"] not in ERROR_LABELS]
        errors = {m["name"] for m in node["matchers"]} & set(ERROR_LABELS)
        text = "{" + ",".join(f"{m['name']}{m['type']}{json.dumps(m['value'])}" for m in matchers) + "}"
        self.names.add(node["name"])
        if not self.labels.get(text):
            series = api(self.prometheus, "series?" + urllib.parse.urlencode({"match[]": text}), method="GET")["data"]
            self.labels[text] = set().union(*series) - {"__name__"} if series else None
        found = self.labels[text]
        if found is None:
            self.gaps.append(f"no series {text}")
            return set()
        self.need(errors, found, "is matched")
        return found

    def result(self, node):
        """The labels of a node's series."""
        kind = node["type"]
        if kind in ("vectorSelector", "matrixSelector"):
            return self.selector(node)
        if kind in ("parenExpr", "unaryExpr", "subquery"):
            return self.result(node["expr"])
        if kind == "aggregation":
            inner = self.result(node["expr"])
            self.need(node["grouping"], inner, f"is in an aggregation ({node['op']})")
            return inner - set(node["grouping"]) if node["without"] else set(node["grouping"])
        if kind == "call":
            vectors = [self.result(a) for a in node["args"]]
            labels = set().union(*vectors) if vectors else set()
            if node["func"]["name"] == "histogram_quantile":
                self.need({"le"}, labels, "makes a histogram")
            return labels - ({"le"} if node["func"]["name"] == "histogram_quantile" else set())
        if kind == "binaryExpr":
            return self.binary(node)
        return set()  # numbers and strings

    def binary(self, node):
        left, right = self.result(node["lhs"]), self.result(node["rhs"])
        matching = node.get("matching")
        if not matching:  # a number on one side
            return left | right
        if matching["on"]:
            self.need(matching["labels"], left, "joins")
            self.need(matching["labels"], right, "joins")
        if node["op"] == "or":
            return left | right
        return left


def targets(jobs):
    lines = []
    for job, port in jobs.items():
        lines.append(
            f"  - job_name: {job}\n    static_configs: [{{targets: ['127.0.0.1:{port}'], labels: {{namespace: e2e, pod: p0}}}}]\n"
        )
    return "scrape_configs:\n" + "".join(lines)


def put_blocks(scene, data, now):
    text = scene.folder / "metrics.om"
    write_openmetrics(text, 40, now - 10 * 3600, now - 3 * 3600, 15)
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", text, data], check=True, stdout=subprocess.DEVNULL)
    return {p.name for p in data.iterdir() if (p / "meta.json").exists()}


def scenario(scene):
    now = int(time.time())
    data, bucket = scene.folder / "prometheus-data", scene.bucket_config()
    made = put_blocks(scene, data, now)
    head = (
        f"global: {{scrape_interval: 1s, evaluation_interval: 5s, external_labels: {{cluster: e2e}}}}\n"
        f"rule_files: ['{MONITORING}/rules/*.yaml']\n"
    )
    server, port = scene.prometheus(config=head + targets({"prometheus": "$PORT"}), data=data)
    prometheus = f"http://127.0.0.1:{port}"

    sidecar = scene.varve("sidecar", f"--prometheus.url={prometheus}", f"--tsdb.path={data}", f"--objstore.config-file={bucket}")
    scene.wait("all blocks shipped", lambda: {p.parent.name for p in (scene.folder / "bucket").glob("*/meta.json")} >= made)
    marked = min(made)
    subprocess.run(
        [
            VARVE,
            "tools",
            "bucket",
            "mark",
            f"--objstore.config-file={bucket}",
            f"--id={marked}",
            "--marker=no-compact-mark.json",
            "--details=monitoring",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    store = scene.varve("store", f"--data-dir={scene.folder}/store", f"--objstore.config-file={bucket}")
    query = scene.varve("query", f"--endpoint=dns+localhost:{sidecar.grpc}", f"--endpoint=127.0.0.1:{store.grpc}")
    top = scene.varve("query", f"--endpoint=127.0.0.1:{query.grpc}", name="query-of-query")
    compact = scene.varve(
        "compact", "--wait", f"--data-dir={scene.folder}/compact", f"--objstore.config-file={bucket}", "--consistency-delay=0s"
    )
    config = scene.folder / "prometheus.yml"
    config.write_text(
        (
            head
            + targets(
                {
                    "prometheus": port,
                    "varve-sidecar": sidecar.http,
                    "varve-store": store.http,
                    "varve-query": query.http,
                    "varve-compact": compact.http,
                }
            )
        )
    )
    server.popen.send_signal(signal.SIGHUP)

    def use():
        for base in (query.url, top.url):
            check(instant(base, "om_temperature", now - 5 * 3600)["status"] == "success", "an instant query failed")
            check(
                query_range(base, "sum(rate(om_requests_total[5m]))", now - 9 * 3600, now, 300)["status"] == "success",
                "a range query failed",
            )
            check(api(base, "labels", method="GET")["status"] == "success", "label names failed")

    checker = Checker(query.url, prometheus)
    gaps = []

    def nothing_missing():
        use()
        gaps[:] = sorted({gap for asked in all_asked for gap in checker.missing(asked)})
        return not gaps

    all_asked = list(rules_asked(prometheus)) + list(dashboards_asked())
    check(len(all_asked) > 200, f"only {len(all_asked)} expressions were found")
    try:
        scene.wait("every metric and label exported", nothing_missing)
    finally:
        if gaps:
            print("   missing:\n   " + "\n   ".join(gaps[:100]))
    ours = sorted(name for name in checker.names if name.startswith("varve_"))
    print(
        f"   {len(all_asked)} expressions with {len(checker.labels)} selectors of {len(checker.names)} metrics"
        f" ({len(ours)} of them varve_*): all exported"
    )

    def active():
        alerts = api(prometheus, "alerts", method="GET")["data"]["alerts"]
        return {a["labels"]["alertname"] for a in alerts}

    scene.wait("the alert about the marked block", lambda: active() == {"VarveCompactQuarantine"})


if __name__ == "__main__":
    run("monitoring", scenario)
