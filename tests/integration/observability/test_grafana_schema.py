"""The dashboard is one by Grafana's own types: what Grafana does not know, it drops without a word."""

import json
import subprocess
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator

from tests.support.npm import home_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.rooms import ROOT

DASHBOARD: Final[dict[str, Any]] = json.loads(
    (ROOT / "deploy/grafana/dashboards/lessonhook.json").read_text(encoding="utf-8")
)
_TYPES: Final = "@grafana/schema@13.2.3"
_GENERATOR: Final = "ts-json-schema-generator@2.4.0"
#: Each kind of panel with the types of its options and of its fields.
_KINDS: Final = {"stat": ("Stat", None), "timeseries": ("Series", "SeriesField"), "table": ("Table", "TableField")}
_SOURCE: Final = """
import {{ Dashboard as D, Panel as P, RowPanel as R }} from "{raw}/dashboard/x/types.gen";
import {{ Options as S }} from "{raw}/composable/stat/panelcfg/x/types.gen";
import {{ Options as T, FieldConfig as TF }} from "{raw}/composable/timeseries/panelcfg/x/types.gen";
import {{ Options as B, FieldConfig as BF }} from "{raw}/composable/table/panelcfg/x/types.gen";
export interface All {{
  Dashboard: D; Panel: P; Row: R; Stat: S; Series: T; SeriesField: TF; Table: B; TableField: BF;
}}
"""
#: What Grafana's Prometheus source reads from an annotation, and what Grafana's editor writes into a variable.
_OF_THE_SOURCE: Final = frozenset({"expr", "titleFormat", "textFormat", "definition"})


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return JSON Schemas that are made of Grafana's types, by the names above."""
    raw = home_of(_TYPES) / "node_modules/@grafana/schema/dist/types/raw"
    generator = home_of(_GENERATOR) / "node_modules/ts-json-schema-generator/bin/ts-json-schema-generator.js"
    folder = tmp_path_factory.mktemp("grafana")
    (folder / "all.ts").write_text(_SOURCE.format(raw=raw))
    options = {"compilerOptions": {"module": "nodenext", "skipLibCheck": True}, "files": ["all.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(options))
    command = ["node", str(generator), "--path", "all.ts", "--tsconfig", "tsconfig.json", "--type", "All"]
    made = subprocess.run(
        [*command, "--expose", "none", "--no-type-check"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    return _parts(json.loads(made.stdout))


def _parts(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = schema.get("definitions", {})
    [everything] = [each for each in [schema, *definitions.values()] if "Dashboard" in each.get("properties", {})]
    return {name: {**part, "definitions": definitions} for name, part in everything["properties"].items()}


def _problems(schema: dict[str, Any], document: Any) -> list[str]:
    found = Draft7Validator(schema).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in found]


def _without_fields_of_the_source(rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "list": [{name: value for name, value in each.items() if name not in _OF_THE_SOURCE} for each in rows["list"]]
    }


def test_the_dashboard_itself(schemas: dict[str, Any]) -> None:
    """Its variables, its annotations, its time."""
    parts = {name: _without_fields_of_the_source(DASHBOARD[name]) for name in ("annotations", "templating")}
    assert _problems(schemas["Dashboard"], {**DASHBOARD, **parts, "panels": []}) == []


@pytest.mark.parametrize("panel", DASHBOARD["panels"], ids=lambda panel: str(panel["title"]))
def test_a_panel(schemas: dict[str, Any], panel: dict[str, Any]) -> None:
    """With the options and the fields of its kind."""
    if panel["type"] == "row":
        assert _problems(schemas["Row"], panel) == []
        return
    assert _problems(schemas["Panel"], panel) == []
    options, field = _KINDS[panel["type"]]
    assert _problems(schemas[options], panel["options"]) == []
    custom = panel["fieldConfig"]["defaults"].get("custom")
    if custom is not None:
        assert field is not None, "this kind has none"
        assert _problems(schemas[field], custom) == []


def test_a_wrong_option_is_found(schemas: dict[str, Any]) -> None:
    """A schema that takes anything would prove nothing."""
    stat = next(panel for panel in DASHBOARD["panels"] if panel["type"] == "stat")
    assert _problems(schemas["Stat"], {**stat["options"], "colorMode": "loud"})
    assert _problems(schemas["Panel"], {**stat, "gridPosition": {}})
