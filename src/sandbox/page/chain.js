// The blockchain panel: a card for every address, the clock, and what goes wrong on purpose.

import { Refusal, call, copy } from "./server.js";
import { make } from "./message.js";

const CARDS_SHOWN = 12;
const LATE_SECS = 120;
const WORDS = { created: "waiting", partial: "part paid", paid: "paid", overpaid: "overpaid", canceled: "ended" };

function short(text) {
  return text.length > 20 ? `${text.slice(0, 10)}…${text.slice(-8)}` : text;
}

/** `1 h 5 min`, `4:09`. */
function span(secs) {
  if (secs >= 86400) return `${Math.floor(secs / 86400)} d ${Math.floor((secs % 86400) / 3600)} h`;
  if (secs >= 3600) return `${Math.floor(secs / 3600)} h ${Math.floor((secs % 3600) / 60)} min`;
  return `${Math.floor(secs / 60)}:${String(secs % 60).padStart(2, "0")}`;
}

function local(unix) {
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(unix * 1000));
}

class Card {
  constructor(chain) {
    this.chain = chain;
    this.element = document.getElementById("card-template").content.cloneNode(true).firstElementChild;
    this.find = (selector) => this.element.querySelector(selector);
    for (const button of this.element.querySelectorAll("[data-pay]")) {
      button.addEventListener("click", () => this.act(button, "payments", { kind: button.dataset.pay, ...this.certainty() }));
    }
    for (const button of this.element.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => this.act(button, button.dataset.do, {}));
    }
    this.find(".custom").addEventListener("submit", async (event) => {
      event.preventDefault();
      const field = this.find(".custom input");
      const amount = field.value.trim().replace(",", ".");
      if (amount && await this.act(this.find(".custom button"), "payments", { amount, ...this.certainty() })) field.value = "";
    });
    this.find(".amount").addEventListener("click", (event) => this.copied(event.currentTarget, this.invoice.to_surcharge === "0" ? this.invoice.amount : this.invoice.to_surcharge));
    this.find(".address").addEventListener("click", (event) => this.copied(event.currentTarget, this.invoice.address));
  }

  certainty() {
    return this.find(".unconfirmed").checked ? { confirm: false } : {};
  }

  async copied(button, text) {
    if (!(await copy(text))) return;
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1200);
  }

  async act(button, verb, body) {
    if (button.getAttribute("aria-busy")) return false;
    button.setAttribute("aria-busy", "true");
    const wrong = this.find(".wrong");
    wrong.hidden = true;
    try {
      await call("POST", `/sandbox/invoices/${encodeURIComponent(this.invoice.uuid)}/${verb}`, body);
      return true;
    } catch (error) {
      wrong.textContent = error instanceof Refusal ? error.message : "The sandbox is not there.";
      wrong.hidden = false;
      return false;
    } finally {
      button.removeAttribute("aria-busy");
      this.chain.refresh();
    }
  }

  show(invoice) {
    const text = JSON.stringify(invoice);
    if (text === this.text) return;
    const changed = this.text !== undefined && this.invoice.status !== invoice.status;
    this.text = text;
    this.invoice = invoice;
    const [ticker] = (invoice.coin ?? "?").split("_");
    const set = (selector, value) => { this.find(selector).textContent = value; };
    set(".coin", ticker.slice(0, 4));
    this.find(".coin").dataset.coin = ticker;
    set(".ticker", ticker);
    set(".network", invoice.network ?? "");
    set(".pill", WORDS[invoice.status] ?? invoice.status);
    this.element.dataset.status = invoice.status;
    const paid = invoice.status === "paid" || invoice.status === "overpaid";
    set(".amount", `${invoice.amount_to_pay ?? invoice.amount} ${ticker}`);
    set(".fiat", `${invoice.amount_in_fiat} ${invoice.fiat_currency}${invoice.test_mode ? " · test invoice" : ""}`);
    const share = Math.min(100, (100 * Number(invoice.amount_paid)) / Number(invoice.amount_to_pay ?? invoice.amount));
    this.find(".bar-line span").style.width = `${share || 0}%`;
    set(".address", invoice.address ? short(invoice.address) : "none");
    this.find(".address").disabled = !invoice.address;
    this.find(".address").title = invoice.address ? `Copy ${invoice.address}` : "";
    set(".order", invoice.order_id ?? "none");
    set(".told", told(invoice));
    const transfers = invoice.payments.map((transfer) => {
      const line = make("li", "");
      const seen = transfer.confirmed === false ? " (seen)" : "";
      line.append(make("b", "", `+${transfer.amount}${seen}`), make("span", "", short(transfer.tx)));
      line.lastChild.title = transfer.tx;
      return line;
    });
    this.find(".transfers").replaceChildren(...transfers);
    this.find(".transfers").hidden = transfers.length === 0;
    const exact = this.find("[data-pay=exact]");
    exact.textContent = paid ? "Pay again" : invoice.status === "partial" ? "Pay the rest" : "Pay exactly";
    exact.classList.toggle("primary", !paid);
    this.find("[data-pay=under]").hidden = paid;
    this.find("[data-pay=over]").hidden = paid;
    this.find("[data-do=confirm]").hidden = !invoice.payments.some((transfer) => transfer.confirmed === false);
    this.find("[data-do=expire]").hidden = invoice.status !== "created";
    if (changed) {
      this.element.classList.remove("flash");
      void this.element.offsetWidth;
      this.element.classList.add("flash");
    }
  }

  tick(now) {
    const { status, expires_at: end } = this.invoice;
    const open = status === "created" || status === "partial";
    const label = open && end > now ? "Ends in" : "Ended";
    const value = open && end > now ? span(end - now) : status === "paid" || status === "overpaid" ? "paid in time or later" : `${span(Math.max(0, now - end))} ago`;
    const when = this.find(".when");
    const ends = this.find(".ends");
    const hide = status === "paid" || status === "overpaid";
    when.hidden = hide;
    ends.hidden = hide;
    if (when.textContent !== label) when.textContent = label;
    if (ends.textContent !== value) ends.textContent = value;
  }
}

