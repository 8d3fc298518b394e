#!/usr/bin/env python3
"""Writes dashboards/*.json for Grafana: one a role, and an overview. With --check it only says whether they are up to date."""

import json
import pathlib
import sys

from grafana import RATE, SELF, dashboard, each, hour, level, panel, quantiles, share, stat, total
from rows import BUCKET, MEMORY, PROCESS, REQUESTS, grpc, http, syncs

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"


JOBS = ".*(thanos|varve).*"
DASHBOARDS = {
    "overview": (
        "Overview",
        JOBS,
        [
            (
                "Who is there",
                [
                    panel("Up", "short", (level("up", "job"), "{{job}}"), kind="stat"),
                    panel(
                        "Not ready",
                        "short",
                        (f'sum by (component) (thanos_status{{check="ready", {SELF}}} == bool 0)', "{{component}}"),
                        kind="stat",
                    ),
                    panel(
                        "Versions",
                        "short",
                        (f"count by (version, program) (thanos_build_info{{{SELF}}})", "{{program}} {{version}}"),
                        kind="stat",
                    ),
                ],
            ),
            (
                "Queries",
                [
                    panel(
                        "Requests",
                        "reqps",
                        (
                            f'sum by (handler, code) (rate(http_requests_total{{handler=~"query|query_range", {SELF}}}[{RATE}]))',
                            "{{handler}} {{code}}",
                        ),
                        stack=True,
                    ),
                    quantiles("Duration", "http_request_duration_seconds", 'handler=~"query|query_range"', "handler"),
                    panel(
                        "Endpoints of queriers",
                        "short",
                        (level("thanos_store_nodes_grpc_connections", "instance, store_type"), "{{store_type}} {{instance}}"),
                        stack=True,
                    ),
                ],
            ),
            (
                "What asks for attention",
                [
                    stat("Blocks in cold storage", "short", f"sum(varve_store_blocks_archived{{{SELF}}})"),
                    stat(
                        "Blocks in quarantine",
                        "short",
                        f"sum by (reason) (varve_compact_quarantined_blocks{{{SELF}}}) > 0",
                        "{{reason}}",
                    ),
                    stat("Blocks the interlock keeps", "short", f"sum(varve_compact_retention_held_blocks{{{SELF}}})"),
                    stat("Groups not compacted", "short", f"sum(varve_compact_held_groups{{{SELF}}})"),
                    stat(
                        "Blocks left out of answers, an hour",
                        "short",
                        f"sum(increase(varve_bucket_store_blocks_left_out_total{{{SELF}}}[1h]))",
                    ),
                    stat(
                        "Since the last upload of a sidecar",
                        "s",
                        "time() - min("
                        + level("thanos_objstore_bucket_last_successful_upload_time")
                        + " and on (instance, job) thanos_shipper_uploads_total > 0)",
                    ),
                ],
            ),
            BUCKET,
            REQUESTS,
            PROCESS,
        ],
    ),
    "sidecar": (
        "Sidecar",
        ".*(thanos|varve)-sidecar.*|thanos",
        [
            (
                "Prometheus",
                [
                    panel("Reached", "short", (level("thanos_sidecar_prometheus_up"), "{{instance}}")),
                    panel("Ready", "short", (f'thanos_status{{check="ready", {SELF}}}', "{{instance}}")),
                    quantiles(
                        "Frames of an answer",
                        "prometheus_store_received_frames",
                        unit="short",
                        help="Of Prometheus' remote read.",
                    ),
                ],
            ),
            (
                "Shipping",
                [
                    panel(
                        "Uploads",
                        "short",
                        (hour("thanos_shipper_uploads_total"), "uploaded {{instance}}"),
                        (hour("thanos_shipper_upload_failures_total"), "failed {{instance}}"),
                        (hour("thanos_shipper_corrupted_blocks_total"), "damaged {{instance}}"),
                        help="Blocks in an hour.",
                    ),
                    panel(
                        "Looks into the folder",
                        "ops",
                        (each("thanos_shipper_dir_syncs_total"), "{{instance}}"),
                        (each("thanos_shipper_dir_sync_failures_total"), "failed {{instance}}"),
                    ),
                    panel(
                        "Since the last upload",
                        "s",
                        (
                            f"time() - max by (instance) (thanos_objstore_bucket_last_successful_upload_time{{{SELF}}} > 0)",
                            "{{instance}}",
                        ),
                    ),
                ],
            ),
            grpc("server", "unary", "gRPC, single answers"),
            grpc("server", "server_stream", "gRPC, streams"),
            BUCKET,
            REQUESTS,
            PROCESS,
        ],
    ),
    "store": (
        "Store gateway",
        ".*(thanos|varve)-(store|up).*|thanos",
        [
            grpc("server", "server_stream", "Series calls"),
            grpc("server", "unary", "Label calls"),
            (
                "A Series call",
                [
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
                    panel(
                        "Calls at once",
                        "short",
                        (level("thanos_bucket_store_series_gate_queries_in_flight"), "{{instance}}"),
                        (level("thanos_bucket_store_series_gate_queries_max"), "allowed {{instance}}"),
                    ),
                    panel(
                        "Calls over a limit", "ops", (total("thanos_bucket_store_queries_dropped_total", "reason"), "{{reason}}")
                    ),
                ],
            ),
            (
                "Blocks",
                [
                    panel("Served", "short", (level("thanos_bucket_store_blocks_loaded"), "{{instance}}")),
                    panel(
                        "New and gone",
                        "short",
                        (hour("thanos_bucket_store_block_loads_total"), "new {{instance}}"),
                        (hour("thanos_bucket_store_block_load_failures_total"), "failed {{instance}}"),
                        (hour("thanos_bucket_store_block_drops_total"), "gone {{instance}}"),
                        (hour("thanos_bucket_store_block_drop_failures_total"), "not removed {{instance}}"),
                        help="In an hour.",
                    ),
                    panel(
                        "Left out of answers",
                        "short",
                        (level("varve_store_blocks_archived"), "in cold storage {{instance}}"),
                        (hour("varve_bucket_store_blocks_left_out_total"), "times in an hour {{instance}}"),
                    ),
                ],
            ),
            (
                "Index cache",
                [
                    panel(
                        "Hits",
                        "percentunit",
                        (
                            share("thanos_store_index_cache_hits_total", "thanos_store_index_cache_requests_total", "item_type"),
                            "{{item_type}}",
                        ),
                    ),
                    panel(
                        "Put in and pushed out",
                        "ops",
                        (total("thanos_store_index_cache_items_added_total"), "put in"),
                        (total("thanos_store_index_cache_items_evicted_total"), "pushed out"),
                        (total("thanos_store_index_cache_items_overflowed_total"), "too large"),
                    ),
                    panel(
                        "Size",
                        "bytes",
                        (level("thanos_store_index_cache_total_size_bytes"), "{{instance}}"),
                        (level("thanos_store_index_cache_max_size_bytes"), "allowed {{instance}}"),
                    ),
                ],
            ),
            (
                "Index headers",
                [
                    quantiles("Making one", "thanos_bucket_store_indexheader_download_duration_seconds"),
                    quantiles("Opening one", "thanos_bucket_store_indexheader_lazy_load_duration_seconds"),
                    panel(
                        "Opened and closed",
                        "ops",
                        (total("thanos_bucket_store_indexheader_lazy_load_total"), "opened"),
                        (total("thanos_bucket_store_indexheader_lazy_load_failed_total"), "failed"),
                        (total("thanos_bucket_store_indexheader_lazy_unload_total"), "closed"),
                    ),
                ],
            ),
            syncs("store"),
            MEMORY,
            BUCKET,
            REQUESTS,
            PROCESS,
        ],
    ),
    "query": (
        "Query",
        ".*(thanos|varve)-(query|up).*|thanos",
        [
            http("query", "Instant queries"),
            http("query_range", "Range queries"),
            (
                "Running",
                [
                    panel(
                        "Queries at once",
                        "short",
                        (level("thanos_query_concurrent_gate_queries_in_flight"), "{{instance}}"),
                        (level("thanos_query_concurrent_gate_queries_max"), "allowed {{instance}}"),
                    ),
                    quantiles("Waiting for a place", "thanos_query_concurrent_gate_duration_seconds"),
                    panel(
                        "Endpoints",
                        "short",
                        (level("thanos_store_nodes_grpc_connections", "store_type"), "{{store_type}}"),
                        stack=True,
                    ),
                ],
            ),
            (
                "DNS",
                [
                    panel(
                        "Lookups",
                        "ops",
                        (total("thanos_query_store_apis_dns_lookups_total"), "looked up"),
                        (total("thanos_query_store_apis_dns_failures_total"), "failed"),
                    ),
                    panel(
                        "Endpoints without series",
                        "ops",
                        (total("thanos_proxy_store_empty_stream_responses_total"), "empty answers"),
                    ),
                    panel("Addresses given twice", "ops", (total("thanos_query_duplicated_endpoint_addresses_total"), "times")),
                ],
            ),
            grpc("client", "unary", "Asked of endpoints, single answers"),
            grpc("client", "server_stream", "Asked of endpoints, streams"),
            grpc("server", "server_stream", "Asked by other queriers"),
            MEMORY,
            PROCESS,
        ],
    ),
    "compact": (
        "Compact",
        ".*(thanos|varve)-compact.*|thanos",
        [
            (
                "To do",
                [
                    panel(
                        "Compactions",
                        "short",
                        (level("thanos_compact_todo_compactions"), "compactions"),
                        (level("thanos_compact_todo_compaction_blocks"), "blocks in them"),
                    ),
                    panel("Downsampling", "short", (level("thanos_compact_todo_downsample_blocks"), "blocks")),
                    panel("Deletion", "short", (level("thanos_compact_todo_deletion_blocks"), "blocks past retention")),
                ],
            ),
            (
                "Kept from harm",
                [
                    panel("In quarantine", "short", (level("varve_compact_quarantined_blocks"), "{{reason}}"), stack=True),
                    panel("Groups not compacted", "short", (level("varve_compact_held_groups"), "{{instance}}")),
                    panel(
                        "Made by another compactor",
                        "short",
                        (level("varve_compact_other_compactor_blocks_total"), "{{instance}}"),
                        help="Blocks since the start of the process. More than 0: two compactors do the same work.",
                    ),
                    panel("Kept by the interlock", "short", (level("varve_compact_retention_held_blocks"), "blocks")),
                    panel("Bytes kept by the interlock", "bytes", (level("varve_compact_retention_held_bytes"), "bytes")),
                    panel(
                        "Halted", "short", (level("thanos_compact_halted"), "{{instance}}"), help="Varve's compactor never halts."
                    ),
                ],
            ),
            (
                "Compaction",
                [
                    panel(
                        "Compactions",
                        "ops",
                        (total("thanos_compact_group_compactions_total", "resolution"), "{{resolution}} ms"),
                        (
                            total("thanos_compact_group_vertical_compactions_total", "resolution"),
                            "overlapping, {{resolution}} ms",
                        ),
                    ),
                    panel(
                        "Failed",
                        "ops",
                        (total("thanos_compact_group_compactions_failures_total", "resolution"), "{{resolution}} ms"),
                        (total("thanos_compact_retries_total"), "tried again"),
                    ),
                    panel("Samples", "short", (total("varve_compact_samples_total"), "a second")),
                    panel("Rounds", "ops", (total("thanos_compact_iterations_total"), "finished")),
                ],
            ),
            (
                "Downsampling",
                [
                    panel("Blocks", "ops", (total("thanos_compact_downsample_total", "resolution"), "{{resolution}} ms")),
                    panel(
                        "Failed", "ops", (total("thanos_compact_downsample_failures_total", "resolution"), "{{resolution}} ms")
                    ),
                    quantiles("Duration", "thanos_compact_downsample_duration_seconds"),
                ],
            ),
            (
                "Deletion",
                [
                    panel(
                        "Marked", "ops", (total("thanos_compact_blocks_marked_total", "marker, reason"), "{{marker}} {{reason}}")
                    ),
                    panel(
                        "Deleted",
                        "ops",
                        (total("thanos_compact_blocks_cleaned_total"), "blocks"),
                        (total("thanos_compact_block_cleanup_failures_total"), "failed"),
                    ),
                    panel(
                        "Replaced by others",
                        "ops",
                        (total("thanos_compact_garbage_collected_blocks_total"), "blocks"),
                        (total("thanos_compact_garbage_collection_failures_total"), "failed"),
                    ),
                ],
            ),
            syncs("compactor"),
            BUCKET,
            REQUESTS,
            PROCESS,
        ],
    ),
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
