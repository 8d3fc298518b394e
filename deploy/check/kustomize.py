"""deploy/kustomize/base is what the chart makes of its defaults, and the overlays build on it."""
import base64
import copy
import json
import re
import shutil
import subprocess

import yaml

from render import dump
from tools import ROOT, Failure, check

KUSTOMIZE = ROOT / "deploy" / "kustomize"
ROLES = ("query", "store", "compact")
OF_HELM = ("helm.sh/chart", "app.kubernetes.io/managed-by")
HEADER = "# The {role} of deploy/charts/varve by default, written by `./dev chart --update`: change the chart, or an overlay.\n"


def without_helm(objects):
    """The same objects without the two labels that say Helm made them."""
    objects = copy.deepcopy(objects)
    for one in objects:
        for label in OF_HELM:
            one["metadata"].get("labels", {}).pop(label, None)
    return objects


def keyed(objects):
    return {(one["apiVersion"], one["kind"], one["metadata"]["name"]): one for one in objects}


def base_objects():
    """The objects of the base: kustomization.yaml lists files, and does nothing else to them."""
    kustomization = yaml.safe_load((KUSTOMIZE / "base" / "kustomization.yaml").read_text())
    check(set(kustomization) == {"apiVersion", "kind", "resources"}, "the base does more than list files")
    return [one for name in kustomization["resources"] for one in yaml.safe_load_all((KUSTOMIZE / "base" / name).read_text())]


def write_base(rendered):
    for role in ROLES:
        objects = [one for one in without_helm(rendered) if one["metadata"]["labels"].get("app.kubernetes.io/component") == role]
        (KUSTOMIZE / "base" / f"{role}.yaml").write_text(HEADER.format(role=role) + dump(objects))


def compare_base(rendered, update):
    if update:
        write_base(rendered)
    base, chart = keyed(base_objects()), keyed(without_helm(rendered))
    check(base.keys() == chart.keys(), f"only in the base or in the chart: {sorted(base.keys() ^ chart.keys())}")
    for key, one in chart.items():
        if base[key] != one:
            raise Failure(f"{key} differs: the base has\n{dump([base[key]])}\nthe chart\n{dump([one])}")


def kubectl_builds():
    """Whether there is a kubectl whose kustomize knows `patches` and folders as resources (since kubectl 1.21)."""
    if not shutil.which("kubectl"):
        return False
    done = subprocess.run(["kubectl", "version", "--client", "--output=json"], text=True, capture_output=True)
    version = json.loads(done.stdout).get("kustomizeVersion", "v0") if done.returncode == 0 else "v0"
    return int(re.match(r"v?(\d+)", version).group(1)) >= 4


def build(folder):
    done = subprocess.run(["kubectl", "kustomize", folder], text=True, capture_output=True)
    check(done.returncode == 0 and not done.stderr, f"kubectl kustomize {folder}:\n{done.stderr}")
    objects = list(yaml.safe_load_all(done.stdout))
    for one in objects:
        if one["kind"] == "Secret":  # as the chart writes them
            one["stringData"] = {key: base64.b64decode(text).decode() for key, text in one.pop("data").items()}
    return objects
