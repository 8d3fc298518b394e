// The HTTP API as this page uses it. Paths are relative, so that the page works behind any prefix.

export type Labels = Record<string, string>;
export type Sample = [number, string];
export interface HistogramValue {
  count: string;
  sum: string;
  buckets?: [number, string, string, string][];
}
export interface Series {
  metric: Labels;
  value?: Sample;
  values?: Sample[];
  histogram?: [number, HistogramValue];
  histograms?: [number, HistogramValue][];
}
export interface QueryData {
  resultType: "vector" | "matrix" | "scalar" | "string";
  result: Series[] | Sample;
}
export interface Answer<T> {
  data: T;
  warnings: string[];
  infos: string[];
}
export interface Endpoint {
  name: string;
  lastCheck: string;
  lastError: string | null;
  labelSets: Labels[];
  minTime: number;
  maxTime: number;
}

export class ApiError extends Error {}

async function call<T>(path: string, params: URLSearchParams, signal?: AbortSignal): Promise<Answer<T>> {
  const reply = await fetch(`api/v1/${path}`, { method: "POST", body: params, signal });
  return read<T>(reply);
}

async function read<T>(reply: Response): Promise<Answer<T>> {
  let body;
  try {
    body = await reply.json();
  } catch {
    throw new ApiError(`the server answered ${reply.status} ${reply.statusText} without JSON`);
  }
  if (body.status !== "success") throw new ApiError(`${body.errorType}: ${body.error}`);
  return { data: body.data, warnings: body.warnings ?? [], infos: body.infos ?? [] };
}

export interface QueryOptions {
  dedup: boolean;
  partialResponse: boolean;
  resolution: string;
}

function withOptions(params: URLSearchParams, options: QueryOptions): URLSearchParams {
  params.set("dedup", String(options.dedup));
  params.set("partial_response", String(options.partialResponse));
  if (options.resolution) params.set("max_source_resolution", options.resolution);
  return params;
}

export function queryInstant(query: string, time: number, options: QueryOptions, signal: AbortSignal) {
  return call<QueryData>("query", withOptions(new URLSearchParams({ query, time: String(time) }), options), signal);
}

export function queryRange(query: string, start: number, end: number, step: number, options: QueryOptions, signal: AbortSignal) {
  const params = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
  return call<QueryData>("query_range", withOptions(params, options), signal);
}

export async function endpoints(): Promise<Record<string, Endpoint[]>> {
  return (await read<Record<string, Endpoint[]>>(await fetch("api/v1/stores"))).data;
}

export async function version(): Promise<string> {
  return (await read<{ version: string }>(await fetch("api/v1/status/buildinfo"))).data.version;
}

export interface Block {
  ulid: string;
  minTime: number;
  maxTime: number;
  stats?: { numSamples?: number; numSeries?: number; numChunks?: number };
  compaction: { level: number; sources?: string[]; parents?: { ulid: string }[]; failed?: boolean };
  thanos?: { labels?: Labels; downsample?: { resolution: number }; source?: string; files?: { rel_path: string; size_bytes?: number }[] };
}
export interface Blocks {
  label: string;
  blocks: Block[] | null;
  refreshedAt: string;
  err: string | null;
}

export async function blocks(view: "global" | "loaded"): Promise<Blocks> {
  return (await read<Blocks>(await fetch(`api/v1/blocks${view === "loaded" ? "?view=loaded" : ""}`))).data;
}

export type BlockAction = "DELETION" | "NO_COMPACTION";

export async function markBlock(id: string, action: BlockAction, detail: string): Promise<void> {
  const reply = await fetch("api/v1/blocks/mark", { method: "POST", body: new URLSearchParams({ id, action, detail }) });
  if (!reply.ok) throw new ApiError((await reply.json().catch(() => null))?.error ?? `HTTP ${reply.status}`);
}
