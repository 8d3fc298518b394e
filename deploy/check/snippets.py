"""deploy/snippets: valid objects, and sidecars that start beside a real Prometheus with the flags they would get."""
import pathlib
import subprocess
import tempfile
import time

import yaml

import processes
from tools import ROOT, check, validate

SNIPPETS = ROOT / "deploy" / "snippets"


def load(name):
    return list(yaml.safe_load_all((SNIPPETS / name).read_text()))


def operator_flags(thanos):
    """The flags prometheus-operator starts a sidecar with (createThanosContainer of its pkg/prometheus/server/statefulset.go)."""
    check(set(thanos) == {"image", "version", "objectStorageConfig"}, "the operator adds flags for other fields than these: tell them here")
    return ["sidecar", "--prometheus.url=http://localhost:9090/", '--prometheus.http-client={"tls_config": {"insecure_skip_verify":true}}',
            "--grpc-address=:10901", "--http-address=:10902", "--objstore.config=$(OBJSTORE_CONFIG)", "--tsdb.path=/prometheus",
            "--log.level=info", "--log.format=logfmt"]


def check_objects():
    prometheus, monitor = load("prometheus-operator.yaml")
    # The other chart's values are the same object in other clothes.
    spec = load("kube-prometheus-stack-values.yaml")[0]["prometheus"]["prometheusSpec"]
    spec["storage"] = spec.pop("storageSpec")
    spec["thanos"]["objectStorageConfig"] = spec["thanos"]["objectStorageConfig"]["existingSecret"]
    check(spec == prometheus["spec"], "prometheus-operator.yaml and kube-prometheus-stack-values.yaml say different things")
    values = load("prometheus-values.yaml")[0]
    server = values["server"]
    check_scraping(values["extraScrapeConfigs"])
    containers = [{"name": name, **container} for name, container in server["sidecarContainers"].items()]
    spec = {"containers": containers, "volumes": server["extraVolumes"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "prometheus"}, "spec": spec}
    problems = validate([prometheus, monitor, pod])
    check(not problems, "\n".join(problems))


def check_scraping(configs):
    """Debian's promtool checks all of it but the discovery, as Debian builds Prometheus without Kubernetes."""
    configs = yaml.safe_load(configs)
    for one in configs:
        check(one.pop("kubernetes_sd_configs") == [{"role": "pod"}], "unexpected discovery")
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(yaml.safe_dump({"scrape_configs": configs}))
        file.flush()
        done = subprocess.run(["promtool", "check", "config", file.name], text=True, capture_output=True)
    check(done.returncode == 0, done.stdout + done.stderr)


def run_sidecar(args, folder, server):
    """Replaces what Kubernetes would have put at the paths of `args`, and `server` for Prometheus, and waits until the sidecar is ready."""
    bucket = "{type: FILESYSTEM, config: {directory: %s/bucket}}" % folder
    (folder / "bucket").mkdir(exist_ok=True)
    (folder / "objstore.yaml").write_text(bucket)
    http, grpc = processes.free_port(), processes.free_port()
    changes = {"$(OBJSTORE_CONFIG)": bucket, "/etc/varve/objstore": str(folder),
               "=/prometheus": f"={folder}/data", "=/data": f"={folder}/data", "http://localhost:9090": f"http://127.0.0.1:{server}",
               "0.0.0.0:10902": f"127.0.0.1:{http}", "=:10902": f"=127.0.0.1:{http}",
               "0.0.0.0:10901": f"127.0.0.1:{grpc}", "=:10901": f"=127.0.0.1:{grpc}"}
    for before, after in changes.items():
        args = [arg.replace(before, after) for arg in args]
    with processes.running("sidecar", args, folder, f"127.0.0.1:{http}"):
        pass


def check_sidecars():
    thanos = load("prometheus-operator.yaml")[0]["spec"]["thanos"]
    values = load("prometheus-values.yaml")[0]["server"]
    with tempfile.TemporaryDirectory(prefix="varve-snippets-") as name:
        folder, port = pathlib.Path(name), processes.free_port()
        (folder / "prometheus.yaml").write_text(yaml.safe_dump({"global": {"external_labels": values["global"]["external_labels"]}}))
        flags = [f"--{flag}={value}" for flag, value in values["extraArgs"].items()]
        with open(folder / "prometheus.log", "w") as log:
            prometheus = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data",
                                           f"--web.listen-address=127.0.0.1:{port}", *flags], stdout=log, stderr=log)
        try:
            until = time.monotonic() + processes.PATIENCE
            while prometheus.poll() is None and processes.get(f"127.0.0.1:{port}", "/-/ready")[0] != 200 and time.monotonic() < until:
                time.sleep(0.05)
            run_sidecar(operator_flags(thanos), folder, port)
            run_sidecar(values["sidecarContainers"]["varve-sidecar"]["args"], folder, port)
        finally:
            prometheus.terminate()
            prometheus.wait()
