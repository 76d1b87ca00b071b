// A chat of one person with the bot: polls what is new, shows it, sends what the person does.

import { Refusal, call, copy, pause } from "./server.js";
import { make, render } from "./message.js";

const POLL_SECS = 20;
const HIDDEN_PAUSE_MILLIS = 3000;
/** Characters of the longest message (Bot API). */
const MESSAGE_MAX = 4096;
/** Files in an album (Bot API). */
const ALBUM_MAX = 10;

/** A text as messages, cut where a line or a word ends when one does. */
function parts(text) {
  const found = [];
  let rest = text;
  while (rest.length > MESSAGE_MAX) {
    const near = rest.slice(0, MESSAGE_MAX);
    const whole = /[\ud800-\udbff]$/.test(near) ? MESSAGE_MAX - 1 : MESSAGE_MAX;
    const at = [near.lastIndexOf("\n"), near.lastIndexOf(" ")].find((place) => place > 0) ?? whole;
    found.push(rest.slice(0, at));
    rest = rest.slice(at).trim();
  }
  return rest ? [...found, rest] : found;
}

export class Chat {
  /** `onNews(count)` hears of messages from the bot that came while the page was open. */
  constructor(pane, { onNews, onSwitch, onAdd }) {
    this.pane = pane;
    this.role = pane.dataset.role;
    this.onNews = onNews;
    pane.append(document.getElementById("chat-template").content.cloneNode(true));
    const find = (selector) => pane.querySelector(selector);
    this.log = find(".log");
    this.scroller = find(".scroll");
    this.title = find(".title");
    this.sub = find(".sub");
    this.avatar = find(".avatar");
    this.welcome = find(".welcome");
    this.toasts = find(".toasts");
    this.down = find(".down");
    this.composer = find(".composer");
    this.field = find("textarea");
    this.file = find("input[type=file]");
    this.people = find(".person select");
    this.menus = { commands: [find(".commands"), find(".slash")], attach: [find(".attach"), find(".clip")] };
    find(".person .label").textContent = this.role === "seller" ? "Seller" : "Buyer";
    this.scroller.setAttribute("aria-label", "Messages");
    this.user = null;
    this.album = String(Date.now());
    this.messages = new Map();
    this.commands = [];
    this.people.addEventListener("change", () => {
      if (this.people.value === "add") { this.people.value = String(this.user); onAdd(); } else onSwitch(Number(this.people.value));
    });
    this.listen(find);
  }

