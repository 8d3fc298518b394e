"""What types cannot see: names in one object that must be found in another, and the restricted standard for pods."""
import re

from tools import ROOT, check

WORKLOADS = ("Deployment", "StatefulSet")


def named(objects, kind):
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def workloads(objects):
    return [one for one in objects if one["kind"] in WORKLOADS]


def pod(workload):
    return workload["spec"]["template"]


def containers(objects):
    """(workload, container) of all workloads."""
    return [(one, container) for one in workloads(objects) for container in pod(one)["spec"]["containers"]]


def selects(selector, labels):
    return selector.items() <= labels.items()


def check_names(objects):
    seen = set()
    for one in objects:
        key = (one["kind"], one["metadata"]["name"])
        check(key not in seen, f"{key} is there twice")
        check(len(key[1]) <= 52, f"the name of {key} is too long for the pods of a StatefulSet")
        seen.add(key)


def check_selectors(objects):
    """Every selector finds pods, those of two workloads never the same."""
    pods = {one["metadata"]["name"]: pod(one)["metadata"]["labels"] for one in workloads(objects)}
    for one in workloads(objects):
        name, selector = one["metadata"]["name"], one["spec"]["selector"]["matchLabels"]
        found = [other for other, labels in pods.items() if selects(selector, labels)]
        check(found == [name], f"{name} selects the pods of {found}")
    for one in objects:
        spec = one.get("spec", {})
        selector = {"Service": spec.get("selector"), "PodDisruptionBudget": spec.get("selector", {}).get("matchLabels"),
                    "PodMonitor": spec.get("selector", {}).get("matchLabels"),
                    "NetworkPolicy": spec.get("podSelector", {}).get("matchLabels")}.get(one["kind"])
        if selector is not None:
            check(any(selects(selector, labels) for labels in pods.values()), f"{one['kind']} {one['metadata']['name']} selects no pod")
    for name, monitor in named(objects, "ServiceMonitor").items():
        port, selector = monitor["spec"]["endpoints"][0]["port"], monitor["spec"]["selector"]["matchLabels"]
        scraped = [service["spec"]["selector"] for service in named(objects, "Service").values()
                   if selects(selector, service["metadata"]["labels"]) and port in [each["name"] for each in service["spec"]["ports"]]]
        for other, labels in pods.items():
            times = sum(selects(one, labels) for one in scraped)
            check(times == 1, f"ServiceMonitor {name} scrapes {other} {times} times")


def check_peers(objects):
    """Pods of this release that a NetworkPolicy names as peers are there."""
    pods = [pod(one)["metadata"]["labels"] for one in workloads(objects)]
    for name, policy in named(objects, "NetworkPolicy").items():
        rules = policy["spec"].get("ingress", []) + policy["spec"].get("egress", [])
        for peer in [peer for rule in rules for peer in rule.get("from", []) + rule.get("to", [])]:
            if "podSelector" in peer and "namespaceSelector" not in peer:
                labels = peer["podSelector"]["matchLabels"]
                check(any(selects(labels, one) for one in pods), f"NetworkPolicy {name} names pods that are not there: {labels}")


def check_references(objects):
    accounts, services = named(objects, "ServiceAccount"), named(objects, "Service")
    for one in workloads(objects):
        name, spec = one["metadata"]["name"], pod(one)["spec"]
        if accounts:
            check(spec["serviceAccountName"] in accounts, f"{name} runs as {spec['serviceAccountName']}, which is not there")
        if one["kind"] == "StatefulSet":
            check(services[one["spec"]["serviceName"]]["spec"]["clusterIP"] == "None", f"{name} has no headless Service")
        volumes = {volume["name"] for volume in spec.get("volumes", [])}
        volumes |= {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
        for container in spec["containers"]:
            mounts = {mount["name"] for mount in container.get("volumeMounts", [])}
            check(mounts == volumes, f"{name} mounts {sorted(mounts)} of the volumes {sorted(volumes)}")
            ports = {port["name"] for port in container["ports"]}
            for probe in ("livenessProbe", "readinessProbe"):
                check(container[probe]["httpGet"]["port"] in ports, f"{probe} of {name} asks a port that is not there")
    scaled = {(one["kind"], one["metadata"]["name"]): one for one in workloads(objects)}
    for name, scaler in named(objects, "HorizontalPodAutoscaler").items():
        target = scaler["spec"]["scaleTargetRef"]
        workload = scaled.get((target["kind"], target["name"]))
        check(workload is not None, f"HorizontalPodAutoscaler {name} scales what is not there")
        check("replicas" not in workload["spec"], f"{name} is scaled by two")


def check_discovery(objects):
    """Every store is asked, by an SRV name that a headless Service with a port named grpc makes; where there are several, as a group."""
    asked = [(flag.split("=")[0], flag.split("_grpc._tcp.")[1].split(".")[0]) for _, container in containers(objects)
             for flag in container["args"] if container["name"] == "query" and "$(POD_NAMESPACE)" in flag]
    stores = [one for one in workloads(objects) if pod(one)["spec"]["containers"][0]["name"] == "store"]
    if not any(container["name"] == "query" for _, container in containers(objects)):
        return
    expected = [("--endpoint" if one["spec"].get("replicas") == 1 else "--endpoint-group", one["metadata"]["name"]) for one in stores]
    check(sorted(asked) == sorted(expected), f"asked are {asked}, and there are {expected}")
    for _, name in asked:
        spec = named(objects, "Service")[name]["spec"]
        ports = [port["name"] for port in spec["ports"]]
        check(spec["clusterIP"] == "None" and "grpc" in ports, f"Service {name} makes no SRV record of grpc")


def check_restricted(objects):
    """Kubernetes' pod security standard "restricted", the image's user, and a root file system that cannot be written."""
    user = int(re.search(r"--config.user (\d+):", (ROOT / "packaging" / "build-image").read_text())[1])
    for one, container in containers(objects):
        name, spec, inner = one["metadata"]["name"], pod(one)["spec"], container["securityContext"]
        check(spec["securityContext"]["runAsNonRoot"], f"{name} may run as root")
        check(spec["securityContext"]["runAsUser"] == user, f"{name} does not run as the image's user, {user}")
        check(spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", f"{name} has no seccomp profile")
        check(inner["allowPrivilegeEscalation"] is False and inner["capabilities"] == {"drop": ["ALL"]}, f"{name} may gain privileges")
        check(inner["readOnlyRootFilesystem"], f"{name} may write to its root file system")
        check(not spec["automountServiceAccountToken"], f"{name} gets a token for the Kubernetes API, which it does not ask")
        for volume in spec.get("volumes", []):
            check("hostPath" not in volume, f"{name} mounts a folder of the node")


def check_compact(objects):
    compactors = [one for one, container in containers(objects) if container["name"] == "compact"]
    check(all(one["kind"] == "StatefulSet" and one["spec"]["replicas"] == 1 for one in compactors) and len(compactors) <= 1,
          "there is more than one compactor")


def check_all(objects):
    for one in (check_names, check_selectors, check_peers, check_references, check_discovery, check_restricted, check_compact):
        one(objects)