function told(invoice) {
  const last = invoice.last_postback;
  if (last === null || last === undefined) return "not yet";
  const words = { refused: "nobody answered", lost: "the last one got lost", nowhere: "nobody asked for it", 200: "taken" };
  const outcome = words[last] ?? (/^2/.test(last) ? "taken" : `answered ${last}`);
  return invoice.postbacks_sent > 1 ? `${invoice.postbacks_sent} times, ${outcome}` : outcome;
}

/** The panel. `refresh` asks for the state at once. */
export class Chain {
  constructor(pane, refresh) {
    this.pane = pane;
    this.refresh = refresh;
    this.cards = new Map();
    this.shown = CARDS_SHOWN;
    this.list = pane.querySelector("#cards");
    this.empty = pane.querySelector("#no-invoices");
    this.older = pane.querySelector("#older");
    this.clock = pane.querySelector("#now");
    this.offset = null;
    this.older.addEventListener("click", () => { this.shown += CARDS_SHOWN; this.draw(); });
    for (const button of pane.querySelectorAll("[data-advance]")) {
      button.addEventListener("click", async () => {
        await call("POST", "/sandbox/clock", { advance_secs: Number(button.dataset.advance) }).catch(() => {});
        this.refresh();
      });
    }
    this.address = pane.querySelector("#own-address");
    this.address.addEventListener("click", async () => {
      if (!(await copy(this.address.textContent))) return;
      this.address.classList.add("done");
      setTimeout(() => this.address.classList.remove("done"), 1200);
    });
    pane.querySelector("#own-secret").addEventListener("submit", (event) => { event.preventDefault(); this.trust(event.target); });
    for (const input of pane.querySelectorAll("[data-fault]")) input.addEventListener("change", () => this.setFaults());
    setInterval(() => this.tick(), 1000);
  }

  /** The system of the seller shares a secret with the shop from now on. */
  async trust(form) {
    const field = form.querySelector("input");
    const said = this.pane.querySelector("#own-said");
    try {
      await call("POST", "/sandbox/receiver/secrets", { secret: field.value });
      field.value = "";
      said.textContent = "The system trusts this secret now.";
    } catch (error) {
      said.textContent = error instanceof Refusal ? error.message : "The sandbox is not there.";
    }
  }