  listen(find) {
    this.composer.addEventListener("submit", (event) => { event.preventDefault(); this.say(); });
    find(".start").addEventListener("click", () => this.send("/start"));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.say(); }
      if (event.key === "Escape") this.closeMenus();
    });
    this.field.addEventListener("input", () => {
      this.grow();
      if (/^\/\w*$/.test(this.field.value)) this.open("commands"); else this.closeMenus();
    });
    for (const [name, [menu, button]] of Object.entries(this.menus)) {
      button.addEventListener("click", () => {
        const opening = menu.hidden;
        this.closeMenus();
        if (opening) { this.open(name); menu.querySelector("button")?.focus(); }
      });
      menu.addEventListener("keydown", (event) => this.walk(event, menu, button));
    }
    this.menus.attach[0].addEventListener("click", (event) => {
      const kind = event.target.closest("button")?.dataset.kind;
      if (!kind) return;
      this.closeMenus();
      this.file.dataset.kind = kind;
      this.file.accept = kind === "photo" ? "image/*" : "";
      this.file.click();
    });
    this.file.addEventListener("change", () => this.upload());
    this.scroller.addEventListener("scroll", () => { if (this.atEnd()) this.down.hidden = true; }, { passive: true });
    // A picture or a narrower window must not push the end out of sight.
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.log);
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => { this.stuck = this.atEnd(); }, { passive: true });
    this.down.addEventListener("click", () => this.toEnd());
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".menu, .slash, .clip")) this.closeMenus();
    });
  }

  /** Shows the people of this chat's role. */
  setPeople(users) {
    const mine = users.filter((user) => user.role === this.role);
    const wanted = JSON.stringify(mine.map((user) => [user.id, user.first_name, user.language_code]));
    if (wanted !== this.shownPeople) {
      this.shownPeople = wanted;
      const options = mine.map((user) => new Option(user.language_code ? `${user.first_name} (${user.language_code})` : user.first_name, user.id));
      if (this.role === "buyer") options.push(new Option("Add a buyer…", "add"));
      this.people.replaceChildren(...options);
      this.people.closest(".person").hidden = options.length < 2;
    }
    if (this.user === null && mine.length) this.follow(mine[0].id);
    if (this.user !== null) this.people.value = String(this.user);
  }

  /** From now on, this is the chat of that person. */
  follow(user) {
    if (user === this.user) return;
    this.abort?.abort();
    this.abort = new AbortController();
    this.user = user;
    this.clear();
    this.poll(user, this.abort.signal);
  }

  clear() {
    this.messages.clear();
    this.log.replaceChildren();
    this.toasts.replaceChildren();
    this.stuck = true;
    this.loaded = false;
    this.pane.removeAttribute("data-loaded");
  }

  async poll(user, signal) {
    let since = 0;
    let whole = true;
    let failures = 0;
    while (!signal.aborted) {
      try {
        // A page that nobody looks at must not hold a connection: a browser has six of them for all its tabs.
        const wait = whole || document.hidden ? 0 : POLL_SECS;
        if (!whole && document.hidden) await pause(HIDDEN_PAUSE_MILLIS, signal);
        const asked = Date.now();
        const news = await call("GET", `/sandbox/users/${user}/chat?since=${whole ? 0 : since}&wait=${wait}`, undefined, signal);
        if (signal.aborted) return;
        failures = 0;
        if (!whole && news.version < since) { whole = true; continue; }
        this.show(news, whole);
        since = news.version;
        whole = false;
        if (Date.now() - asked < 100) await pause(100, signal);
      } catch {
        if (signal.aborted) return;
        // A server that comes back may have forgotten something: read the whole chat again.
        whole = true;
        failures += 1;
        await pause(Math.min(500 * failures, 3000), signal);
      }
    }
  }

  show(news, whole) {
    const first = !this.loaded;
    const stuck = this.stuck || this.atEnd();
    let fresh = 0;
    if (whole) {
      const kept = new Set(news.messages.map((message) => message.message_id));
      for (const id of [...this.messages.keys()]) if (!kept.has(id)) this.forget(id);
    }
    for (const message of [...news.messages].sort((a, b) => a.message_id - b.message_id)) {
      if (message.deleted) { this.forget(message.message_id); continue; }
      const known = this.messages.get(message.message_id);
      const text = JSON.stringify(message);
      if (known?.text === text) continue;
      const element = render(message, this.actions());
      if (known) {
        this.replace(known.element, element);
      } else {
        if (!first) element.classList.add("fresh");
        this.place(message.message_id, element);
        if (message.from === "bot") fresh += 1;
      }
      this.messages.set(message.message_id, { element, text, message });
    }
    this.headline(news);
    const last = [...this.messages.values()].at(-1)?.message;
    this.field.placeholder = last?.force_reply ? "Answer the bot" : "Message";
    const empty = this.messages.size === 0;
    this.welcome.hidden = !empty;
    this.composer.classList.toggle("fresh", empty);
    const start = this.composer.querySelector(".start");
    const started = !empty && document.activeElement === start;
    start.hidden = !empty;
    if (started) this.field.focus({ preventScroll: true });
    this.loaded = true;
    this.pane.dataset.loaded = "yes";
    if (stuck || first) this.toEnd(); else if (fresh) this.down.hidden = false;
    if (first) return;
    for (const toast of whole ? [] : news.toasts ?? []) this.toast(toast.text, toast.alert);
    if (fresh) this.onNews(fresh);
  }

  headline(news) {
    const title = news.title || "Shop";
    this.title.textContent = title;
    this.welcome.querySelector(".big").textContent = title;
    this.avatar.textContent = title.trim().slice(0, 1).toUpperCase();
    const sub = news.typing ? "typing…" : `what the ${this.role} sees`;
    if (this.sub.textContent !== sub) this.sub.textContent = sub;
    this.sub.classList.toggle("typing", Boolean(news.typing));
    this.commands = news.commands ?? [];
  }

  /** Keeps the focus where it was when a message changes under it. */
  replace(old, element) {
    const focusable = (root) => [...root.querySelectorAll("button, a, [tabindex]")];
    const index = focusable(old).indexOf(document.activeElement);
    const opened = [...old.querySelectorAll(".spoiler.open")].map((spoiler) => spoiler.textContent);
    old.replaceWith(element);
    for (const spoiler of element.querySelectorAll(".spoiler")) if (opened.includes(spoiler.textContent)) spoiler.classList.add("open");
    if (index >= 0) (focusable(element)[index] ?? this.field).focus({ preventScroll: true });
  }

  place(id, element) {
    const after = [...this.log.children].find((other) => Number(other.dataset.id) > id);
    this.log.insertBefore(element, after ?? null);
  }

  forget(id) {
    const known = this.messages.get(id);
    if (!known) return;
    this.messages.delete(id);
    if (known.element.contains(document.activeElement)) this.field.focus({ preventScroll: true });
    known.element.remove();
  }

  actions() {
    const user = this.user;
    return {
      send: (text) => this.send(text),
      copy: async (text) => this.toast((await copy(text)) ? "Copied" : "Your browser does not allow copying"),
      join: async (link) => {
        try {
          const { result } = await call("POST", `/sandbox/users/${user}/joins`, { link });
          this.toast({ joined: "You are in", asked: "You asked to join; the bot lets you in", member: "You are in already" }[result]);
        } catch (error) {
          this.failed(error);
        }
      },
      choose: async (message, button) => {
        try {
          const { places } = await call("GET", "/sandbox/state");
          const fits = ([, place]) => (place.type === "channel") === button.channel && ["creator", "administrator"].includes(place.members[user]);
          const [found] = Object.entries(places).filter(fits);
          if (!found) { this.toast(button.channel ? "You administer no channel" : "You administer no group"); return; }
          await call("POST", `/sandbox/users/${user}/choices`, { message_id: message.message_id, text: button.text, place: Number(found[0]) });
        } catch (error) {
          this.failed(error);
        }
      },
      tap: async (message, button, element) => {
        if (element.getAttribute("aria-busy")) return;
        element.setAttribute("aria-busy", "true");
        try {
          const body = button.data === undefined || button.data === null ? { text: button.text } : { data: button.data };
          const answer = await call("POST", `/sandbox/users/${user}/taps`, { message_id: message.message_id, ...body, wait: true });
          if (answer?.url) window.open(answer.url, "_blank", "noopener");
        } catch (error) {
          this.failed(error);
        } finally {
          element.removeAttribute("aria-busy");
        }
      },
    };
  }

  /** What is too long for one message goes out as several, as Telegram's own apps do it. */
  async say() {
    const [first, ...others] = parts(this.field.value.trim());
    if (!first) return;
    if (!(await this.send(first))) return;
    for (const part of others) if (!(await this.send(part))) return;
  }

  async send(text) {
    this.closeMenus();
    const typed = this.field.value;
    this.field.value = "";
    this.grow();
    this.stuck = true;
    try {
      await call("POST", `/sandbox/users/${this.user}/messages`, { text });
      return true;
    } catch (error) {
      this.field.value = typed;
      this.grow();
      this.failed(error);
      return false;
    }
  }

  async upload() {
    const files = [...this.file.files];
    if (!files.length) return;
    const caption = this.field.value.trim();
    const kind = this.file.dataset.kind ?? "document";
    this.file.value = "";
    this.stuck = true;
    // Several at once are an album, of at most ten each.
    for (const [at, file] of files.entries()) {
      const form = new FormData();
      form.append(kind, file, file.name);
      if (caption && at === 0) form.append("caption", caption);
      if (files.length > 1) form.append("album", `${this.album}-${Math.floor(at / ALBUM_MAX)}`);
      try {
        await call("POST", `/sandbox/users/${this.user}/messages`, form);
      } catch (error) {
        this.failed(error);
      }
    }
    this.album = String(Date.now());
    if (this.field.value.trim() === caption) { this.field.value = ""; this.grow(); }
  }

  failed(error) {
    this.toast(error instanceof Refusal ? error.message : "The sandbox is not there. Is it still running?");
  }

  toast(text, alert) {
    if (!text) return;
    if (alert) {
      const dialog = document.getElementById("alert");
      dialog.querySelector("p").textContent = text;
      if (!dialog.open) dialog.showModal();
      return;
    }
    const toast = make("p", "toast", text);
    this.toasts.append(toast);
    while (this.toasts.children.length > 2) this.toasts.firstChild.remove();
    setTimeout(() => toast.remove(), 3500);
  }

  open(name) {
    const [menu, button] = this.menus[name];
    if (name === "commands") {
      const typed = this.field.value.startsWith("/") ? this.field.value.slice(1) : "";
      const shown = this.commands.filter((command) => command.command.startsWith(typed));
      menu.replaceChildren(...shown.map((command) => {
        const item = make("button", "");
        item.type = "button";
        item.setAttribute("role", "menuitem");
        item.append(make("b", "", `/${command.command}`), make("span", "", command.description));
        item.addEventListener("click", () => { this.send(`/${command.command}`); this.field.focus({ preventScroll: true }); });
        return item;
      }));
      if (!shown.length) {
        if (typed || this.field.value) { this.closeMenus(); return; }
        menu.append(make("p", "", "The bot has no commands yet"));
      }
    }
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
  }

  closeMenus() {
    for (const [menu, button] of Object.values(this.menus)) {
      menu.hidden = true;
      button.setAttribute("aria-expanded", "false");
    }
  }

  walk(event, menu, button) {
    const items = [...menu.querySelectorAll("button")];
    const at = items.indexOf(document.activeElement);
    if (event.key === "Escape") { this.closeMenus(); button.focus(); }
    if (event.key === "ArrowDown") { event.preventDefault(); items[(at + 1) % items.length]?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); items.at(at - 1)?.focus(); }
  }

  grow() {
    const field = this.field;
    field.rows = Math.min(6, field.value.split("\n").length);
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 60;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.down.hidden = true;
    this.stuck = true;
  }
}
