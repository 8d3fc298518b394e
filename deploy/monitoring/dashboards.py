#!/usr/bin/env python3
"""Writes dashboards/*.json for Grafana: one a role, and an overview. `dashboards.py --check` only says whether they are up to date.

A dashboard is a list of rows, a row a title and panels, a panel a title, a unit and queries with their legends. In a query SELF stands
for the matchers of the chosen jobs and instances, RATE for Grafana's window of rates.
"""
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"
SELF, RATE = 'job=~"$job", instance=~"$instance"', "$__rate_interval"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT = 8, 8


def panel(title, unit, *queries, kind="timeseries", stack=False, help=""):
    return {"title": title, "unit": unit, "queries": queries, "kind": kind, "stack": stack, "help": help}


def quantiles(title, histogram, matchers="", by="", unit="s", help=""):
    matchers = ", ".join(part for part in (matchers, SELF) if part)
    inner = f"sum by (le{', ' + by if by else ''}) (rate({histogram}_bucket{{{matchers}}}[{RATE}]))"
    legend = f" {{{{{by}}}}}" if by else ""
    return panel(title, unit, *((f"histogram_quantile({q}, {inner})", f"p{round(100 * q)}{legend}") for q in (0.5, 0.99)), help=help)


def grpc(side, kind, title):
    matchers = f'grpc_type="{kind}", {SELF}'
    failed = f'grpc_code=~"Unknown|ResourceExhausted|Internal|Unavailable|DataLoss|DeadlineExceeded", {matchers}'
    return (title, [
        panel("Calls", "reqps", (f"sum by (grpc_method, grpc_code) (rate(grpc_{side}_handled_total{{{matchers}}}[{RATE}]))", "{{grpc_method}} {{grpc_code}}"),
              stack=True),
        panel("Failed calls", "percentunit",
              (f"sum by (grpc_method) (rate(grpc_{side}_handled_total{{{failed}}}[{RATE}])) / sum by (grpc_method) (rate(grpc_{side}_started_total{{{matchers}}}[{RATE}]))",
               "{{grpc_method}}"), help="Of those started. A client that goes away is not counted."),
        quantiles("Duration", f"grpc_{side}_handling_seconds", f'grpc_type="{kind}"', "grpc_method"),
    ])


def http(handler, title):
    matchers = f'handler="{handler}", {SELF}'
    return (title, [
        panel("Requests", "reqps", (f"sum by (code) (rate(http_requests_total{{{matchers}}}[{RATE}]))", "{{code}}"), stack=True),
        panel("Failed requests", "percentunit",
              (f'sum(rate(http_requests_total{{code=~"5..", {matchers}}}[{RATE}])) / sum(rate(http_requests_total{{{matchers}}}[{RATE}]))', "5xx")),
        quantiles("Duration", "http_request_duration_seconds", f'handler="{handler}"'),
    ])


