"""Values that must be refused, and the key that the error must name."""
from tools import CHART, check, helm

WRONG = [
    ("stroe.enabled=false", "stroe"),
    ("receive.enabled=true", "Additional property receive is not allowed"),  # a role of Thanos' that Varve does not have
    ("rule.enabled=true", "Additional property rule is not allowed"),
    ("queryFrontend.enabled=true", "Additional property queryFrontend is not allowed"),
    ("compact.replicas=2", "compact: Additional property replicas"),
    ("query.replica=2", "query: Additional property replica "),
    ("query.replicas=two", "query.replicas"),
    ("query.replicas=-1", "query.replicas"),
    ("query.service.type=Cluster", "query.service.type"),
    ("query.autoscaling.min=2", "query.autoscaling: Additional property min "),
    ("query.externalPrefix=varve", "query.externalPrefix"),
    ("query.endpoints=localhost:10901", "query.endpoints"),
    ("query.extraArgs[0]=query.timeout", "query.extraArgs.0"),
    ("store.shards=0", "store.shards"),
    ("store.groups[0].minTime=-6w", "store.groups.0: name is required"),
    ("store.groups[0].name=Team_A", "store.groups.0.name"),
    ("store.groups[0].name=a,store.groups[0].relabel[0].action=labelmap", "store.groups.0.relabel.0.action"),
    ("store.persistence.size=10GB", "store.persistence.size"),
    ("store.indexCache.type=MEMCACHE", "store.indexCache.type"),
    ("store.cachingBucket.config.max_size=1GB", "store.cachingBucket: type is required"),
    ("store.memoryLimit=lots", "store.memoryLimit"),
    ("compact.retention.raw=30", "compact.retention.raw"),
    ("compact.retention.5m=30d", "compact.retention: Additional property 5m"),
    ("objstore.config.type=s3", "objstore.config.type"),
    ("objstore.config.type=S3", "objstore.config: config is required"),
    ("objstore.secret=x", "objstore: Additional property secret"),
    ("image.digest=latest", "image.digest"),
    ("log.level=verbose", "log.level"),
    ("networkPolicy.egress.bukket=x", "networkPolicy.egress: Additional property bukket"),
    ("monitoring.serviceMonitor.interval=often", "monitoring.serviceMonitor.interval"),
    # Not for a schema to see: what goes together.
    ("objstore.existingSecret=", "objstore: give existingSecret or config"),
    ("fullnameOverride=metrics-of-the-northern-hemisphere,store.groups[0].name=payments,store.shards=2", "give a shorter fullnameOverride"),
    ("grpcTLS.enabled=true", "grpcTLS.existingSecret"),
    ("monitoring.serviceMonitor.enabled=true,monitoring.podMonitor.enabled=true", "enable one"),
    ("query.autoscaling.enabled=true,query.autoscaling.targetCPUUtilizationPercentage=null", "targetCPUUtilizationPercentage"),
]


def check_refused():
    for values, named in WRONG:
        fine, output = helm("template", "varve", CHART, "--set", values)
        check(not fine, f"--set {values} is taken")
        check(named.lower() in output.lower(), f"--set {values} is refused without a word of {named!r}:\n{output}")
