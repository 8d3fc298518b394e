"""Rows that several dashboards have: calls, requests, the bucket, memory, the process."""

from grafana import RATE, SELF, level, each, panel, quantiles, share, total


def grpc(side, kind, title):
    matchers = f'grpc_type="{kind}", {SELF}'
    failed = f'grpc_code=~"Unknown|ResourceExhausted|Internal|Unavailable|DataLoss|DeadlineExceeded", {matchers}'
    return (
        title,
        [
            panel(
                "Calls",
                "reqps",
                (
                    f"sum by (grpc_method, grpc_code) (rate(grpc_{side}_handled_total{{{matchers}}}[{RATE}]))",
                    "{{grpc_method}} {{grpc_code}}",
                ),
                stack=True,
            ),
            panel(
                "Failed calls",
                "percentunit",
                (
                    f"sum by (grpc_method) (rate(grpc_{side}_handled_total{{{failed}}}[{RATE}]))"
                    f" / sum by (grpc_method) (rate(grpc_{side}_started_total{{{matchers}}}[{RATE}]))",
                    "{{grpc_method}}",
                ),
                help="Of those started. A client that goes away is not counted.",
            ),
            quantiles("Duration", f"grpc_{side}_handling_seconds", f'grpc_type="{kind}"', "grpc_method"),
        ],
    )


def http(handler, title):
    matchers = f'handler="{handler}", {SELF}'
    return (
        title,
        [
            panel(
                "Requests", "reqps", (f"sum by (code) (rate(http_requests_total{{{matchers}}}[{RATE}]))", "{{code}}"), stack=True
            ),
            panel(
                "Failed requests",
                "percentunit",
                (
                    f'sum(rate(http_requests_total{{code=~"5..", {matchers}}}[{RATE}]))'
                    f" / sum(rate(http_requests_total{{{matchers}}}[{RATE}]))",
                    "5xx",
                ),
            ),
            quantiles("Duration", "http_request_duration_seconds", f'handler="{handler}"'),
        ],
    )


BUCKET = (
    "Bucket",
    [
        panel("Operations", "ops", (total("thanos_objstore_bucket_operations_total", "operation"), "{{operation}}"), stack=True),
        panel(
            "Failed operations",
            "percentunit",
            (
                share("thanos_objstore_bucket_operation_failures_total", "thanos_objstore_bucket_operations_total", "operation"),
                "{{operation}}",
            ),
        ),
        quantiles("Duration of operations", "thanos_objstore_bucket_operation_duration_seconds", by="operation"),
    ],
)
REQUESTS = (
    "Requests to the bucket's server",
    [
        panel(
            "Requests",
            "reqps",
            (total("varve_bucket_requests_total", "kind"), "{{kind}}"),
            stack=True,
            help="Each try, hedge and page of a listing counts.",
        ),
        panel("Bytes", "Bps", (total("varve_bucket_bytes_total", "direction"), "{{direction}}")),
        panel(
            "Cost of requests, a day",
            "currencyUSD",
            (f"86400 * sum by (bucket) (rate(varve_bucket_cost_dollars_total{{{SELF}}}[1h]))", "{{bucket}}"),
            help="An estimate from the provider's list price of requests; storage is not in it.",
        ),
        panel(
            "Retries and refusals",
            "reqps",
            (total("varve_bucket_retries_total", "reason"), "retry: {{reason}}"),
            (total("varve_bucket_gave_up_total", "reason"), "gave up: {{reason}}"),
            (total("varve_bucket_throttled_total"), "throttled"),
            (total("varve_bucket_short_reads_total"), "short reads"),
        ),
        panel(
            "Requests under way, and allowed",
            "short",
            (level("varve_bucket_in_flight", "instance"), "under way {{instance}}"),
            (level("varve_bucket_concurrency_limit", "instance"), "allowed {{instance}}"),
        ),
        panel(
            "Waiting for a turn",
            "short",
            (total("varve_bucket_wait_seconds_total", "reason"), "for {{reason}}"),
            (level("varve_bucket_rate_limit", "instance"), "requests a second allowed {{instance}}"),
            help="Requests that wait at any time. A limit of 0 is none.",
        ),
        panel(
            "Hedged reads",
            "reqps",
            (total("varve_bucket_hedges_total"), "sent twice"),
            (total("varve_bucket_hedges_won_total"), "the second was first"),
        ),
    ],
)
PROCESS = (
    "Process",
    [
        panel("Memory", "bytes", (level("process_resident_memory_bytes"), "{{instance}}")),
        panel("CPU", "short", (each("process_cpu_seconds_total"), "{{instance}}"), help="In cores."),
        panel(
            "Threads and files",
            "short",
            (level("process_threads"), "threads {{instance}}"),
            (level("process_open_fds"), "files {{instance}}"),
        ),
        panel(
            "Network",
            "Bps",
            (each("process_network_receive_bytes_total"), "received {{instance}}"),
            (f"-rate(process_network_transmit_bytes_total{{{SELF}}}[{RATE}])", "sent {{instance}}"),
            help="Of the network namespace: of the pod, in Kubernetes.",
        ),
    ],
)
MEMORY = (
    "Memory budget",
    [
        panel(
            "Counted",
            "bytes",
            (level("varve_memory_used_bytes"), "{{budget}} {{instance}}"),
            (f"varve_memory_limit_bytes{{{SELF}}} > 0", "limit of {{budget}} {{instance}}"),
        ),
        panel("Peak", "bytes", (level("varve_memory_peak_bytes"), "{{budget}} {{instance}}")),
        panel(
            "Refusals",
            "ops",
            (total("varve_memory_refusals_total", "budget"), "{{budget}}"),
            help="Queries that ended with a limit error.",
        ),
    ],
)


def syncs(kind):
    return (
        "View of the bucket",
        [
            panel(
                "Syncs",
                "ops",
                (total("thanos_blocks_meta_syncs_total"), "tried"),
                (total("thanos_blocks_meta_sync_failures_total"), "failed"),
            ),
            quantiles("Duration of a sync", "thanos_blocks_meta_sync_duration_seconds"),
            panel(
                "Blocks by what became of them",
                "short",
                (f"max by (state) (thanos_blocks_meta_synced{{{SELF}}})", "{{state}}"),
                stack=True,
                help=f"As the {kind} sees them.",
            ),
        ],
    )
