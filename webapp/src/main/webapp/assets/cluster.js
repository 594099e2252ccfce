/**
 * The map of the cluster: this server, the servers it asks and those that they ask. Video flows along the arrows, from left to
 * right where there is room, else downwards. Each arrow says whom an archive is asked from, each box how the server is.
 */

import { nameOf } from "./servers.js";

const SVG = "http://www.w3.org/2000/svg";
const BOX = { width: 172, height: 68 };
/** Between columns there is a label on the arrow; between rows, and boxes of a column, less is needed. */
const GAP = { label: 132, boxes: 24, rows: 64 };
const MARGIN = 6;
const LEAST_WIDTH = 104;
/** Average width of a letter of the name; names that are longer than the box are cut. */
const LETTER = 8;
const SMALL_LETTER = 6.6;

const element = (id) => document.getElementById(id);

export class ClusterMap {
  #servers;
  #shown = "";

  /** `servers` knows the colours. */
  constructor(servers) {
    this.#servers = servers;
  }

  /** Draws a map as the server gives it; nothing where there is one server only. */
  show(map, stream) {
    const section = element("cluster");
    section.hidden = map.sources.length === 0;
    const width = element("map").clientWidth;
    const state = JSON.stringify([map, width, stream?.path]);
    if (section.hidden || width === 0 || state === this.#shown) {
      return;
    }
    this.#shown = state;
    const graph = graphOf(map);
    element("map").replaceChildren(this.#draw(graph, width));
    element("in-use").textContent = inUse(map, stream);
    element("troubles").replaceChildren(
      ...map.sources.filter(({ why }) => why).map((source) => text("li", `${nameOf(source)} is ${source.state}: ${source.why}.`)),
    );
  }

  #draw(graph, width) {
    const layout = new Layout(graph, width);
    const picture = svg("svg", {
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      width: layout.width,
      height: layout.height,
      role: "img",
      "aria-label": spokenMap(graph),
    });
    picture.append(arrowHeads());
    graph.edges.forEach((edge) => picture.append(drawEdge(edge, layout)));
    graph.servers.forEach((server) => picture.append(this.#drawServer(server, layout)));
    graph.edges.forEach((edge) => picture.append(drawPolicy(edge, layout)));
    return picture;
  }

  #drawServer(server, layout) {
    const { x, y, width } = layout.box(server);
    const group = svg("g", { class: `server ${server.state}`, "data-server": server.name, "data-state": server.state });
    group.append(
      text("title", [server.name, server.address, server.why].filter(Boolean).join(" · "), SVG),
      svg("rect", { class: "box", x, y, width, height: BOX.height, rx: 8 }),
      svg("rect", { class: "stripe", x: x + 6, y: y + 8, width: 5, height: BOX.height - 16, rx: 2.5 }),
      svg("circle", { class: "lamp", cx: x + 25, cy: y + 37, r: 5 }),
      label("name", x + 19, y + 22, cut(server.name, width - 26, LETTER)),
      label("state", x + 36, y + 41, server.isHere ? "this server" : health(server)),
      label("address", x + 19, y + 58, cut(server.address ?? "", width - 24, SMALL_LETTER)),
    );
    group.querySelector(".stripe").style.fill = this.#servers.color(server.name);
    return group;
  }
}

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
  const near = (name) => servers.get(name).distance === 1;
  const between = edges.filter((edge) => near(edge.asker) && near(edge.source) && edge.asker !== edge.source);
  const askers = new Set(between.map((edge) => edge.asker));
  for (const edge of between) {
    if (!askers.has(edge.source)) {
      servers.get(edge.source).distance = 2;
    }
  }
}

/** Where the boxes are: one line of them for each distance, the farthest first, this server last. */
class Layout {
  #boxes = new Map();

  constructor({ servers }, available) {
    const farthest = Math.max(...servers.map(({ distance }) => distance));
    const lines = Array.from({ length: farthest + 1 }, (_, index) =>
      servers.filter(({ distance }) => distance === farthest - index),
    ).filter((line) => line.length > 0);
    this.across = lines.length * BOX.width + (lines.length - 1) * GAP.label + 2 * MARGIN <= available;
    if (this.across) {
      this.#columns(lines);
    } else {
      this.#rows(lines, available);
    }
  }

