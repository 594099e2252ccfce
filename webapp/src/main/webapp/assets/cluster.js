/**
 * The map of the cluster: this server, the servers it asks and those that they ask. Each box says how the server is, each arrow whom
 * an archive is asked from there; the source in use stands out.
 */

import { BOX_HEIGHT, graphOf, layoutOf } from "./maplayout.js";
import { nameOf } from "./servers.js";

const SVG = "http://www.w3.org/2000/svg";
/** Average widths of letters, by which names that are longer than their box are cut. */
const LETTER = 8;
const SMALL_LETTER = 6.6;

const element = (id) => document.getElementById(id);

const troubleOf = (source) => `${nameOf(source)} is ${source.state}: ${source.why}.`;

/** What hides streams: sources that are not asked or do not answer, here and behind those that do; a sentence each. */
export function hiding({ sources }) {
  const here = sources.filter(({ state }) => state !== "up" && state !== "ignored").map(troubleOf);
  const behind = sources.flatMap((source) =>
    source.sources
      .filter(({ state }) => source.policy === "chain" && source.state === "up" && state !== "up" && state !== "ignored")
      .map((one) => `${nameOf(one)}, a source of ${nameOf(source)}, is ${one.state}.`),
  );
  return [...here, ...behind];
}

export class ClusterMap {
  #servers;
  #shown = "";

  /** `servers` knows the colours. */
  constructor(servers) {
    this.#servers = servers;
  }

  /** Draws a map as the server gives it, for the stream whose source in use it names; nothing where there is one server only. */
  show(map, stream) {
    element("cluster").hidden = map.sources.length === 0;
    const width = element("map").clientWidth;
    const state = JSON.stringify([map, width, stream?.path]);
    if (width === 0 || state === this.#shown) {
      return;
    }
    this.#shown = state;
    element("map").replaceChildren(this.#draw(graphOf(map), width));
    element("in-use").textContent = [inUse(map, stream), hitRatio(map)].join(" ").trim();
    element("troubles").replaceChildren(
      ...(map.troubles ?? []).map((sentence) => textNode("li", `${sentence}.`)),
      ...map.sources.filter(({ why }) => why).map((source) => textNode("li", troubleOf(source))),
    );
  }

  #draw(graph, available) {
    const { width, height, boxes, arrows } = layoutOf(graph, available);
    const picture = svg("svg", { width, height, role: "img", "aria-label": spoken(graph) });
    const inOrder = arrows.sort((a, b) => a.edge.current - b.edge.current);
    picture.append(
      arrowHeads(),
      ...inOrder.map(drawArrow),
      ...boxes.map((box) => this.#drawServer(box)),
      ...inOrder.map(drawPolicy),
    );
    return picture;
  }

  #drawServer({ server, x, y, width }) {
    const { name, state, address, why } = server;
    const shown = [name, address === name ? null : address, why].filter(Boolean);
    const group = svg("g", { class: `server ${state}`, "data-server": name, "data-state": state });
    group.append(
      textNode("title", shown.join(" · "), SVG),
      svg("rect", { class: "box", x, y, width, height: BOX_HEIGHT, rx: 8 }),
      svg("rect", { class: "stripe", x: x + 6, y: y + 8, width: 5, height: BOX_HEIGHT - 16, rx: 2.5 }),
      svg("circle", { class: "lamp", cx: x + 25, cy: y + 37, r: 5 }),
      label("name", x + 19, y + 22, cut(name, width - 26, LETTER)),
      label("state", x + 36, y + 41, health(server)),
      label("address", x + 19, y + 58, address === name ? "" : cut(address ?? "", width - 24, SMALL_LETTER)),
    );
    group.querySelector(".stripe").style.fill = this.#servers.color(name);
    return group;
  }
}

function drawArrow({ edge, path }) {
  const kind = edge.current ? "in-use" : edge.state;
  const head = edge.current ? "head-in-use" : "head";
  return svg("path", { class: `edge ${kind}`, d: path, "marker-end": `url(#${head})` });
}

function drawPolicy({ edge, x, right, y }) {
  const words = edge.current ? `${edge.policy} · in use` : edge.policy;
  const width = words.length * SMALL_LETTER + 16;
  const middle = x ?? right - width / 2;
  const group = svg("g", {
    class: edge.current ? "policy in-use" : "policy",
    "data-asker": edge.asker,
    "data-source": edge.source,
    "data-policy": edge.policy,
    "data-current": edge.current,
  });
  group.append(svg("rect", { x: middle - width / 2, y: y - 11, width, height: 22, rx: 11 }), label("", middle, y + 4, words));
  return group;
}

function arrowHeads() {
  const heads = svg("defs", {});
  for (const id of ["head", "head-in-use"]) {
    const size = { markerWidth: 10, markerHeight: 10, refX: 7, refY: 4 };
    const head = svg("marker", { id, viewBox: "0 0 8 8", ...size, orient: "auto", markerUnits: "userSpaceOnUse" });
    head.append(svg("path", { class: id, d: "M 0 0 L 8 4 L 0 8 z" }));
    heads.append(head);
  }
  return heads;
}

function health({ isHere, state, rtt }) {
  if (isHere) {
    return "this server";
  }
  return state === "up" && rtt !== undefined ? `up · ${rtt < 10 ? rtt : Math.round(rtt)} ms` : state;
}

function cut(words, width, letter) {
  const most = Math.max(Math.floor(width / letter), 3);
  return words.length > most ? `${words.slice(0, most - 1)}…` : words;
}

function inUse({ sources }, stream) {
  const current = sources.find((source) => source.current);
  const name = stream && `${stream.app}/${stream.name}`;
  if (!name) {
    return "";
  }
  return current ? `The source in use for ${name} is ${nameOf(current)}.` : `For ${name} no source is in use.`;
}

/** Of the stream that the map was asked for: how much of it the server's cache had. */
function hitRatio({ cached = [] }) {
  const [hits, all] = cached.reduce((sum, one) => [sum[0] + one.hits, sum[1] + one.hits + one.misses], [0, 0]);
  return all === 0 ? "" : `Of ${all} segments asked for here, the cache had ${Math.round((100 * hits) / all)} %.`;
}

function spoken({ servers, edges }) {
  const states = new Map(servers.map(({ name, state }) => [name, state]));
  const one = ({ asker, source, policy, current }) =>
    `${asker} asks ${source} (${states.get(source)}, ${policy}${current ? ", in use" : ""})`;
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

function textNode(name, words, namespace = "http://www.w3.org/1999/xhtml") {
  const node = document.createElementNS(namespace, name);
  node.textContent = words;
  return node;
}
