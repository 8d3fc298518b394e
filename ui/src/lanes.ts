// Blocks over time: which rows they belong to, and which lane of its row each one takes.
import { Block } from "./api";
import { seriesName } from "./series";

export interface Lane { blocks: Block[] }
export interface Row { name: string; resolution: number; lanes: Lane[] }

export const resolutionOf = (block: Block) => block.thanos?.downsample?.resolution ?? 0;
export const resolutionName = (ms: number) => (ms === 0 ? "raw" : ms === 300000 ? "5m" : ms === 3600000 ? "1h" : `${ms} ms`);

function rowName(block: Block, label: string): string {
  const labels = block.thanos?.labels ?? {};
  return (label && labels[label]) || seriesName(labels);
}

// Blocks of a lane do not overlap: a block goes into the first lane that is free when it begins.
function placeInLanes(blocks: Block[]): Lane[] {
  const lanes: Lane[] = [];
  for (const block of [...blocks].sort((a, b) => a.minTime - b.minTime || b.maxTime - a.maxTime)) {
    const free = lanes.find((lane) => lane.blocks[lane.blocks.length - 1].maxTime <= block.minTime);
    if (free) free.blocks.push(block);
    else lanes.push({ blocks: [block] });
  }
  return lanes;
}

// A row for each group of external labels (or value of `label`) and resolution.
export function makeRows(blocks: Block[], label: string): Row[] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = `${rowName(block, label)}\0${String(resolutionOf(block)).padStart(9, "0")}`;
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => ({ name: key.split("\0")[0], resolution: resolutionOf(members[0]), lanes: placeInLanes(members) }));
}
