// Names and colours of series.
import type { HistogramValue, Labels } from "./api";

export function seriesName(metric: Labels): string {
  const { __name__: name = "", ...rest } = metric;
  const labels = Object.keys(rest).sort().map((label) => `${label}=${JSON.stringify(rest[label])}`);
  return labels.length > 0 || name === "" ? `${name}{${labels.join(", ")}}` : name;
}

// Far apart in hue whatever the number of series, and readable on light and dark.
export function seriesColour(index: number): string {
  return `hsl(${Math.round((index * 137.508 + 205) % 360)} 62% 48%)`;
}

export function histogramText(value: HistogramValue): string {
  return `count ${value.count}, sum ${value.sum}` + (value.buckets ? `, ${value.buckets.length} buckets` : "");
}