BUCKET = ("Bucket", [
    panel("Operations", "ops", (f"sum by (operation) (rate(thanos_objstore_bucket_operations_total{{{SELF}}}[{RATE}]))", "{{operation}}"), stack=True),
    panel("Failed operations", "percentunit",
          (f"sum by (operation) (rate(thanos_objstore_bucket_operation_failures_total{{{SELF}}}[{RATE}])) / sum by (operation) (rate(thanos_objstore_bucket_operations_total{{{SELF}}}[{RATE}]))",
           "{{operation}}")),
    quantiles("Duration of operations", "thanos_objstore_bucket_operation_duration_seconds", by="operation"),
])
REQUESTS = ("Requests to the bucket's server", [
    panel("Requests", "reqps", (f"sum by (kind) (rate(varve_bucket_requests_total{{{SELF}}}[{RATE}]))", "{{kind}}"), stack=True,
          help="Each try, hedge and page of a listing counts."),
    panel("Bytes", "Bps", (f"sum by (direction) (rate(varve_bucket_bytes_total{{{SELF}}}[{RATE}]))", "{{direction}}")),
    panel("Cost of requests, a day", "currencyUSD", (f"86400 * sum by (bucket) (rate(varve_bucket_cost_dollars_total{{{SELF}}}[1h]))", "{{bucket}}"),
          help="An estimate from the provider's list price of requests; storage is not in it."),
    panel("Retries and refusals", "reqps",
          (f"sum by (reason) (rate(varve_bucket_retries_total{{{SELF}}}[{RATE}]))", "retry: {{reason}}"),
          (f"sum by (reason) (rate(varve_bucket_gave_up_total{{{SELF}}}[{RATE}]))", "gave up: {{reason}}"),
          (f"sum(rate(varve_bucket_throttled_total{{{SELF}}}[{RATE}]))", "throttled"),
          (f"sum(rate(varve_bucket_short_reads_total{{{SELF}}}[{RATE}]))", "short reads")),
    panel("Requests under way, and allowed", "short",
          (f"sum by (instance) (varve_bucket_in_flight{{{SELF}}})", "under way {{instance}}"),
          (f"sum by (instance) (varve_bucket_concurrency_limit{{{SELF}}})", "allowed {{instance}}")),
    panel("Waiting for a turn", "short",
          (f"sum by (reason) (rate(varve_bucket_wait_seconds_total{{{SELF}}}[{RATE}]))", "for {{reason}}"),
          (f"sum by (instance) (varve_bucket_rate_limit{{{SELF}}})", "requests a second allowed {{instance}}"),
          help="Requests that wait at any time. A limit of 0 is none."),
    panel("Hedged reads", "reqps",
          (f"sum(rate(varve_bucket_hedges_total{{{SELF}}}[{RATE}]))", "sent twice"),
          (f"sum(rate(varve_bucket_hedges_won_total{{{SELF}}}[{RATE}]))", "the second was first")),
])
PROCESS = ("Process", [
    panel("Memory", "bytes", (f"process_resident_memory_bytes{{{SELF}}}", "{{instance}}")),
    panel("CPU", "short", (f"rate(process_cpu_seconds_total{{{SELF}}}[{RATE}])", "{{instance}}"), help="In cores."),
    panel("Threads and files", "short", (f"process_threads{{{SELF}}}", "threads {{instance}}"), (f"process_open_fds{{{SELF}}}", "files {{instance}}")),
    panel("Network", "Bps", (f"rate(process_network_receive_bytes_total{{{SELF}}}[{RATE}])", "received {{instance}}"),
          (f"-rate(process_network_transmit_bytes_total{{{SELF}}}[{RATE}])", "sent {{instance}}"), help="Of the network namespace: of the pod, in Kubernetes."),
])
MEMORY = ("Memory budget", [
    panel("Counted", "bytes", (f"varve_memory_used_bytes{{{SELF}}}", "{{budget}} {{instance}}"), (f"varve_memory_limit_bytes{{{SELF}}} > 0", "limit of {{budget}} {{instance}}")),
    panel("Peak", "bytes", (f"varve_memory_peak_bytes{{{SELF}}}", "{{budget}} {{instance}}")),
    panel("Refusals", "ops", (f"sum by (budget) (rate(varve_memory_refusals_total{{{SELF}}}[{RATE}]))", "{{budget}}"), help="Queries that ended with a limit error."),
])


def syncs(kind):
    return ("View of the bucket", [
        panel("Syncs", "ops", (f"sum(rate(thanos_blocks_meta_syncs_total{{{SELF}}}[{RATE}]))", "tried"), (f"sum(rate(thanos_blocks_meta_sync_failures_total{{{SELF}}}[{RATE}]))", "failed")),
        quantiles("Duration of a sync", "thanos_blocks_meta_sync_duration_seconds"),
        panel("Blocks by what became of them", "short", (f"max by (state) (thanos_blocks_meta_synced{{{SELF}}})", "{{state}}"), stack=True, help=f"As the {kind} sees them."),
    ])


def stat(title, unit, expr, legend="", help=""):
    return panel(title, unit, (expr, legend), kind="stat", help=help)


