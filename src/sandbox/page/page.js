// Puts the three panes together: tabs on a phone, the poll of the sandbox's state, people who come and go.

import { call, onLink, pause } from "./server.js";
import { Chat } from "./chat.js";
import { Chain } from "./chain.js";

const STATE_EVERY_MILLIS = 1500;

const link = document.getElementById("link");
onLink((up) => { link.textContent = up ? "" : "Reconnecting…"; });

let users = [];
let wake = () => {};
const refresh = () => wake();
const chain = new Chain(document.getElementById("chain"), refresh);
const newcomer = document.getElementById("newcomer");

const chats = ["buyer", "seller"].map((role) => {
  const chat = new Chat(document.getElementById(role), {
    onNews: (count) => notice(role, count),
    onSwitch: (user) => chat.follow(user),
    onAdd: () => newcomer.showModal(),
  });
  return chat;
});

newcomer.querySelector("[value=cancel]").addEventListener("click", () => newcomer.close());
newcomer.querySelector("form").addEventListener("submit", async (event) => {
  const form = new FormData(event.target);
  const id = Math.max(1000, ...users.map((user) => user.id)) + 1;
  const name = String(form.get("first_name")).trim();
  const user = { first_name: name, username: null, language_code: form.get("language_code"), role: "buyer" };
  try {
    await call("PUT", `/sandbox/users/${id}`, user);
    users = [...users, { id, ...user }];
    chats[0].follow(id);
    chats[0].setPeople(users);
  } catch (error) {
    chats[0].failed(error);
  }
});

// Tabs: only a narrow window shows them.
const tabs = [...document.querySelectorAll("[role=tab]")];
function show(name, focus) {
  document.body.dataset.tab = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) {
      tab.querySelector(".badge").hidden = true;
      if (focus) tab.focus();
    }
  }
  for (const chat of chats) if (chat.role === name) chat.toEnd();
}
for (const [at, tab] of tabs.entries()) {
  tab.addEventListener("click", () => show(tab.dataset.tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) show(tabs[(at + step + tabs.length) % tabs.length].dataset.tab, true);
  });
}
show(document.body.dataset.tab);

function notice(name, count) {
  if (document.body.dataset.tab === name) return;
  const badge = document.querySelector(`[role=tab][data-tab="${name}"] .badge`);
  badge.textContent = String((badge.hidden ? 0 : Number(badge.textContent)) + count);
  badge.hidden = false;
}

let known = 0;
function waiting(invoices) {
  const open = invoices.length;
  if (open > known && known > 0 && document.body.dataset.tab !== "chain") notice("chain", open - known);
  known = open;
}

async function watch() {
  for (;;) {
    try {
      const state = await call("GET", "/sandbox/state");
      users = state.users;
      for (const chat of chats) chat.setPeople(users);
      chain.show(state);
      waiting(state.invoices);
    } catch {
      // The line at the top says so; the next round tries again.
    }
    const early = new AbortController();
    wake = () => early.abort();
    await pause(document.hidden ? 4 * STATE_EVERY_MILLIS : STATE_EVERY_MILLIS, early.signal);
  }
}
watch();
