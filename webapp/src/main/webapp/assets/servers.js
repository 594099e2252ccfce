/** The servers that take part in what the page shows, each with a colour of its own for as long as the page is open. */

const COLORS = 7;

export class Servers {
  /** The server that the page is from; null until it has said its name. */
  here = null;
  #index = new Map();

  /** Whether this server asks no other. */
  get isAlone() {
    return this.#index.size <= 1;
  }

  /** Takes in the names of a cluster's map, this server's first: their order is that of the configuration. */
  learn({ node, sources }) {
    this.here = node;
    [node, ...sources.map(nameOf), ...sources.flatMap((source) => source.sources.map(nameOf))].forEach((name) =>
      this.color(name),
    );
  }

  /** The colour as a CSS value; the first is that of a page with one server only. */
  color(name) {
    const key = name ?? this.here;
    if (!this.#index.has(key)) {
      this.#index.set(key, this.#index.size);
    }
    return `var(--server-${this.#index.get(key) % COLORS})`;
  }
}

/** What a source is called: its name, or its address until that is known and where another server may have the name too. */
export const nameOf = ({ node, address, state }) => (state === "refused" ? address : (node ?? address));
