"""Kubernetes manifests without a cluster: what kubelet, the Deployment controller and cluster DNS do, as far as a tutorial needs it.

A pod is a folder and an address of its own in 127.x.y.0/24, so that the manifests' ports stand as they are; a container is a process with
its args, env and mounted files. Endpoints of Services are A and SRV records of a dnsmasq. A pod leaves them before it is asked to stop.

Two things differ from a cluster, and the args are completed for them: a process that would listen on every address listens on its pod's,
and `localhost` of the sidecar is the pod. Prometheus, which reads /etc/resolv.conf, finds what dns_sd_configs name in files written here.
"""
import json
import os
import random
import re
import shutil
import subprocess

from harness import Failure, PROMETHEUS, VARVE, check, free_port
import yaml_subset

ZONE = "svc.cluster.local"


def with_separate_values(args):
    """The other spelling of the same command line: --flag=x as --flag x."""
    return [part for arg in args for part in (arg.split("=", 1) if arg.startswith("--") and "=" in arg else [arg])]


class Pod:
    def __init__(self, name, ip, deployment, folder):
        self.name, self.ip, self.deployment, self.folder = name, ip, deployment, folder
        self.labels = deployment["spec"]["template"]["metadata"]["labels"]
        self.containers = {}  # name -> Process

    def url(self, port):
        return f"http://{self.ip}:{port}"


