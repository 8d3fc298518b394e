// Durations and times as people type and read them.

const UNITS: [string, number][] = [["y", 31536000], ["w", 604800], ["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

// Seconds of "1h30m", "90s" or "2w"; null if it is none.
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(y|w|d|h|m|s))+$/.test(trimmed)) return null;
  let total = 0;
  for (const [, count, , unit] of trimmed.matchAll(/(\d+(\.\d+)?)(y|w|d|h|m|s)/g)) {
    total += Number(count) * (UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return total > 0 ? total : null;
}

export function formatDuration(seconds: number): string {
  let left = Math.round(seconds);
  let text = "";
  for (const [unit, size] of UNITS) {
    if (left >= size && (unit !== "w" && unit !== "y" || left % size === 0)) {
      text += Math.floor(left / size) + unit;
      left %= size;
    }
  }
  return text || "0s";
}

const LADDER = [60, 300, 900, 1800, 3600, 7200, 21600, 43200, 86400, 172800, 604800, 1209600, 2419200, 4838400, 15724800, 31536000, 63072000];

export function widerRange(seconds: number): number {
  return LADDER.find((step) => step > seconds) ?? seconds * 2;
}

export function narrowerRange(seconds: number): number {
  return [...LADDER].reverse().find((step) => step < seconds) ?? seconds;
}

// For an <input type="datetime-local">, in UTC.
export function toInput(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

export function fromInput(text: string): number | null {
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) ? null : ms / 1000;
}

export function formatTime(ms: number): string {
  if (ms > 8.64e15 || ms >= 9223372036854775000) return "now";
  if (ms <= -62135596800000) return "the beginning";
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19);
}
