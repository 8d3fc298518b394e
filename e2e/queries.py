"""Queries over what node exporter and Prometheus export, of every kind a dashboard or a rule asks.

`QUERIES` are answered alike by Prometheus 2.42 and 3.x at evaluation times that do not fall on a sample (the closed and the open edge
of a range then agree).
"""

SELECT = [
    'up', 'up{job="node"}', 'up{job!="node"}', 'up{job=~"n.*"}', 'up{job!~"n.*"}', 'up{instance=~".+"}', 'up{nothing=""}',
    'node_cpu_seconds_total{mode="idle"}', 'node_cpu_seconds_total{mode=~"idle|user|system"}', 'node_cpu_seconds_total{mode!~"idle|user"}',
    '{__name__=~"node_memory_Mem.*"}', '{__name__="go_goroutines",job="prometheus"}', 'node_load1', 'node_load1 offset 10s',
    'node_load1 @ $END', 'node_cpu_seconds_total offset 15s', 'absent_metric', 'node_uname_info', 'prometheus_build_info',
    'go_info', 'prometheus_http_request_duration_seconds_bucket{le="0.1"}', 'scrape_duration_seconds',
]
MATH = [
    '-node_load1', '+node_load1', 'node_load1 * 100', '100 - node_load1', 'node_load1 ^ 2', 'node_load1 % 0.3', '2 / node_load1',
    'node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes', '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes',
    'node_load1 > 0', 'node_load1 >= bool 1', 'node_load1 < bool node_load5', 'node_load1 == node_load1', 'node_load1 != node_load1',
    'abs(node_load1 atan2 node_load5)', 'abs(-node_load1)', 'ceil(node_load1)', 'floor(node_load1)', 'round(node_load1, 0.1)', 'round(node_load1)',
    'sqrt(node_load1)', 'exp(node_load1)', 'ln(node_load1 + 1)', 'log2(node_load1 + 1)', 'log10(node_load1 + 1)', 'sgn(node_load1 - 1)',
    'clamp(node_load1, 0.1, 0.5)', 'clamp_min(node_load1, 1)', 'clamp_max(node_load1, 0.2)', 'sin(node_load1)', 'cos(node_load1)',
    'tan(node_load1)', 'asin(node_load1 / 100)', 'acos(node_load1 / 100)', 'atan(node_load1)', 'sinh(node_load1)', 'cosh(node_load1)',
    'tanh(node_load1)', 'asinh(node_load1)', 'acosh(node_load1 + 1)', 'atanh(node_load1 / 100)', 'deg(node_load1)', 'rad(node_load1)', 'pi()',
    'time()', 'vector(1)', 'scalar(node_load1)', 'vector(time())', '1 + 2 * 3 ^ 2', '-1 ^ 2', '1 > bool 2', '42', '"text"', 'Inf', 'NaN', '-Inf + 0',
]
AGGREGATE = [
    'sum(up)', 'sum by (job) (up)', 'sum without (instance) (up)', 'count(up)', 'count by (job) (up)', 'avg(node_cpu_seconds_total)',
    'avg by (mode) (node_cpu_seconds_total)', 'min by (mode) (node_cpu_seconds_total)', 'max by (mode) (node_cpu_seconds_total)',
    'stddev by (mode) (node_cpu_seconds_total)', 'stdvar by (cpu) (node_cpu_seconds_total)', 'group by (job) (up)',
    'quantile(0.9, node_cpu_seconds_total)', 'quantile by (mode) (0.5, node_cpu_seconds_total)', 'quantile(2, node_cpu_seconds_total)',
    'topk(3, node_cpu_seconds_total)', 'bottomk(2, node_cpu_seconds_total)', 'topk by (cpu) (1, node_cpu_seconds_total)',
    'count_values("value", up)', 'count_values by (job) ("v", up)', 'sum(node_cpu_seconds_total) by (mode, cpu)',
    'sum by (mode) (rate(node_cpu_seconds_total[30s]))', 'sum(rate(node_cpu_seconds_total{mode!="idle"}[30s])) / sum(rate(node_cpu_seconds_total[30s]))',
    'count(count by (cpu) (node_cpu_seconds_total))', 'max(max_over_time(node_load1[30s]))', 'sum({job="prometheus",__name__=~"go_.*"})',
    'avg without (cpu, mode) (rate(node_cpu_seconds_total[20s]))', 'sum by (nothing) (up)', 'sum by () (up)',
]
RATE = [
    'rate(node_cpu_seconds_total[30s])', 'rate(node_cpu_seconds_total{mode="idle"}[20s])', 'irate(node_cpu_seconds_total[30s])',
    'increase(node_cpu_seconds_total[30s])', 'delta(node_load1[30s])', 'idelta(node_load1[30s])', 'deriv(node_load1[30s])',
    'predict_linear(node_load1[30s], 60)', 'resets(node_cpu_seconds_total[30s])', 'changes(node_load1[30s])',
    'rate(prometheus_http_requests_total[30s])', 'rate(node_cpu_seconds_total[30s] offset 10s)', 'rate(node_cpu_seconds_total[30s] @ $END)',
    'rate(absent_metric[30s])', 'rate(process_cpu_seconds_total[20s]) * 100', 'increase(prometheus_tsdb_head_samples_appended_total[30s])',
    'rate(prometheus_http_request_duration_seconds_count[30s])', 'rate(node_network_receive_bytes_total[30s]) * 8',
]
OVER_TIME = [
    f'{f}_over_time(node_load1[30s])' for f in ('avg', 'min', 'max', 'sum', 'count', 'last', 'stddev', 'stdvar', 'present')
] + [
    'quantile_over_time(0.9, node_load1[30s])', 'quantile_over_time(0.5, node_cpu_seconds_total{mode="idle"}[30s])', 'absent_over_time(absent_metric[30s])',
    'absent_over_time(up[30s])', 'avg_over_time(node_load1[30s:5s])', 'max_over_time(rate(node_cpu_seconds_total{mode="user"}[15s])[30s:5s])',
    'min_over_time(sum(up)[30s:3s])', 'sum_over_time(vector(1)[30s:7s])', 'avg_over_time((node_load1 > 0)[30s:5s])',
    'max_over_time(deriv(node_load1[15s])[20s:4s])', 'count_over_time(up[25s])', 'last_over_time(node_load1[30s] offset 5s)',
    'rate(sum_over_time(up[10s])[20s:5s])',
]
JOIN = [
    'node_load1 + on(instance) node_load5', 'node_load1 + ignoring(job) node_load5', 'up * on(instance) group_left(nodename) node_uname_info',
    'node_uname_info * on(instance) group_right(nodename) up', 'up and on(job) node_load1', 'up or node_load1', 'up unless on(job) node_load1',
    'up and up', 'up or vector(7)', 'node_load1 > on(instance) node_load5', 'node_load1 > bool on(instance) node_load5',
    'rate(node_cpu_seconds_total[30s]) / on(cpu, instance) group_left sum by (cpu, instance) (rate(node_cpu_seconds_total[30s]))',
    'sum by (job) (up) / count by (job) (up)', 'node_filesystem_avail_bytes / node_filesystem_size_bytes',
    '(node_memory_MemTotal_bytes - node_memory_MemFree_bytes) / node_memory_MemTotal_bytes * 100 > 1', 'absent(up{job="none"})', 'absent(up)',
    'absent(none{a="b",c=~"d"})', 'up == 1 and on(instance) (node_load1 > 0 or node_load5 > 0)',
    'node_load1 / on(instance, job) group_left node_load5',
]
HISTOGRAM = [
    'histogram_quantile(0.9, prometheus_http_request_duration_seconds_bucket)',
    'histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket[30s]))',
    'histogram_quantile(0.5, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[30s])))',
    'histogram_quantile(0.99, sum by (le, handler) (prometheus_http_request_duration_seconds_bucket))',
    'histogram_quantile(-1, prometheus_http_request_duration_seconds_bucket)', 'histogram_quantile(1.5, prometheus_http_request_duration_seconds_bucket)',
    'histogram_quantile(0, prometheus_http_request_duration_seconds_bucket)', 'prometheus_http_request_duration_seconds_sum / prometheus_http_request_duration_seconds_count',
]
LABELS_AND_TIME = [
    'label_replace(up, "host", "$1", "instance", "(.*):.*")', 'label_replace(up, "job", "", "job", ".*")', 'label_join(up, "both", "-", "job", "instance")',
    'label_replace(up, "new", "x$1", "nothing", "(.*)")', 'timestamp(up)', 'time() - timestamp(up)', 'minute()', 'hour()', 'day_of_month()', 'day_of_week()',
    'day_of_year()', 'days_in_month()', 'month()', 'year()', 'year(vector(0))', 'hour(node_boot_time_seconds)', 'sort(node_load1)', 'sort_desc(node_cpu_seconds_total)',
    'time() - node_boot_time_seconds', 'day_of_week(vector(1700000000))', 'timestamp(node_load1 + 1)',
]
QUERIES = SELECT + MATH + AGGREGATE + RATE + OVER_TIME + JOIN + HISTOGRAM + LABELS_AND_TIME

# Refused by both with the same kind of error.
BAD = [
    'up{', 'rate(up)', 'sum(', 'up[5m]offset', 'foo bar', '1 +', 'up{job=~"("}', 'rate(up[0s])', 'sum by (job (up)', '{}', '{job=~".*"}', 'up + on(job) {x="y"} bool',
    'label_replace(up, "dst", "x", "src", "(")', 'topk("x", up)', 'unknown_function(up)', 'up or 1', 'up and 1', '"a" + 1',
]
