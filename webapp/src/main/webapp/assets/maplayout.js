/**
 * Where everything on the map of the cluster stands: in columns where there is room, as a tree on a narrow screen. Both give `width`,
 * `height`, `boxes` ({server, x, y, width}) and `arrows` ({edge, path, x, y}: the middle of the policy's caption, or {edge, path, right, y}:
 * its right end); video flows along the arrows, to this server.
 */

import { nameOf } from "./servers.js";

export const BOX_HEIGHT = 68;

const MARGIN = 6;
const COLUMN = { width: 172, gap: 152, step: BOX_HEIGHT + 24 };
const TREE = { indent: 30, step: BOX_HEIGHT + 16, most: 420 };
/** Arrows that end at one box are so far from each other there. */
const END_STEP = 14;
/** So far before a box an arrow ends. */
const HEAD = 3;

/** Servers by name, each at its distance from this one, and who asks whom. */
export function graphOf({ node, sources }) {
  const servers = new Map([[node, { name: node, state: "here", isHere: true, distance: 0 }]]);
  const edges = [];
  const add = (asker, source, distance) => {
    const name = nameOf(source);
    if (!servers.has(name)) {
      const { address, state, why, rtt_millis: rtt } = source;
      servers.set(name, { name, address, state, why, rtt, distance });
    }
    edges.push({ asker, source: name, policy: source.policy, state: source.state, current: source.current === true });
  };
  sources.forEach((source) => add(node, source, 1));
  sources.forEach((source) => source.sources.forEach((behind) => add(nameOf(source), behind, 2)));
  moveBehind(servers, edges);
  return { servers: [...servers.values()], edges };
}

/** A source that others ask as well, and that asks none of them, stands behind them. */
function moveBehind(servers, edges) {
  const isNear = (name) => servers.get(name).distance === 1;
  const between = edges.filter((edge) => isNear(edge.asker) && isNear(edge.source) && edge.asker !== edge.source);
  const askers = new Set(between.map((edge) => edge.asker));
  for (const edge of between) {
    if (!askers.has(edge.source)) {
      servers.get(edge.source).distance = 2;
    }
  }
}

export function layoutOf(graph, available) {
  const farthest = Math.max(...graph.servers.map(({ distance }) => distance));
  const width = (farthest + 1) * COLUMN.width + farthest * COLUMN.gap + 2 * MARGIN;
  return width <= available ? columns(graph, farthest, width) : tree(graph, available);
}

/** The farthest servers first, this one last. */
function columns({ servers, edges }, farthest, width) {
  const lines = Array.from({ length: farthest + 1 }, (_, index) =>
    servers.filter(({ distance }) => distance === farthest - index),
  );
  const most = Math.max(...lines.map((line) => line.length));
  const boxes = lines.flatMap((line, column) =>
    line.map((server, row) => ({
      server,
      x: MARGIN + column * (COLUMN.width + COLUMN.gap),
      y: MARGIN + ((most - line.length) / 2 + row) * COLUMN.step,
      width: COLUMN.width,
    })),
  );
  const height = most * COLUMN.step - (COLUMN.step - BOX_HEIGHT) + 2 * MARGIN;
  const byName = new Map(boxes.map((box) => [box.server.name, box]));
  return { width, height, boxes, arrows: edges.map((edge) => columnArrow(edge, edges, byName)) };
}

function columnArrow(edge, edges, boxes) {
  const from = boxes.get(edge.source);
  const to = boxes.get(edge.asker);
  if (from.x >= to.x) {
    return arrowAround(edge, from, to);
  }
  const ends = edges
    .filter(({ asker, source }) => asker === edge.asker && boxes.get(source).x < to.x)
    .sort((a, b) => boxes.get(a.source).y - boxes.get(b.source).y);
  const step = Math.min(END_STEP, (BOX_HEIGHT - 2 * END_STEP) / ends.length);
  const aside = (ends.indexOf(edge) - (ends.length - 1) / 2) * step;
  const bend = (to.x - from.x - from.width) / 2;
  const points = [
    [from.x + from.width, from.y + BOX_HEIGHT / 2],
    [from.x + from.width + bend, from.y + BOX_HEIGHT / 2],
    [to.x - bend, to.y + BOX_HEIGHT / 2 + aside],
    [to.x - HEAD, to.y + BOX_HEIGHT / 2 + aside],
  ];
  return curve(edge, points);
}

/** Between two of one column, or against the stream: by the right sides. */
function arrowAround(edge, from, to) {
  const right = Math.max(from.x + from.width, to.x + to.width) + COLUMN.gap / 2;
  const aside = from.y < to.y ? -END_STEP : END_STEP;
  return curve(edge, [
    [from.x + from.width, from.y + BOX_HEIGHT / 2 - aside],
    [right, from.y + BOX_HEIGHT / 2],
    [right, to.y + BOX_HEIGHT / 2],
    [to.x + to.width + HEAD, to.y + BOX_HEIGHT / 2 + aside],
  ]);
}

/** A cubic curve; its caption stands half way. */
function curve(edge, [start, first, second, end]) {
  const half = (axis) => (start[axis] + 3 * first[axis] + 3 * second[axis] + end[axis]) / 8;
  return { edge, path: `M ${start} C ${first} ${second} ${end}`, x: half(0), y: half(1) };
}

/** This server on top, below each server those that it asks; one that several ask is there several times. */
function tree({ servers, edges }, available) {
  const known = new Map(servers.map((server) => [server.name, server]));
  const width = Math.min(available, TREE.most);
  const boxes = [];
  const arrows = [];
  const add = (name, depth, edge, above) => {
    const x = MARGIN + depth * TREE.indent;
    const box = { server: known.get(name), x, y: MARGIN + boxes.length * TREE.step, width: width - x - MARGIN };
    boxes.push(box);
    if (edge) {
      arrows.push(treeArrow(edge, box, above));
    }
    if (depth < 2) {
      edges.filter(({ asker }) => asker === name).forEach((next) => add(next.source, depth + 1, next, box));
    }
  };
  add(servers[0].name, 0, null, null);
  return { width, height: boxes.length * TREE.step - (TREE.step - BOX_HEIGHT) + 2 * MARGIN, boxes, arrows };
}

function treeArrow(edge, box, above) {
  const rail = above.x + TREE.indent / 2;
  const middle = box.y + BOX_HEIGHT / 2;
  const path = `M ${box.x} ${middle} H ${rail + 8} Q ${rail} ${middle} ${rail} ${middle - 8} V ${above.y + BOX_HEIGHT + HEAD}`;
  return { edge, path, right: box.x + box.width - 8, y: box.y + 18 };
}
