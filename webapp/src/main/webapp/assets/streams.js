/** The list of streams: one button each, the chosen one marked. */

export class StreamList {
  #box = document.getElementById("streams");
  #choose;
  #items = new Map();

  constructor(choose) {
    this.#choose = choose;
  }

  show(streams, chosen) {
    const paths = new Set(streams.map(({ path }) => path));
    for (const [path, item] of this.#items) {
      if (!paths.has(path)) {
        item.remove();
        this.#items.delete(path);
      }
    }
    for (const stream of streams) {
      const item = this.#items.get(stream.path) ?? this.#newItem(stream);
      const button = item.firstChild;
      button.classList.toggle("on-air", stream.live);
      button.classList.toggle("unreachable", stream.unreachable);
      button.setAttribute("aria-current", String(stream.path === chosen?.path));
      button.querySelector(".air").textContent = stream.unreachable ? "not reachable" : stream.live ? "live" : "ended";
    }
  }

  #newItem(stream) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.path = stream.path;
    button.title = `${stream.app}/${stream.name}`;
    button.append(label("name", stream.name), label("app", stream.app), label("air", ""));
    button.addEventListener("click", () => this.#choose(stream.path));
    const item = document.createElement("li");
    item.append(button);
    this.#box.append(item);
    this.#items.set(stream.path, item);
    return item;
  }
}

function label(kind, text) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  return span;
}
