"""The chart rendered, and the files that hold what it rendered when somebody last looked at it."""
import difflib
import pathlib
import shutil
import tempfile

import yaml

from tools import CHART, HERE, ROOT, Failure, check, helm

GOLDEN = HERE / "golden"
MONITORING = ROOT / "deploy" / "monitoring"
VALUE_SETS = sorted(path.stem for path in (HERE / "values").glob("*.yaml"))


class Dumper(yaml.SafeDumper):
    """Lists indented below their key, texts of several lines as they are read."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def represent_text(dumper, text):
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, represent_text)


def dump(objects):
    return "---\n".join(yaml.dump(one, Dumper=Dumper, sort_keys=False, width=140) for one in objects)


def render(*args):
    """The objects that `helm template` of a release called varve yields."""
    fine, output = helm("template", "varve", CHART, "--namespace", "metrics", *args)
    check(fine, output)
    return [one for one in yaml.safe_load_all(output) if one]


def render_set(name):
    return render("--values", HERE / "values" / f"{name}.yaml")


def render_notes(name):
    """What `helm install` would print at the end. `helm template` leaves it out, so a copy of the chart gets an object that holds it."""
    with tempfile.TemporaryDirectory(prefix="varve-notes-") as folder:
        copy = pathlib.Path(folder) / "varve"
        shutil.copytree(CHART, copy)
        (copy / "templates" / "notes.yaml").write_text('notes: {{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}\n')
        fine, output = helm("template", "varve", copy, "--namespace", "metrics", "--values", HERE / "values" / f"{name}.yaml",
                            "--show-only", "templates/notes.yaml")
    check(fine, output)
    return yaml.safe_load(output)["notes"]


def lint_set(name):
    fine, output = helm("lint", "--strict", CHART, "--values", HERE / "values" / f"{name}.yaml")
    check(fine and "[WARNING]" not in output, output)


def monitoring_is_whole(objects):
    """Rules and dashboards are those of deploy/monitoring, every one of them and as they are."""
    rules = {path.stem: yaml.safe_load(path.read_text()) for path in MONITORING.glob("rules/*.yaml")}
    rendered = {one["metadata"]["name"].removeprefix("varve-"): one["spec"] for one in objects if one["kind"] == "PrometheusRule"}
    check(rules and rendered == rules, f"PrometheusRules {sorted(rendered)} are not deploy/monitoring/rules {sorted(rules)}")
    dashboards = {path.name: path.read_text().rstrip() for path in MONITORING.glob("dashboards/*.json")}
    rendered = {key: text.rstrip() for one in objects if one["kind"] == "ConfigMap" for key, text in one["data"].items()}
    check(dashboards and rendered == dashboards, f"ConfigMaps {sorted(rendered)} are not deploy/monitoring/dashboards {sorted(dashboards)}")


def without_monitoring(objects):
    """The same without the text of rules and dashboards, which `monitoring_is_whole` compares with its source."""
    for one in objects:
        if one["kind"] == "PrometheusRule":
            one = {**one, "spec": {"groups": "those of deploy/monitoring/rules"}}
        elif one["kind"] == "ConfigMap":
            one = {**one, "data": {key: "that of deploy/monitoring/dashboards" for key in one["data"]}}
        yield one


def compare_golden(name, now, update):
    """Fails with a diff if golden/`name` is not `now`; with `update` it is made so."""
    path = GOLDEN / name
    if update:
        path.write_text(now)
    before = path.read_text() if path.exists() else ""
    if now != before:
        diff = "".join(difflib.unified_diff(before.splitlines(True), now.splitlines(True), str(path.relative_to(ROOT)), "rendered"))
        raise Failure(f"{diff}\nRead it; if it is as meant: ./dev chart --update")
