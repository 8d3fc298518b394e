"""values.yaml and values.schema.json know the same keys, so that each has its comment."""
import json

import yaml

from tools import CHART, check


def keys_of_values(value, at=""):
    if not isinstance(value, dict) or not value:
        return {at}
    return {key for name, inner in value.items() for key in keys_of_values(inner, f"{at}.{name}")}


def keys_of_schema(schema, definitions, at=""):
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("additionalProperties") is not False:
        return {at}
    return {key for name, inner in schema["properties"].items() for key in keys_of_schema(inner, definitions, f"{at}.{name}")}


def check_same_keys():
    schema = json.loads((CHART / "values.schema.json").read_text())
    # Below keys that a schema leaves to Kubernetes, values.yaml may have defaults.
    known = keys_of_schema(schema, schema["definitions"]) - {".global"}
    optional = {".query.resources.limits", ".query.resources.claims"}
    optional |= {key.replace("query", role) for key in optional for role in ("store", "compact")}
    given = keys_of_values(yaml.safe_load((CHART / "values.yaml").read_text()))
    missing = {key for key in known - optional if not any(one == key or one.startswith(key + ".") for one in given)}
    check(not missing, f"values.yaml says nothing of {sorted(missing)}")