  fault(name) {
    return this.pane.querySelector(`[data-fault="${name}"]`);
  }

  /** Shows the state of the sandbox. */
  show(state) {
    this.offset = state.now - Date.now() / 1000;
    this.invoices = [...state.invoices].sort((a, b) => b.created_at - a.created_at);
    if (this.address.textContent !== state.receiver_url) this.address.textContent = state.receiver_url;
    this.showFaults(state.faults);
    this.draw();
  }

  draw() {
    const invoices = this.invoices.slice(0, this.shown);
    const kept = new Set(invoices.map((invoice) => invoice.uuid));
    for (const [uuid, card] of this.cards) {
      if (!kept.has(uuid)) { card.element.remove(); this.cards.delete(uuid); }
    }
    let before = null;
    for (const invoice of invoices) {
      let card = this.cards.get(invoice.uuid);
      if (!card) { card = new Card(this); this.cards.set(invoice.uuid, card); }
      card.show(invoice);
      const place = before ? before.nextElementSibling : this.list.firstElementChild;
      if (card.element !== place) this.list.insertBefore(card.element, place);
      before = card.element;
    }
    this.empty.hidden = invoices.length > 0;
    this.older.hidden = this.invoices.length <= this.shown;
    this.tick();
  }

  tick() {
    if (this.offset === null) return;
    const now = Math.floor(Date.now() / 1000 + this.offset);
    this.clock.textContent = local(now);
    this.clock.dateTime = new Date(now * 1000).toISOString();
    for (const card of this.cards.values()) card.tick(now);
  }

  /** The faults as the control API takes them; what this page cannot express is left as it is. */
  async setFaults() {
    const other = (name) => this.fault(name).value === "other";
    const provider = { "": {}, down: { status: 503 }, slow: { hang_secs: 20 }, garbage: { garbage: true }, unsure: { close: true, after_accepting: true } };
    const telegram = { "": {}, 429: { status: 429, retry_after: 5 }, 500: { status: 500 } };
    const postbacks = {
      drop_percent: this.fault("lost").checked ? 100 : 0,
      copies: this.fault("doubled").checked ? 1 : 0,
      delay_secs: this.fault("late").checked ? LATE_SECS : 0,
      form: this.fault("form").checked,
      forge: this.fault("forge").value || null,
    };
    const faults = {
      postbacks,
      cryptocloud: other("cryptocloud") ? this.faults.cryptocloud : provider[this.fault("cryptocloud").value],
      telegram: other("telegram") ? this.faults.telegram : telegram[this.fault("telegram").value],
    };
    this.setting = true;
    await call("PUT", "/sandbox/faults", faults).catch(() => {});
    this.setting = false;
    this.refresh();
  }

  showFaults(faults) {
    if (!faults || this.setting) return;
    this.faults = faults;
    const { postbacks = {}, cryptocloud = {}, telegram = {} } = faults;
    const armed = (call) => Boolean(call.status || call.hang_secs || call.garbage || call.close);
    const over = (call) => call.times === 0;
    const provider = !armed(cryptocloud) || over(cryptocloud) ? "" : cryptocloud.after_accepting ? "unsure" : cryptocloud.garbage ? "garbage" : cryptocloud.hang_secs ? "slow" : cryptocloud.status === 503 ? "down" : "other";
    const bot = !armed(telegram) || over(telegram) ? "" : [429, 500].includes(telegram.status) ? String(telegram.status) : "other";
    this.fault("lost").checked = postbacks.drop_percent > 0;
    this.fault("doubled").checked = postbacks.copies > 0;
    this.fault("late").checked = postbacks.delay_secs > 0;
    this.fault("form").checked = Boolean(postbacks.form);
    this.fault("forge").value = postbacks.forge ?? "";
    this.fault("cryptocloud").value = provider;
    this.fault("telegram").value = bot;
    const on = [...this.pane.querySelectorAll("[data-fault]")].filter((input) => (input.type === "checkbox" ? input.checked : input.value)).length;
    const count = this.pane.querySelector("#faults-on");
    count.hidden = on === 0;
    count.textContent = `${on} on`;
  }
}