class Cluster:
    def __init__(self, scene, replace=(), respell=lambda args: args):
        """`replace`: pairs of a text in ConfigMaps and Secrets and what a reader would put there."""
        self.scene, self.replace, self.respell = scene, list(replace), respell
        self.configs, self.secrets, self.services, self.deployments, self.pods = {}, {}, {}, {}, {}
        self.net = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}"
        self.addresses, self.started = iter(range(1, 255)), 0
        self.dns_port, self.dns, self.records, self.sd_names, self.served = free_port(), None, None, set(), 0
        self.sd_folder = scene.folder / "sd"
        self.sd_folder.mkdir()
        self._publish()

    # What kubectl does.

    def apply(self, path, seed=None):
        """`seed`: folders to copy into an emptyDir before the first process starts, by its name: what a pod has gathered in its life."""
        for document in yaml_subset.load_all(path.read_text()):
            kind, name = document["kind"], document["metadata"]["name"]
            if kind == "ConfigMap":
                self.configs[name] = self._replaced(document["data"])
            elif kind == "Secret":
                self.secrets[name] = self._replaced(document["stringData"])
            elif kind == "Service":
                self.services[name] = document
            elif kind == "Deployment":
                check(document["spec"]["selector"]["matchLabels"].items() <= document["spec"]["template"]["metadata"]["labels"].items(),
                      f"{path.name}: the selector does not choose the template's pods")
                self.deployments[name] = document
                old = self.pods.pop(name, [])
                self.pods[name] = []
                self.scale(name, document["spec"]["replicas"], seed)
                self._end(old)
            else:
                raise Failure(f"{path.name}: kind {kind} is not played here")
        self._publish()

    def scale(self, name, replicas, seed=None):
        pods = self.pods[name]
        while len(pods) < replicas:
            pods.append(self._start(self.deployments[name], seed))
        self.pods[name], leaving = pods[:replicas], pods[replicas:]
        self._publish()
        self._end(leaving)

    def restart(self, name, seed=None):
        """New pods with empty volumes in the place of the old."""
        self._end(self.pods[name])
        self.pods[name] = []
        self.scale(name, self.deployments[name]["spec"]["replicas"], seed)

    def delete(self, name):
        leaving = self.pods.pop(name)
        self._publish()
        self._end(leaving)

    def pod(self, deployment, index=0):
        return self.pods[deployment][index]

    # Pods.

    def _replaced(self, data):
        for old, new in self.replace:
            data = {key: text.replace(old, new) for key, text in data.items()}
        return data

    def _start(self, deployment, seed):
        self.started += 1
        name = f"{deployment['metadata']['name']}-{self.started}"
        pod = Pod(name, f"{self.net}.{next(self.addresses)}", deployment, self.scene.folder / name)
        spec = deployment["spec"]["template"]["spec"]
        volumes = {volume["name"]: self._volume(pod, volume, seed or {}) for volume in spec.get("volumes", [])}
        for container in spec["containers"]:
            pod.containers[container["name"]] = self._start_container(pod, container, volumes)
        return pod

    def _volume(self, pod, volume, seed):
        folder = pod.folder / volume["name"]
        folder.mkdir(parents=True)
        files = {}
        if "configMap" in volume:
            files = self.configs.get(volume["configMap"]["name"])
            check(files is not None, f"{pod.name}: there is no ConfigMap {volume['configMap']['name']}")
        elif "secret" in volume:
            files = self.secrets.get(volume["secret"]["secretName"])
            check(files is not None, f"{pod.name}: there is no Secret {volume['secret']['secretName']}")
        else:
            check("emptyDir" in volume, f"{pod.name}: volume {volume['name']} is of a kind that is not played here")
            if volume["name"] in seed:
                shutil.copytree(seed[volume["name"]], folder, dirs_exist_ok=True)
        for file, text in files.items():
            (folder / file).write_text(self._in_pod(pod, text))
        return folder

    def _in_pod(self, pod, text):
        """`localhost` in a file of the pod, and what Prometheus would ask the cluster's DNS for."""
        if "scrape_configs:" not in text:
            return text
        text = text.replace("localhost:", f"{pod.ip}:")
        for job in yaml_subset.load_all(text)[0]["scrape_configs"]:
            for sd in job.get("dns_sd_configs", []):
                self.sd_names.add((sd["names"][0], sd["port"]))
        return re.sub(r"dns_sd_configs:\n(?: +(?:- names: \[\S+\]|type: A|port: \d+)\n?)+",
                      f"file_sd_configs: [{{files: [\"{self.sd_folder}/*.json\"], refresh_interval: 1s}}]\n", text)

    def _start_container(self, pod, container, volumes):
        mounts = {m["mountPath"]: volumes[m["name"]] / m.get("subPath", "") for m in container.get("volumeMounts", [])}
        env = {entry["name"]: self._env_value(pod, entry) for entry in container.get("env", [])}
        args = []
        for arg in container["args"]:
            arg = re.sub(r"\$\((\w+)\)", lambda found: env.get(found[1], found[0]), arg)
            for path in sorted(mounts, key=len, reverse=True):
                arg = re.sub(rf"(^|=){re.escape(path)}(?=/|$)", lambda found: found[1] + str(mounts[path]), arg)
            args.append(arg.replace("0.0.0.0:", f"{pod.ip}:"))
        process = self.scene.start(f"{pod.name}-{container['name']}", *self._command(pod, container, args),
                                   env={**env, "VARVE_DNS_SERVERS": f"127.0.0.1:{self.dns_port}", "AWS_EC2_METADATA_DISABLED": "true"})
        return process

    def _command(self, pod, container, args):
        if container["image"].startswith("prom/prometheus:"):
            return [PROMETHEUS, *args, f"--web.listen-address={pod.ip}:9090"]
        check(container["image"].startswith("varve:"), f"{pod.name}: no program for image {container['image']}")
        own = {"--http-address": f"{pod.ip}:10902", "--grpc-address": f"{pod.ip}:10901"}
        if args[0] == "sidecar":
            own["--prometheus.url"] = f"http://{pod.ip}:9090"
        given = {arg.split("=")[0] for arg in args}
        return [VARVE, *self.respell(args), *(f"{flag}={value}" for flag, value in own.items() if flag not in given)]

    def _env_value(self, pod, entry):
        if "value" in entry:
            return entry["value"]
        source = entry["valueFrom"]
        if "fieldRef" in source:
            check(source["fieldRef"]["fieldPath"] == "metadata.name", f"{pod.name}: {source} is not played here")
            return pod.name
        reference = source["secretKeyRef"]
        secret = self.secrets.get(reference["name"])
        check(secret is not None, f"{pod.name}: CreateContainerConfigError: secret \"{reference['name']}\" not found")
        check(reference["key"] in secret, f"{pod.name}: CreateContainerConfigError: couldn't find key {reference['key']} in Secret default/{reference['name']}")
        return secret[reference["key"]]

    def _end(self, pods):
        for pod in pods:
            for process in pod.containers.values():
                process.expected_dead = True
            for process in pod.containers.values():
                process.stop()

    # DNS.

    def endpoints(self, service):
        selector = service["spec"]["selector"].items()
        return [pod for pods in self.pods.values() for pod in pods if selector <= pod.labels.items()]

    def _publish(self):
        records, addresses = [], {}
        for name, service in self.services.items():
            full = f"{name}.{service['metadata']['namespace']}.{ZONE}"
            for pod in self.endpoints(service):
                host = f"{pod.ip.replace('.', '-')}.{full}"
                addresses.setdefault(full, []).append(pod.ip)
                records += [f"host-record={full},{pod.ip}", f"host-record={host},{pod.ip}"]
                records += [f"srv-host=_{port['name']}._tcp.{full},{host},{port['port']},0,100" for port in service["spec"]["ports"]]
        for i, (name, port) in enumerate(sorted(self.sd_names)):
            fresh = self.sd_folder / f".{i}"
            fresh.write_text(json.dumps([{"targets": [f"{ip}:{port}" for ip in addresses.get(name, [])]}]))
            os.replace(fresh, self.sd_folder / f"{i}.json")
        if records != self.records:
            self._serve(records)

    def _serve(self, records):
        config = self.scene.folder / "dns.conf"
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        config.write_text("\n".join([f"port={self.dns_port}", "listen-address=127.0.0.1", "bind-interfaces", "no-resolv", "no-hosts",
                                     "local=/cluster.local/", f"user={user}", "pid-file=", "keep-in-foreground", "cache-size=0",
                                     "log-facility=-", *records]) + "\n")
        if self.dns is not None:
            self.dns.expected_dead = True
            self.dns.stop()
        self.dns, self.records, self.served = self.scene.start("dnsmasq", "dnsmasq", "-C", config), records, self.served + 1
        self.scene.wait("dnsmasq up", lambda: self.dns.log.read_text().count(": started, version") == self.served)
