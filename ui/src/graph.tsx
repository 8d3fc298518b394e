// A range result as lines, with uPlot. Dragging selects a time range; the legend below switches series on and off.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Series } from "./api";
import { seriesColour, seriesName } from "./series";

const SERIES_MAX = 1000; // more lines tell nothing and stall the browser

interface Lines {
  names: string[];
  data: uPlot.AlignedData;
}

// One x axis for all series: every step of the query; null where a series has no sample, so that gaps stay gaps.
function toLines(series: Series[], start: number, end: number, step: number): Lines {
  const count = Math.floor((end - start) / step + 1e-6) + 1;
  const xs = Array.from({ length: count }, (_, i) => start + i * step);
  const lines = series.map((one) => {
    const ys: (number | null)[] = new Array(count).fill(null);
    for (const [time, text] of one.values ?? []) {
      const value = Number(text.replace("Inf", "Infinity"));
      if (Number.isFinite(value)) ys[Math.round((time - start) / step)] = value;
    }
    for (const [time, histogram] of one.histograms ?? []) {
      const mean = Number(histogram.sum) / Number(histogram.count);
      if (Number.isFinite(mean)) ys[Math.round((time - start) / step)] = mean;
    }
    return ys;
  });
  return { names: series.map((one) => seriesName(one.metric)), data: [xs, ...lines] as uPlot.AlignedData };
}

export function formatValue(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) return value.toExponential(3);
  for (const [limit, suffix] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]] as const) {
    const scale = suffix === "k" ? 1e3 : limit;
    if (size >= limit) return `${Number((value / scale).toPrecision(5))}${suffix}`;
  }
  return String(Number(value.toPrecision(6)));
}

export function Graph(props: { series: Series[]; start: number; end: number; step: number; onSelect: (from: number, to: number) => void }) {
  const shown = props.series.slice(0, SERIES_MAX);
  const lines = useMemo(() => toLines(shown, props.start, props.end, props.step), [props.series, props.start, props.end, props.step]);
  const [hidden, setHidden] = useState<Set<number>>(new Set());
  const [hover, setHover] = useState<{ index: number | null; series: number | null }>({ index: null, series: null });
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();

  useEffect(() => setHidden(new Set()), [lines]);

  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const axis = { stroke: style.getPropertyValue("--muted"), grid: { stroke: style.getPropertyValue("--line"), width: 1 }, ticks: { stroke: style.getPropertyValue("--line"), width: 1 } };
    const width = () => host.current!.clientWidth;
    plot.current = new uPlot(
      {
        width: width(),
        height: 380,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        scales: { x: { min: props.start, max: props.end, time: true } },
        legend: { show: false },
        cursor: { focus: { prox: 24 }, drag: { x: true, y: false, setScale: false } },
        focus: { alpha: 0.35 },
        axes: [axis, { ...axis, size: 72, values: (_, ticks) => ticks.map(formatValue) }],
        series: [
          {},
          ...lines.names.map((label, i) => ({ label, stroke: seriesColour(i), width: 1.5, points: { show: isSparse(lines.data[i + 1]), size: 4 } })),
        ],
        hooks: {
          setSelect: [(u) => u.select.width > 4 && props.onSelect(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"))],
          setCursor: [(u) => setHover((old) => ({ ...old, index: u.cursor.idx ?? null }))],
          setSeries: [(_, index) => setHover((old) => ({ ...old, series: index == null ? null : index - 1 }))],
        },
      },
      lines.data,
      host.current!,
    );
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: width(), height: 380 }));
    resize.observe(host.current!);
    return () => (resize.disconnect(), plot.current?.destroy());
  }, [lines]);

  const toggle = (index: number, only: boolean) => {
    const next = new Set(hidden);
    if (only) {
      const alone = hidden.size === lines.names.length - 1 && !hidden.has(index);
      next.clear();
      if (!alone) lines.names.forEach((_, i) => i !== index && next.add(i));
    } else if (!next.delete(index)) {
      next.add(index);
    }
    plot.current?.batch(() => lines.names.forEach((_, i) => plot.current!.setSeries(i + 1, { show: !next.has(i) })));
    setHidden(next);
  };

  return (
    <div class="graph">
      {props.series.length > SERIES_MAX && <p class="note">Drawing the first {SERIES_MAX} of {props.series.length} series; narrow the expression to see the others.</p>}
      <div ref={host} />
      <p class="hint">{hover.index == null ? "Drag to zoom in. Click a series to see it alone, with Ctrl to switch it off." : new Date((lines.data[0][hover.index] as number) * 1000).toISOString().replace("T", " ").slice(0, 19)}</p>
      <ul class="legend">
        {lines.names.map((name, i) => (
          <li key={name} class={(hidden.has(i) ? "off" : "") + (hover.series === i ? " focus" : "")} onClick={(event) => toggle(i, !(event.ctrlKey || event.metaKey))}>
            <span class="swatch" style={{ background: seriesColour(i) }} />
            <span class="name">{name}</span>
            {hover.index != null && lines.data[i + 1][hover.index] != null && <b>{formatValue(lines.data[i + 1][hover.index] as number)}</b>}
          </li>
        ))}
      </ul>
    </div>
  );
}

// A line through one sample is invisible: such series get dots.
function isSparse(values: ArrayLike<number | null | undefined>): boolean {
  for (let i = 0; i < values.length; i++) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) return true;
  }
  return false;
}