JOBS = '.*(thanos|varve).*'
DASHBOARDS = {
    "overview": ("Overview", JOBS, [
        ("Who is there", [
            panel("Up", "short", (f"sum by (job) (up{{{SELF}}})", "{{job}}"), kind="stat"),
            panel("Not ready", "short", (f'sum by (component) (thanos_status{{check="ready", {SELF}}} == bool 0)', "{{component}}"), kind="stat"),
            panel("Versions", "short", (f"count by (version, program) (thanos_build_info{{{SELF}}})", "{{program}} {{version}}"), kind="stat"),
        ]),
        ("Queries", [
            panel("Requests", "reqps", (f'sum by (handler, code) (rate(http_requests_total{{handler=~"query|query_range", {SELF}}}[{RATE}]))', "{{handler}} {{code}}"), stack=True),
            quantiles("Duration", "http_request_duration_seconds", 'handler=~"query|query_range"', "handler"),
            panel("Endpoints of queriers", "short", (f"sum by (instance, store_type) (thanos_store_nodes_grpc_connections{{{SELF}}})", "{{store_type}} {{instance}}"), stack=True),
        ]),
        ("What asks for attention", [
            stat("Blocks in cold storage", "short", f"sum(varve_store_blocks_archived{{{SELF}}})"),
            stat("Blocks in quarantine", "short", f"sum by (reason) (varve_compact_quarantined_blocks{{{SELF}}}) > 0", "{{reason}}"),
            stat("Blocks the interlock keeps", "short", f"sum(varve_compact_retention_held_blocks{{{SELF}}})"),
            stat("Groups not compacted", "short", f"sum(varve_compact_held_groups{{{SELF}}})"),
            stat("Blocks left out of answers, an hour", "short", f"sum(increase(varve_bucket_store_blocks_left_out_total{{{SELF}}}[1h]))"),
            stat("Since the last upload of a sidecar", "s", f"time() - min(thanos_objstore_bucket_last_successful_upload_time{{{SELF}}} and on (instance, job) thanos_shipper_uploads_total > 0)"),
        ]),
        BUCKET, REQUESTS, PROCESS]),
    "sidecar": ("Sidecar", '.*(thanos|varve)-sidecar.*|thanos', [
        ("Prometheus", [
            panel("Reached", "short", (f"thanos_sidecar_prometheus_up{{{SELF}}}", "{{instance}}")),
            panel("Ready", "short", (f'thanos_status{{check="ready", {SELF}}}', "{{instance}}")),
            quantiles("Frames of an answer", "prometheus_store_received_frames", unit="short", help="Of Prometheus' remote read."),
        ]),
        ("Shipping", [
            panel("Uploads", "short", (f"increase(thanos_shipper_uploads_total{{{SELF}}}[1h])", "uploaded {{instance}}"), (f"increase(thanos_shipper_upload_failures_total{{{SELF}}}[1h])", "failed {{instance}}"),
                  (f"increase(thanos_shipper_corrupted_blocks_total{{{SELF}}}[1h])", "damaged {{instance}}"), help="Blocks in an hour."),
            panel("Looks into the folder", "ops", (f"rate(thanos_shipper_dir_syncs_total{{{SELF}}}[{RATE}])", "{{instance}}"), (f"rate(thanos_shipper_dir_sync_failures_total{{{SELF}}}[{RATE}])", "failed {{instance}}")),
            panel("Since the last upload", "s", (f"time() - max by (instance) (thanos_objstore_bucket_last_successful_upload_time{{{SELF}}} > 0)", "{{instance}}")),
        ]),
        grpc("server", "unary", "gRPC, single answers"), grpc("server", "server_stream", "gRPC, streams"), BUCKET, REQUESTS, PROCESS]),
    "store": ("Store gateway", '.*(thanos|varve)-(store|up).*|thanos', [
        grpc("server", "server_stream", "Series calls"), grpc("server", "unary", "Label calls"),
        ("A Series call", [
            quantiles("Waiting at the gate", "thanos_bucket_store_series_gate_duration_seconds"),
            quantiles("Finding the series", "thanos_bucket_store_series_get_all_duration_seconds"),
            quantiles("Merging and sending", "thanos_bucket_store_series_merge_duration_seconds"),
            quantiles("Blocks", "thanos_bucket_store_series_blocks_queried", unit="short"),
            quantiles("Series and chunks read", "thanos_bucket_store_series_data_touched", by="data_type", unit="short"),
            quantiles("Series answered", "thanos_bucket_store_series_result_series", unit="short"),
            quantiles("Bytes asked for", "thanos_bucket_store_series_data_size_touched_bytes", unit="bytes"),
            quantiles("Bytes read", "thanos_bucket_store_series_data_size_fetched_bytes", unit="bytes"),
            quantiles("Bytes of a series' chunks", "thanos_bucket_store_sent_chunk_size_bytes", unit="bytes"),
            quantiles("Requests to the bucket", "varve_bucket_store_series_bucket_requests", unit="short"),
            panel("Calls at once", "short", (f"thanos_bucket_store_series_gate_queries_in_flight{{{SELF}}}", "{{instance}}"), (f"thanos_bucket_store_series_gate_queries_max{{{SELF}}}", "allowed {{instance}}")),
            panel("Calls over a limit", "ops", (f"sum by (reason) (rate(thanos_bucket_store_queries_dropped_total{{{SELF}}}[{RATE}]))", "{{reason}}")),
        ]),
        ("Blocks", [
            panel("Served", "short", (f"thanos_bucket_store_blocks_loaded{{{SELF}}}", "{{instance}}")),
            panel("New and gone", "short", (f"increase(thanos_bucket_store_block_loads_total{{{SELF}}}[1h])", "new {{instance}}"), (f"increase(thanos_bucket_store_block_load_failures_total{{{SELF}}}[1h])", "failed {{instance}}"),
                  (f"increase(thanos_bucket_store_block_drops_total{{{SELF}}}[1h])", "gone {{instance}}"), (f"increase(thanos_bucket_store_block_drop_failures_total{{{SELF}}}[1h])", "not removed {{instance}}"), help="In an hour."),
            panel("Left out of answers", "short", (f"varve_store_blocks_archived{{{SELF}}}", "in cold storage {{instance}}"), (f"increase(varve_bucket_store_blocks_left_out_total{{{SELF}}}[1h])", "times in an hour {{instance}}")),
        ]),
        ("Index cache", [
            panel("Hits", "percentunit", (f"sum by (item_type) (rate(thanos_store_index_cache_hits_total{{{SELF}}}[{RATE}])) / sum by (item_type) (rate(thanos_store_index_cache_requests_total{{{SELF}}}[{RATE}]))", "{{item_type}}")),
            panel("Put in and pushed out", "ops", (f"sum(rate(thanos_store_index_cache_items_added_total{{{SELF}}}[{RATE}]))", "put in"), (f"sum(rate(thanos_store_index_cache_items_evicted_total{{{SELF}}}[{RATE}]))", "pushed out"),
                  (f"sum(rate(thanos_store_index_cache_items_overflowed_total{{{SELF}}}[{RATE}]))", "too large")),
            panel("Size", "bytes", (f"thanos_store_index_cache_total_size_bytes{{{SELF}}}", "{{instance}}"), (f"thanos_store_index_cache_max_size_bytes{{{SELF}}}", "allowed {{instance}}")),
        ]),
        ("Index headers", [
            quantiles("Making one", "thanos_bucket_store_indexheader_download_duration_seconds"),
            quantiles("Opening one", "thanos_bucket_store_indexheader_lazy_load_duration_seconds"),
            panel("Opened and closed", "ops", (f"sum(rate(thanos_bucket_store_indexheader_lazy_load_total{{{SELF}}}[{RATE}]))", "opened"), (f"sum(rate(thanos_bucket_store_indexheader_lazy_load_failed_total{{{SELF}}}[{RATE}]))", "failed"),
                  (f"sum(rate(thanos_bucket_store_indexheader_lazy_unload_total{{{SELF}}}[{RATE}]))", "closed")),
        ]),
        syncs("store"), MEMORY, BUCKET, REQUESTS, PROCESS]),
    "query": ("Query", '.*(thanos|varve)-(query|up).*|thanos', [
        http("query", "Instant queries"), http("query_range", "Range queries"),
        ("Running", [
            panel("Queries at once", "short", (f"thanos_query_concurrent_gate_queries_in_flight{{{SELF}}}", "{{instance}}"), (f"thanos_query_concurrent_gate_queries_max{{{SELF}}}", "allowed {{instance}}")),
            quantiles("Waiting for a place", "thanos_query_concurrent_gate_duration_seconds"),
            panel("Endpoints", "short", (f"sum by (store_type) (thanos_store_nodes_grpc_connections{{{SELF}}})", "{{store_type}}"), stack=True),
        ]),
        ("DNS", [
            panel("Lookups", "ops", (f"sum(rate(thanos_query_store_apis_dns_lookups_total{{{SELF}}}[{RATE}]))", "looked up"), (f"sum(rate(thanos_query_store_apis_dns_failures_total{{{SELF}}}[{RATE}]))", "failed")),
            panel("Endpoints without series", "ops", (f"sum(rate(thanos_proxy_store_empty_stream_responses_total{{{SELF}}}[{RATE}]))", "empty answers")),
            panel("Addresses given twice", "ops", (f"sum(rate(thanos_query_duplicated_endpoint_addresses_total{{{SELF}}}[{RATE}]))", "times")),
        ]),
        grpc("client", "unary", "Asked of endpoints, single answers"), grpc("client", "server_stream", "Asked of endpoints, streams"),
        grpc("server", "server_stream", "Asked by other queriers"), MEMORY, PROCESS]),
    "compact": ("Compact", '.*(thanos|varve)-compact.*|thanos', [
        ("To do", [
            panel("Compactions", "short", (f"thanos_compact_todo_compactions{{{SELF}}}", "compactions"), (f"thanos_compact_todo_compaction_blocks{{{SELF}}}", "blocks in them")),
            panel("Downsampling", "short", (f"thanos_compact_todo_downsample_blocks{{{SELF}}}", "blocks")),
            panel("Deletion", "short", (f"thanos_compact_todo_deletion_blocks{{{SELF}}}", "blocks past retention")),
        ]),
        ("Kept from harm", [
            panel("In quarantine", "short", (f"varve_compact_quarantined_blocks{{{SELF}}}", "{{reason}}"), stack=True),
            panel("Groups not compacted", "short", (f"varve_compact_held_groups{{{SELF}}}", "{{instance}}")),
            panel("Kept by the interlock", "short", (f"varve_compact_retention_held_blocks{{{SELF}}}", "blocks")),
            panel("Bytes kept by the interlock", "bytes", (f"varve_compact_retention_held_bytes{{{SELF}}}", "bytes")),
            panel("Halted", "short", (f"thanos_compact_halted{{{SELF}}}", "{{instance}}"), help="Varve's compactor never halts."),
        ]),
        ("Compaction", [
            panel("Compactions", "ops", (f"sum by (resolution) (rate(thanos_compact_group_compactions_total{{{SELF}}}[{RATE}]))", "{{resolution}} ms"), (f"sum by (resolution) (rate(thanos_compact_group_vertical_compactions_total{{{SELF}}}[{RATE}]))", "overlapping, {{resolution}} ms")),
            panel("Failed", "ops", (f"sum by (resolution) (rate(thanos_compact_group_compactions_failures_total{{{SELF}}}[{RATE}]))", "{{resolution}} ms"), (f"sum(rate(thanos_compact_retries_total{{{SELF}}}[{RATE}]))", "tried again")),
            panel("Samples", "short", (f"sum(rate(varve_compact_samples_total{{{SELF}}}[{RATE}]))", "a second")),
            panel("Rounds", "ops", (f"sum(rate(thanos_compact_iterations_total{{{SELF}}}[{RATE}]))", "finished")),
        ]),
        ("Downsampling", [
            panel("Blocks", "ops", (f"sum by (resolution) (rate(thanos_compact_downsample_total{{{SELF}}}[{RATE}]))", "{{resolution}} ms")),
            panel("Failed", "ops", (f"sum by (resolution) (rate(thanos_compact_downsample_failures_total{{{SELF}}}[{RATE}]))", "{{resolution}} ms")),
            quantiles("Duration", "thanos_compact_downsample_duration_seconds"),
        ]),
        ("Deletion", [
            panel("Marked", "ops", (f"sum by (marker, reason) (rate(thanos_compact_blocks_marked_total{{{SELF}}}[{RATE}]))", "{{marker}} {{reason}}")),
            panel("Deleted", "ops", (f"sum(rate(thanos_compact_blocks_cleaned_total{{{SELF}}}[{RATE}]))", "blocks"), (f"sum(rate(thanos_compact_block_cleanup_failures_total{{{SELF}}}[{RATE}]))", "failed")),
            panel("Replaced by others", "ops", (f"sum(rate(thanos_compact_garbage_collected_blocks_total{{{SELF}}}[{RATE}]))", "blocks"), (f"sum(rate(thanos_compact_garbage_collection_failures_total{{{SELF}}}[{RATE}]))", "failed")),
        ]),
        syncs("compactor"), BUCKET, REQUESTS, PROCESS]),
}