  #columns(lines) {
    const most = Math.max(...lines.map((line) => line.length));
    const step = BOX.height + GAP.boxes;
    this.width = lines.length * BOX.width + (lines.length - 1) * GAP.label + 2 * MARGIN;
    this.height = most * step - GAP.boxes + 2 * MARGIN;
    lines.forEach((line, column) =>
      line.forEach((server, row) => {
        const x = MARGIN + column * (BOX.width + GAP.label);
        const y = MARGIN + ((most - line.length) / 2 + row) * step;
        this.#boxes.set(server.name, { x, y, width: BOX.width });
      }),
    );
  }

  #rows(lines, available) {
    const most = Math.max(...lines.map((line) => line.length));
    const room = Math.max(available - 2 * MARGIN, most * (LEAST_WIDTH + GAP.boxes / 2));
    const width = Math.min(BOX.width, (room + GAP.boxes / 2) / most - GAP.boxes / 2);
    this.width = room + 2 * MARGIN;
    this.height = lines.length * (BOX.height + GAP.rows) - GAP.rows + 2 * MARGIN;
    lines.forEach((line, row) =>
      line.forEach((server, index) => {
        const place = room / line.length;
        const x = MARGIN + index * place + (place - width) / 2;
        this.#boxes.set(server.name, { x, y: MARGIN + row * (BOX.height + GAP.rows), width });
      }),
    );
  }

  box(server) {
    return this.#boxes.get(server.name);
  }

  /** The way from a source to the one that asks it: where it begins and ends, and which way it leaves there. */
  way({ source, asker }) {
    const from = this.#boxes.get(source);
    const to = this.#boxes.get(asker);
    const ahead = this.across ? from.x < to.x : from.y < to.y;
    if (!ahead) {
      return this.#wayBack(from, to);
    }
    const middle = (box) => box.y + BOX.height / 2;
    return this.across
      ? { from: [from.x + from.width, middle(from)], to: [to.x - 3, middle(to)], bend: [(to.x - from.x - from.width) / 2, 0] }
      : {
          from: [from.x + from.width / 2, from.y + BOX.height],
          to: [to.x + to.width / 2, to.y - 3],
          bend: [0, (to.y - from.y - BOX.height) / 2],
        };
  }

  /** Between two of one line, or against the stream: around the outside. */
  #wayBack(from, to) {
    return this.across
      ? { from: [from.x + from.width * 0.7, from.y], to: [to.x + to.width * 0.7, to.y + BOX.height + 3], bend: [46, 0], isBack: true }
      : { from: [from.x, from.y + BOX.height * 0.7], to: [to.x + to.width + 3, to.y + BOX.height * 0.7], bend: [0, 34], isBack: true };
  }
}

function controls({ from, to, bend: [x, y], isBack }) {
  return isBack
    ? [from[0] + x, from[1] + y, to[0] + x, to[1] + y]
    : [from[0] + x, from[1] + y, to[0] - x, to[1] - y];
}

function drawEdge(edge, layout) {
  const way = layout.way(edge);
  const d = `M ${way.from.join(" ")} C ${controls(way).join(" ")} ${way.to.join(" ")}`;
  const head = edge.current ? "head-in-use" : "head";
  return svg("path", { class: `edge ${edge.state} ${edge.current ? "in-use" : ""}`, d, "marker-end": `url(#${head})` });
}

/** The policy stands where the arrow has half its way behind it. */
function drawPolicy(edge, layout) {
  const way = layout.way(edge);
  const [x1, y1, x2, y2] = controls(way);
  const x = (way.from[0] + 3 * x1 + 3 * x2 + way.to[0]) / 8;
  const y = (way.from[1] + 3 * y1 + 3 * y2 + way.to[1]) / 8;
  const words = edge.current ? `${edge.policy} · in use` : edge.policy;
  const width = words.length * SMALL_LETTER + 16;
  const group = svg("g", {
    class: `policy ${edge.current ? "in-use" : ""}`,
    "data-asker": edge.asker,
    "data-source": edge.source,
    "data-policy": edge.policy,
    "data-current": edge.current,
  });
  const caption = label("", x, y + 4, words);
  caption.setAttribute("text-anchor", "middle");
  group.append(svg("rect", { x: x - width / 2, y: y - 11, width, height: 22, rx: 11 }), caption);
  return group;
}

function arrowHeads() {
  const heads = svg("defs", {});
  for (const id of ["head", "head-in-use"]) {
    const head = svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" });
    head.setAttribute("markerUnits", "userSpaceOnUse");
    head.setAttribute("markerWidth", 10);
    head.setAttribute("markerHeight", 10);
    head.append(svg("path", { class: id, d: "M 0 0 L 8 4 L 0 8 z" }));
    heads.append(head);
  }
  return heads;
}

const health = ({ state, rtt }) => (state === "up" && rtt !== undefined ? `up · ${rtt} ms` : state);

const cut = (words, width, letter) => {
  const most = Math.max(Math.floor(width / letter), 3);
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
};

function inUse({ sources }, stream) {
  const current = sources.find((source) => source.current);
  if (!stream) {
    return "";
  }
  const name = `${stream.app}/${stream.name}`;
  return current ? `${name} is asked of ${nameOf(current)}.` : `For ${name} no source is in use.`;
}

function spokenMap({ servers, edges }) {
  const stateOf = new Map(servers.map(({ name, state }) => [name, state]));
  const one = ({ asker, source, policy, current }) =>
    `${asker} asks ${source} (${stateOf.get(source)}, ${policy}${current ? ", in use" : ""})`;
  return `Map of the cluster: ${edges.map(one).join("; ")}`;
}

function svg(name, attributes) {
  const node = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  return node;
}

function label(kind, x, y, words) {
  const node = svg("text", { class: kind, x, y });
  node.textContent = words;
  return node;
}

function text(name, words, namespace = "http://www.w3.org/1999/xhtml") {
  const node = document.createElementNS(namespace, name);
  node.textContent = words;
  return node;
}
