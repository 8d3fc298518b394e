// The state of the page in its address, with the names Prometheus and Thanos use (g0.expr, g0.tab, ...), so that links from
// alerts and dashboards open what they mean.

export interface PanelState {
  expr: string;
  tab: "graph" | "table";
  range: number; // seconds
  end: number | null; // Unix seconds; null: now
  step: number | null; // seconds; null: chosen from the range
  dedup: boolean;
  partialResponse: boolean;
  resolution: string; // "", "auto", "0s", "5m", "1h"
}

export const emptyPanel: PanelState = {
  expr: "",
  tab: "graph",
  range: 3600,
  end: null,
  step: null,
  dedup: true,
  partialResponse: true,
  resolution: "",
};

import { formatDuration, fromInput, parseDuration } from "./time";

export function readPanels(search: string): PanelState[] {
  const params = new URLSearchParams(search);
  const panels: PanelState[] = [];
  for (let i = 0; params.has(`g${i}.expr`); i++) {
    const get = (name: string) => params.get(`g${i}.${name}`);
    const step = Number(get("step_input"));
    panels.push({
      expr: get("expr") ?? "",
      tab: get("tab") === "1" || get("tab") === "table" ? "table" : "graph",
      range: parseDuration(get("range_input") ?? "") ?? emptyPanel.range,
      end: get("end_input") ? fromInput(get("end_input")!.replace(" ", "T")) : null,
      step: step > 0 ? step : null,
      dedup: get("deduplicate") !== "0",
      partialResponse: get("partial_response") !== "0",
      resolution: get("max_source_resolution") ?? "",
    });
  }
  return panels.length > 0 ? panels : [emptyPanel];
}

export function writePanels(panels: PanelState[]): string {
  const params = new URLSearchParams();
  panels.forEach((panel, i) => {
    const set = (name: string, value: string) => params.set(`g${i}.${name}`, value);
    set("expr", panel.expr);
    set("tab", panel.tab === "table" ? "1" : "0");
    set("range_input", formatDuration(panel.range));
    if (panel.end != null) set("end_input", new Date(panel.end * 1000).toISOString().slice(0, 19).replace("T", " "));
    if (panel.step != null) set("step_input", String(panel.step));
    set("deduplicate", panel.dedup ? "1" : "0");
    set("partial_response", panel.partialResponse ? "1" : "0");
    if (panel.resolution) set("max_source_resolution", panel.resolution);
  });
  return `?${params}`;
}
