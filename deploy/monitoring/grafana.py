"""What dashboards are made of: panels, the expressions most of them have, and the JSON that Grafana reads.

A dashboard is a list of rows, a row a title and panels, a panel a title, a unit and queries with their legends. In an expression
SELF stands for the matchers of the chosen jobs and instances, RATE for Grafana's window of rates.
"""

SELF, RATE = 'job=~"$job", instance=~"$instance"', "$__rate_interval"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH, HEIGHT = 8, 8


def level(metric, by=""):
    """The metric as it is, or its sum by labels."""
    return f"sum by ({by}) ({metric}{{{SELF}}})" if by else f"{metric}{{{SELF}}}"


def each(metric):
    """What each series grows a second."""
    return f"rate({metric}{{{SELF}}}[{RATE}])"


def total(metric, by=""):
    """What all series together, or those of the same labels, grow a second."""
    return f"sum by ({by}) ({each(metric)})" if by else f"sum({each(metric)})"


def share(part, whole, by):
    return f"{total(part, by)} / {total(whole, by)}"


def hour(metric):
    """What each series has grown within the hour."""
    return f"increase({metric}{{{SELF}}}[1h])"


def panel(title, unit, *queries, kind="timeseries", stack=False, help=""):
    return {"title": title, "unit": unit, "queries": queries, "kind": kind, "stack": stack, "help": help}


def quantiles(title, histogram, matchers="", by="", unit="s", help=""):
    matchers = ", ".join(part for part in (matchers, SELF) if part)
    inner = f"sum by (le{', ' + by if by else ''}) (rate({histogram}_bucket{{{matchers}}}[{RATE}]))"
    legend = f" {{{{{by}}}}}" if by else ""
    return panel(
        title, unit, *((f"histogram_quantile({q}, {inner})", f"p{round(100 * q)}{legend}") for q in (0.5, 0.99)), help=help
    )


def stat(title, unit, expr, legend="", help=""):
    return panel(title, unit, (expr, legend), kind="stat", help=help)


def target(index, expr, legend):
    return {"datasource": DATASOURCE, "expr": expr, "legendFormat": legend or "__auto", "refId": chr(ord("A") + index)}


def panel_json(spec, number, x, y):
    custom = {
        "fillOpacity": 60 if spec["stack"] else 5,
        "lineWidth": 1,
        "showPoints": "never",
        "stacking": {"mode": "normal" if spec["stack"] else "none"},
    }
    made = {
        "id": number,
        "type": spec["kind"],
        "title": spec["title"],
        "datasource": DATASOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": x, "y": y},
        "targets": [target(i, *query) for i, query in enumerate(spec["queries"])],
        "fieldConfig": {
            "defaults": {"unit": spec["unit"], "min": None if any(q[0].startswith("-") for q in spec["queries"]) else 0},
            "overrides": [],
        },
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
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"h": 1, "w": 24, "x": 0, "y": y},
            }
        )
        y += 1
        for i, spec in enumerate(specs):
            panels.append(panel_json(spec, len(panels) + 1, i % 3 * WIDTH, y + i // 3 * HEIGHT))
        y += (len(specs) + 2) // 3 * HEIGHT
    return panels


def query_variable(name, label, query):
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "includeAll": True,
        "multi": True,
        "allValue": ".+",
        "current": {"text": "All", "value": "$__all"},
        "refresh": 2,
        "sort": 1,
    }


def dashboard(name, title, jobs, rows):
    return {
        "uid": f"varve-{name}",
        "title": f"Varve / {title}",
        "tags": ["varve"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "graphTooltip": 1,
        "annotations": {"list": []},
        "links": [
            {"type": "dashboards", "title": "Varve", "tags": ["varve"], "asDropdown": True, "includeVars": True, "keepTime": True}
        ],
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"},
                query_variable("job", "Job", f'label_values(up{{job=~"{jobs}"}}, job)'),
                query_variable("instance", "Instance", 'label_values(up{job=~"$job"}, instance)'),
            ]
        },
        "panels": layout(rows),
    }
