// One expression with its controls and its answer.
import { useEffect, useRef, useState } from "preact/hooks";
import { Answer, QueryData, Series, queryInstant, queryRange } from "./api";
import { Editor } from "./editor";
import { Graph } from "./graph";
import { Table } from "./table";
import { formatDuration, fromInput, narrowerRange, parseDuration, toInput, widerRange } from "./time";
import type { PanelState } from "./url";

interface Shown {
  answer: Answer<QueryData>;
  tab: "graph" | "table";
  start: number;
  end: number;
  step: number;
  seconds: number;
}

export function Panel(props: { state: PanelState; onChange: (state: PanelState) => void; onRemove?: () => void }) {
  const { state } = props;
  const [shown, setShown] = useState<Shown | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>();
  const change = (part: Partial<PanelState>) => props.onChange({ ...state, ...part });

  const run = async () => {
    running.current?.abort();
    if (!state.expr.trim()) return;
    const abort = (running.current = new AbortController());
    const end = state.end ?? Date.now() / 1000;
    const step = state.step ?? Math.max(Math.floor(state.range / 250), 1);
    const start = end - state.range;
    const began = performance.now();
    setBusy(true);
    setError("");
    try {
      const options = { dedup: state.dedup, partialResponse: state.partialResponse, resolution: state.resolution };
      const answer =
        state.tab === "graph"
          ? await queryRange(state.expr, start, end, step, options, abort.signal)
          : await queryInstant(state.expr, end, options, abort.signal);
      setShown({ answer, tab: state.tab, start, end, step, seconds: (performance.now() - began) / 1000 });
    } catch (failure) {
      if (abort.signal.aborted) return;
      setShown(null);
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      if (running.current === abort) setBusy(false);
    }
  };

  // Everything but typing runs the query at once.
  useEffect(() => void run(), [state.tab, state.range, state.end, state.step, state.dedup, state.partialResponse, state.resolution]);
  useEffect(() => () => running.current?.abort(), []);

  const rows = shown && Array.isArray(shown.answer.data.result) ? shown.answer.data.result.length : 0;
  return (
    <section class="panel">
      <div class="row">
        <Editor value={state.expr} onChange={(expr) => change({ expr })} onRun={run} />
        <button class="primary" onClick={run} disabled={!state.expr.trim()}>{busy ? "Running…" : "Execute"}</button>
        {props.onRemove && <button class="quiet" title="Remove this panel" onClick={props.onRemove}>✕</button>}
      </div>
      <div class="row controls">
        <div class="tabs" role="tablist">
          {(["graph", "table"] as const).map((tab) => (
            <button key={tab} role="tab" aria-selected={state.tab === tab} class={state.tab === tab ? "active" : ""} onClick={() => change({ tab })}>{tab === "graph" ? "Graph" : "Table"}</button>
          ))}
        </div>
        {state.tab === "graph" && <RangeInput range={state.range} onChange={(range) => change({ range })} />}
        <EndInput end={state.end} range={state.range} onChange={(end) => change({ end })} />
        {state.tab === "graph" && (
          <label>Step <input size={6} placeholder={formatDuration(Math.max(Math.floor(state.range / 250), 1))} value={state.step == null ? "" : formatDuration(state.step)} onChange={(event) => change({ step: parseDuration(event.currentTarget.value) })} /></label>
        )}
        <label><input type="checkbox" checked={state.dedup} onChange={() => change({ dedup: !state.dedup })} /> De-duplicate</label>
        <label><input type="checkbox" checked={state.partialResponse} onChange={() => change({ partialResponse: !state.partialResponse })} /> Partial response</label>
        <label>Resolution{" "}
          <select value={state.resolution} onChange={(event) => change({ resolution: event.currentTarget.value })}>
            <option value="">default</option>
            <option value="auto">auto</option>
            <option value="0s">raw</option>
            <option value="5m">5 minutes</option>
            <option value="1h">1 hour</option>
          </select>
        </label>
        {shown && <span class="stats">{shown.seconds.toFixed(2)} s · {rows} series{shown.tab === "graph" ? ` · step ${formatDuration(shown.step)}` : ""}</span>}
      </div>
      {error && <p class="error" role="alert">{error}</p>}
      {shown?.answer.warnings.map((text) => <p class="warning" key={text}>{text}</p>)}
      {shown?.answer.infos.map((text) => <p class="note" key={text}>{text}</p>)}
      {shown && shown.tab === "table" && <Table data={shown.answer.data} />}
      {shown && shown.tab === "graph" && rows > 0 && (
        <Graph series={shown.answer.data.result as Series[]} start={shown.start} end={shown.end} step={shown.step} onSelect={(from, to) => change({ end: Math.ceil(to), range: Math.max(Math.ceil(to - from), 10) })} />
      )}
      {shown && shown.tab === "graph" && rows === 0 && <p class="note">Empty result: no series matches in this range.</p>}
      {!shown && !error && !busy && <p class="note">No answer yet: write an expression and press Enter.</p>}
    </section>
  );
}

function RangeInput(props: { range: number; onChange: (range: number) => void }) {
  return (
    <span class="group">
      <button title="Shorter range" onClick={() => props.onChange(narrowerRange(props.range))}>−</button>
      <input size={6} aria-label="Range" value={formatDuration(props.range)} onChange={(event) => props.onChange(parseDuration(event.currentTarget.value) ?? props.range)} />
      <button title="Longer range" onClick={() => props.onChange(widerRange(props.range))}>+</button>
    </span>
  );
}

function EndInput(props: { end: number | null; range: number; onChange: (end: number | null) => void }) {
  const moved = (by: number) => props.onChange(Math.round((props.end ?? Date.now() / 1000) + by));
  return (
    <span class="group">
      <button title="Earlier" onClick={() => moved(-props.range / 2)}>‹</button>
      <input type="datetime-local" step="1" aria-label="End time, UTC" title="End time, UTC; empty means now" value={props.end == null ? "" : toInput(props.end)} onChange={(event) => props.onChange(fromInput(event.currentTarget.value))} />
      <button title="Later" onClick={() => moved(props.range / 2)}>›</button>
      {props.end != null && <button onClick={() => props.onChange(null)}>now</button>}
    </span>
  );
}
