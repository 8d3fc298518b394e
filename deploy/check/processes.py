"""Runs the containers of rendered workloads as plain processes of this machine: their flags, the files that would be mounted, their
probes. Not a cluster: every path of a mount becomes a folder below a temporary one, every port a free one of 127.0.0.1.
"""
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from coherence import named, pod
from tools import ROOT, check

VARVE = os.environ.get("VARVE_BINARY", str(ROOT / "build" / "release" / "varve"))
PATIENCE = 60  # seconds


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def make_certificate(folder):
    """What a Secret of cert-manager holds: an authority and a certificate it signed."""
    run = lambda *args: subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    run("req", "-x509", *new, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.crt")
    run("req", "-x509", *new, "-subj", "/CN=varve-store", "-keyout", "tls.key", "-out", "tls.crt", "-CA", "ca.crt", "-CAkey", "ca.key")


def fill_volume(folder, volume, objects, container, reachable):
    """Puts into `folder` what the volume would hold. A bucket becomes a local folder if it is to be `reachable`, else one that refuses."""
    if volume["name"] == "objstore":
        flag = next(arg for arg in container["args"] if arg.startswith("--objstore.config-file="))
        secret = named(objects, "Secret").get(volume["secret"]["secretName"])
        key = pathlib.PurePath(flag).name
        check(secret is None or key in secret["stringData"], f"{flag} is not a key of its Secret")
        config = yaml.safe_load(secret["stringData"][key]) if secret else {}
        if reachable or not secret:
            (folder.parent / "bucket").mkdir()
            config = {"type": "FILESYSTEM", "config": {"directory": str(folder.parent / "bucket")}}
        elif config["type"] == "S3":
            config["config"]["endpoint"] = "127.0.0.1:1"
        (folder / key).write_text(yaml.safe_dump(config))
    elif volume["name"] == "grpc-tls":
        make_certificate(folder)
    elif volume["name"] == "bucket-ca":
        make_certificate(folder)
        (folder / "ca.crt").rename(folder / "ca-bundle.pem")


def localized(text, mounts):
    for path, folder in mounts.items():
        text = re.sub(rf"(?<=[=: ]){re.escape(path)}(?=[/\n]|$)", str(folder), text)
    return text


def run_until_ready(name, args, http, folder, wanted="/-/ready"):
    """Starts varve, waits until its HTTP port answers `wanted` with 200, and stops it in good order."""
    # No variable of this machine gets in: only what a pod would have, or what keeps questions to clouds and name servers at home.
    env = {"PATH": os.environ["PATH"], "STORAGE_EMULATOR_HOST": "127.0.0.1:1", "VARVE_DNS_SERVERS": "127.0.0.1:1", "S3_ACCESS_KEY": "a",
           "S3_SECRET_KEY": "b"}
    log = folder / f"{name}.log"
    with open(log, "w") as out:
        process = subprocess.Popen([VARVE, *args], env=env, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until and get(http, wanted) != 200:
            time.sleep(0.02)
        check(process.poll() is None, f"{name} ended with code {process.returncode}:\n{log.read_text()}")
        check(get(http, wanted) == 200, f"{name} does not answer {wanted} with 200:\n{log.read_text()}")
        process.send_signal(signal.SIGTERM)
        check(process.wait(PATIENCE) == 0, f"{name} ended with code {process.returncode} after SIGTERM:\n{log.read_text()}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def run_container(workload, container, objects, folder, reachable):
    """Runs the container's process until it is ready; with a bucket that is not `reachable`, until it is alive."""
    volumes = {volume["name"]: volume for volume in pod(workload)["spec"].get("volumes", [])}
    mounts = {}
    for mount in container.get("volumeMounts", []):
        mounts[mount["mountPath"]] = inside = folder / mount["name"]
        inside.mkdir()
        fill_volume(inside, volumes.get(mount["name"], {"name": "data"}), objects, container, reachable)
    for config in folder.glob("objstore/*"):
        config.write_text(localized(config.read_text(), mounts))
    http = free_port()
    args = [localized(arg, mounts).replace("$(POD_NAMESPACE)", "metrics") for arg in container["args"]]
    args = [arg.replace("0.0.0.0:10902", f"127.0.0.1:{http}").replace("0.0.0.0:10901", f"127.0.0.1:{free_port()}") for arg in args]
    run_until_ready(workload["metadata"]["name"], args, http, folder, "/-/ready" if reachable else "/-/healthy")


def run_all(objects, done):
    """Runs each different container once with a bucket that is there, and once with the one that the values name, which refuses every
    connection: so flags and configs of both are accepted by the real program. `done` remembers containers of other value sets."""
    for workload in [one for one in objects if one["kind"] in ("Deployment", "StatefulSet")]:
        for container in pod(workload)["spec"]["containers"]:
            for reachable in [True, False] if named(objects, "Secret") and container["name"] != "query" else [True]:
                secret = [] if reachable else [one["stringData"] for one in named(objects, "Secret").values()]
                key = repr((container["args"], secret))
                if key in done:
                    continue
                with tempfile.TemporaryDirectory(prefix="varve-chart-") as folder:
                    run_container(workload, container, objects, pathlib.Path(folder), reachable)
                done.add(key)
