// Rings when the page is closed: shows what a push service brings, and leads to the page that it is about. It keeps no
// files: the site works without it. Served as it stands, no build step touches it.
//
// A notice is domain::notification_payload::NotificationPayload as JSON. One event is shown once, however often it comes; an older one never replaces
// a newer one; what is over is not shown at all; and what somebody sees on a page that is open is not rung as well.
"use strict";

const MEMORY = "rally-notices";
const remembered = (name) => `/notices/${encodeURIComponent(name)}`;

// Where storage is blocked nothing is remembered: a notice that comes twice is shown twice then, which beats not at all.
const recall = async (name) => {
  try {
    const found = await (await caches.open(MEMORY)).match(remembered(name));
    return found ? await found.json() : null;
  } catch {
    return null;
  }
};

const remember = async (name, value) => {
  try {
    await (await caches.open(MEMORY)).put(remembered(name), Response.json(value));
  } catch {
    // See above.
  }
};

// Whether the table is taken again. Where nobody can say, the news stands.
const isOver = async (table) => {
  try {
    const answer = await fetch(`/v1/tables/${encodeURIComponent(table)}`, { signal: AbortSignal.timeout(3000) });
    return answer.ok && (await answer.json()).data.isFree === false;
  } catch {
    return false;
  }
};

const pages = () => clients.matchAll({ type: "window", includeUncontrolled: true });

// Whether a page has shown it to somebody. It may have been hidden just now, or hang: then nobody has seen anything.
const ANSWERS_WITHIN = 1000;
const isShown = (page, notice) => {
  const seen = page.visibilityState === "visible";
  const { port1, port2 } = new MessageChannel();
  page.postMessage(JSON.stringify({ notice, seen }), [port2]);
  if (!seen) return false;
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(true);
    setTimeout(resolve, ANSWERS_WITHIN, false);
  });
};

const isShownOnAnyPage = async (notice) => {
  const answers = (await pages()).map((page) => isShown(page, notice));
  for (const shown of answers) if (await shown) return true;
  return false;
};

const show = async (notice) => {
  if (Date.now() >= notice.expires) return;
  const last = await recall(notice.tag);
  if (last && (last.event === notice.event || last.at > notice.at)) return;
  if (notice.free && (await isOver(notice.free))) return;

  if (!(await isShownOnAnyPage(notice))) await display(notice);
  // Not before: a worker that is stopped on the way shows the notice when it is delivered again.
  await remember(notice.tag, { event: notice.event, at: notice.at });
};

const display = (notice) =>
  self.registration.showNotification(notice.title, {
    body: notice.body,
    tag: notice.tag,
    renotify: true,
    timestamp: notice.at,
    icon: "/icon-512.png",
    data: notice,
  });

// One after the other: two that come together must know of each other.
let turn = Promise.resolve();
const inTurn = (work) => (turn = turn.then(work, work));

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(clients.claim()));

self.addEventListener("push", (event) => {
  let notice = null;
  try {
    notice = event.data.json();
  } catch {
    // Nobody but Rally can send what this browser decrypts, so this is another version's: then there is nothing to say.
  }
  if (notice && notice.title) event.waitUntil(inTurn(() => show(notice)));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path ?? "/";
  const go = async () => {
    const open = await pages();
    const there = open.find((page) => new URL(page.url).pathname === path);
    if (there) return there.focus();
    const other = open[0];
    if (!other) return clients.openWindow(path);
    other.postMessage(JSON.stringify({ path }));
    return other.focus();
  };
  event.waitUntil(go());
});

// A page has subscribed: its endpoint is kept, since a renewed subscription must say in whose place it comes.
self.addEventListener("message", (event) => {
  if (event.data === "subscribed") event.waitUntil(keepEndpoint());
});

const keepEndpoint = async () => {
  const subscription = await self.registration.pushManager.getSubscription();
  if (subscription) await remember("endpoint", subscription.endpoint);
};

const renew = async (event) => {
  const oldEndpoint = event.oldSubscription?.endpoint ?? (await recall("endpoint"));
  let fresh = event.newSubscription;
  if (!fresh) {
    const key = await (await fetch("/v1/push/key")).json();
    fresh = await self.registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key.data.publicKey,
    });
  }
  if (oldEndpoint) {
    await fetch("/v1/push/renewals", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ oldEndpoint, subscription: fresh }),
    });
  }
  await remember("endpoint", fresh.endpoint);
};

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
