"""Runs the containers of rendered workloads as plain processes of this machine: their flags, the files that would be mounted, their
probes. Not a cluster: every path of a mount becomes a folder below a temporary one, every address one of 127.0.0.0/8.
"""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import yaml

from coherence import named, pod, workloads
from tools import ROOT, check

VARVE = os.environ.get("VARVE_BINARY", str(ROOT / "build" / "release" / "varve"))
PATIENCE = 60  # seconds


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def get(address, path):
    """The status and body of an answer; 0 if nobody answers."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


@contextlib.contextmanager
def running(name, args, folder, address, probe="/-/ready", env=()):
    """varve with `args` while it serves: from when its probe answers 200 until it has stopped in good order."""
    # No variable of this machine gets in: only what a pod would have, or what keeps questions to clouds and name servers at home.
    env = {"PATH": os.environ["PATH"], "STORAGE_EMULATOR_HOST": "127.0.0.1:1", "VARVE_DNS_SERVERS": "127.0.0.1:1", "S3_ACCESS_KEY": "a",
           "S3_SECRET_KEY": "b", **dict(env)}
    log = folder / f"{name}.log"
    with open(log, "w") as out:
        process = subprocess.Popen([VARVE, *args], env=env, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < until and get(address, probe)[0] != 200:
            time.sleep(0.02)
        check(process.poll() is None, f"{name} ended with code {process.returncode}:\n{log.read_text()}")
        check(get(address, probe)[0] == 200, f"{name} does not answer {probe} with 200:\n{log.read_text()}")
        yield
        process.send_signal(signal.SIGTERM)
        check(process.wait(PATIENCE) == 0, f"{name} ended with code {process.returncode} after SIGTERM:\n{log.read_text()}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def make_certificates(folder):
    """What a Secret of cert-manager holds: an authority and a certificate it signed."""
    folder.mkdir()
    run = lambda *args: subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                                        "-days", "2", *args], cwd=folder, check=True, capture_output=True)
    run("-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.crt")
    run("-subj", "/CN=varve-store", "-addext", "subjectAltName=DNS:varve-store", "-addext", "basicConstraints=critical,CA:FALSE",
        "-keyout", "tls.key", "-out", "tls.crt", "-CA", "ca.crt", "-CAkey", "ca.key")
    shutil.copy(folder / "ca.crt", folder / "ca-bundle.pem")


def bucket_config(volume, objects, container, bucket):
    """The file in the volume `objstore`: (name, config). `bucket`: a folder to use instead; None: the one of the values, which refuses."""
    flag = next(arg for arg in container["args"] if arg.startswith("--objstore.config-file="))
    key, secret = pathlib.PurePath(flag).name, named(objects, "Secret").get(volume["secret"]["secretName"])
    check(secret is None or key in secret["stringData"], f"{flag} is not a key of its Secret")
    if bucket:
        return key, {"type": "FILESYSTEM", "config": {"directory": str(bucket)}}
    config = yaml.safe_load(secret["stringData"][key])
    if config["type"] == "S3":
        config["config"]["endpoint"] = "127.0.0.1:1"
    return key, config


def localized(text, mounts):
    for path, folder in mounts.items():
        text = re.sub(rf"(?<=[=: ]){re.escape(path)}(?=[/\n]|$)", str(folder), text)
    return text


def prepare(workload, container, objects, folder, bucket, http, grpc):
    """Makes in `folder` what is mounted into the container, and certificates beside it. Returns the args with paths and addresses of here."""
    certificates = folder.parent / "certificates"
    mounts, configs = {}, []
    volumes = {volume["name"]: volume for volume in pod(workload)["spec"].get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        inside = mounts[mount["mountPath"]] = folder / mount["name"]
        if mount["name"] in ("grpc-tls", "bucket-ca"):
            certificates.exists() or make_certificates(certificates)
            shutil.copytree(certificates, inside)
            continue
        inside.mkdir(parents=True)
        if mount["name"] == "objstore":
            key, config = bucket_config(volumes["objstore"], objects, container, bucket)
            configs.append((inside / key, yaml.safe_dump(config)))
    for path, text in configs:
        path.write_text(localized(text, mounts))
    args = [localized(arg, mounts).replace("$(POD_NAMESPACE)", "metrics") for arg in container["args"]]
    return [arg.replace("0.0.0.0:10902", http).replace("0.0.0.0:10901", grpc) for arg in args]


def run_container(workload, container, objects, reachable):
    """Runs the container's process until it is ready; with a bucket that is not `reachable`, until it is alive."""
    with tempfile.TemporaryDirectory(prefix="varve-chart-") as name:
        folder, http, grpc = pathlib.Path(name), f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        bucket = folder / "bucket"
        bucket.mkdir()
        args = prepare(workload, container, objects, folder / "pod", bucket if reachable else None, http, grpc)
        with running(workload["metadata"]["name"], args, folder, http, "/-/ready" if reachable else "/-/healthy"):
            pass


def run_all(objects, done):
    """Runs each different container once with a bucket that is there, and once with the one that the values name, which refuses every
    connection: so flags and configs of both are accepted by the real program. `done` remembers containers of other value sets."""
    secrets = [one["stringData"] for one in named(objects, "Secret").values()]
    for workload in workloads(objects):
        for container in pod(workload)["spec"]["containers"]:
            for reachable in [True, False] if secrets and container["name"] != "query" else [True]:
                key = repr((container["args"], reachable or secrets))
                if key not in done:
                    run_container(workload, container, objects, reachable)
                    done.add(key)