def target(index, expr, legend):
    return {"datasource": DATASOURCE, "expr": expr, "legendFormat": legend or "__auto", "refId": chr(ord("A") + index)}


def panel_json(spec, number, x, y):
    custom = {"fillOpacity": 60 if spec["stack"] else 5, "lineWidth": 1, "showPoints": "never", "stacking": {"mode": "normal" if spec["stack"] else "none"}}
    made = {
        "id": number, "type": spec["kind"], "title": spec["title"], "datasource": DATASOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": x, "y": y},
        "targets": [target(i, *query) for i, query in enumerate(spec["queries"])],
        "fieldConfig": {"defaults": {"unit": spec["unit"], "min": None if any(q[0].startswith("-") for q in spec["queries"]) else 0}, "overrides": []},
    }
    if spec["help"]:
        made["description"] = spec["help"]
    if spec["kind"] == "timeseries":
        made["fieldConfig"]["defaults"]["custom"] = custom
        made["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    else:
        made["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "textMode": "auto", "colorMode": "value"}
    return made


def layout(rows):
    panels, y = [], 0
    for title, specs in rows:
        panels.append({"id": len(panels) + 1, "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        y += 1
        for i, spec in enumerate(specs):
            panels.append(panel_json(spec, len(panels) + 1, i % 3 * WIDTH, y + i // 3 * HEIGHT))
        y += (len(specs) + 2) // 3 * HEIGHT
    return panels


def query_variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": {"query": query, "refId": name}, "definition": query,
            "includeAll": True, "multi": True, "allValue": ".+", "current": {"text": "All", "value": "$__all"}, "refresh": 2, "sort": 1}


def dashboard(name, title, jobs, rows):
    return {
        "uid": f"varve-{name}", "title": f"Varve / {title}", "tags": ["varve"], "schemaVersion": 39, "version": 1, "editable": True, "timezone": "utc",
        "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "graphTooltip": 1, "annotations": {"list": []},
        "links": [{"type": "dashboards", "title": "Varve", "tags": ["varve"], "asDropdown": True, "includeVars": True, "keepTime": True}],
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
            query_variable("job", "Job", f'label_values(up{{job=~"{jobs}"}}, job)'),
            query_variable("instance", "Instance", 'label_values(up{job=~"$job"}, instance)'),
        ]},
        "panels": layout(rows),
    }


def main():
    stale = []
    for name, (title, jobs, rows) in DASHBOARDS.items():
        path, text = FOLDER / f"{name}.json", json.dumps(dashboard(name, title, jobs, rows), indent=1) + "\n"
        if path.exists() and path.read_text() == text:
            continue
        if sys.argv[1:] == ["--check"]:
            stale.append(path.name)
        else:
            path.write_text(text)
    if stale:
        sys.exit(f"not what dashboards.py writes: {', '.join(stale)}. Run deploy/monitoring/dashboards.py")


if __name__ == "__main__":
    main()
