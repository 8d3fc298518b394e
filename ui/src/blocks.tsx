// The blocks of a bucket over time.
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Block, BlockAction, Blocks, blocks as loadBlocks, markBlock } from "./api";
import { makeRows, resolutionName, resolutionOf, Row } from "./lanes";
import { seriesName } from "./series";
import { formatDuration, formatTime } from "./time";

const REFRESH_MS = 60000;
const WIDTH = 1400, LANE = 16;
const CLASSES: Record<number, string> = { 0: "raw", 300000: "five-minutes", 3600000: "one-hour" };

const view = location.pathname.endsWith("/loaded") ? "loaded" : "global";

function bytesOf(block: Block): number {
  return (block.thanos?.files ?? []).reduce((sum, file) => sum + (file.size_bytes ?? 0), 0);
}

function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)) : 0;
  return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}

function Timeline({ row, from, to, chosen, choose }: { row: Row; from: number; to: number; chosen: Block | null; choose: (block: Block) => void }) {
  const x = (time: number) => ((time - from) / Math.max(to - from, 1)) * WIDTH;
  return (
    <svg class="timeline" viewBox={`0 0 ${WIDTH} ${row.lanes.length * LANE}`} role="img" aria-label={`Blocks of ${row.name}`}>
      {row.lanes.map((lane, at) => lane.blocks.map((block) => (
        <rect
          key={block.ulid}
          class={`${CLASSES[row.resolution] ?? "raw"}${block.ulid === chosen?.ulid ? " chosen" : ""}`}
          x={x(block.minTime)} width={Math.max(x(block.maxTime) - x(block.minTime), 2)}
          y={at * LANE + 1} height={LANE - 2} rx="2"
          opacity={Math.min(0.45 + 0.15 * block.compaction.level, 1)}
          onClick={() => choose(block)}
        >
          <title>{`${block.ulid}\n${formatTime(block.minTime)} to ${formatTime(block.maxTime)}, level ${block.compaction.level}`}</title>
        </rect>
      )))}
    </svg>
  );
}

function Axis({ from, to }: { from: number; to: number }) {
  const ticks = Array.from({ length: 8 }, (_, i) => from + ((to - from) * i) / 7);
  return (
    <svg class="timeline" viewBox={`0 0 ${WIDTH} 16`}>
      {ticks.map((time, i) => (
        <text key={time} x={(WIDTH * i) / 7} y="12" text-anchor={i === 0 ? "start" : i === 7 ? "end" : "middle"}>{formatTime(Math.round(time))}</text>
      ))}
    </svg>
  );
}

function Details({ block, done }: { block: Block; done: () => void }) {
  const [error, setError] = useState("");
  const mark = (action: BlockAction, what: string) => {
    const detail = prompt(`${what} ${block.ulid}. Why?`);
    if (detail === null) return;
    markBlock(block.ulid, action, detail).then(done, (failure) => setError(String(failure.message ?? failure)));
  };
  const facts: [string, string][] = [
    ["Labels", seriesName(block.thanos?.labels ?? {})],
    ["From (UTC)", formatTime(block.minTime)],
    ["To", `${formatTime(block.maxTime)} (${formatDuration((block.maxTime - block.minTime) / 1000)})`],
    ["Resolution", resolutionName(resolutionOf(block))],
    ["Level", `${block.compaction.level}, of ${block.compaction.sources?.length ?? 0} sources`],
    ["Made by", block.thanos?.source ?? ""],
    ["Series", (block.stats?.numSeries ?? 0).toLocaleString("en")],
    ["Samples", (block.stats?.numSamples ?? 0).toLocaleString("en")],
    ["Chunks", (block.stats?.numChunks ?? 0).toLocaleString("en")],
    ["Size", formatBytes(bytesOf(block))],
  ];
  return (
    <section class="panel" id="details">
      <h2>{block.ulid}</h2>
      {error && <p class="error" role="alert">{error}</p>}
      <table><tbody>{facts.map(([name, value]) => <tr key={name}><th>{name}</th><td>{value}</td></tr>)}</tbody></table>
      <p class="row">
        <button onClick={() => mark("NO_COMPACTION", "Leave out of compaction")}>Mark: no compaction</button>
        <button onClick={() => mark("DELETION", "Delete")}>Mark: deletion</button>
        <button onClick={() => navigator.clipboard.writeText(JSON.stringify(block, null, 2))}>Copy meta.json</button>
      </p>
    </section>
  );
}

function Page() {
  const [data, setData] = useState<Blocks | null>(null);
  const [error, setError] = useState("");
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<Block | null>(null);
  const load = () => { loadBlocks(view).then((answer) => (setData(answer), setError("")), (failure) => setError(String(failure.message ?? failure))); };
  useEffect(() => {
    load();
    const timer = setInterval(load, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);

  const all = data?.blocks ?? [];
  const found = all.filter((block) => `${block.ulid} ${seriesName(block.thanos?.labels ?? {})}`.includes(search));
  const from = Math.min(...found.map((block) => block.minTime)), to = Math.max(...found.map((block) => block.maxTime));
  return (
    <>
      <header><h1>Varve</h1><nav><a class={view === "global" ? "active" : ""} href="blocks">All blocks</a><a class={view === "loaded" ? "active" : ""} href="loaded">In use</a></nav></header>
      <main>
        {error && <p class="error" role="alert">{error}</p>}
        {data?.err && <p class="warning" role="alert">The last listing failed, this is the one before: {data.err}</p>}
        <section class="panel">
          <div class="row controls">
            <label>Search <input value={search} placeholder="id or label" onInput={(event) => setSearch(event.currentTarget.value)} /></label>
            <span>{found.length} of {all.length} blocks, {formatBytes(found.reduce((sum, block) => sum + bytesOf(block), 0))}</span>
            {data && <span class="stats">listed {formatTime(Date.parse(data.refreshedAt))}</span>}
          </div>
          {found.length === 0 ? <p class="note">{data ? "No blocks." : "Loading…"}</p> : <Axis from={from} to={to} />}
          {makeRows(found, data?.label ?? "").map((row) => (
            <div key={`${row.name} ${row.resolution}`}>
              <div class="block-group">{row.name} <b>{resolutionName(row.resolution)}</b></div>
              <Timeline row={row} from={from} to={to} chosen={chosen} choose={setChosen} />
            </div>
          ))}
        </section>
        {chosen && <Details block={chosen} done={load} />}
      </main>
    </>
  );
}

render(<Page />, document.getElementById("app")!);
