// Talks to the control API, and knows whether it is there.

const watchers = new Set();
let reachable = true;

/** Calls `watcher` with true or false whenever the server comes back or goes away. */
export function onLink(watcher) {
  watchers.add(watcher);
}

function setLink(up) {
  if (up === reachable) return;
  reachable = up;
  for (const watcher of watchers) watcher(up);
}

/** An answer that is a refusal: its sentence is for people. */
export class Refusal extends Error {}

/** One call. Throws a `Refusal` when the server says no, and another error when it is not there. */
export async function call(method, path, body, signal) {
  const options = { method, signal, cache: "no-store" };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "content-type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name !== "AbortError") setLink(false);
    throw error;
  }
  setLink(true);
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    throw new Refusal(`The sandbox answered ${response.status}.`);
  }
  if (!response.ok) throw new Refusal(answer?.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

/** Waits, or ends early when `signal` fires. */
export function pause(millis, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal?.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

/** Puts `text` on the clipboard; false when the browser does not let us. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "offscreen";
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focused?.focus?.();
    return done;
  }
}
