// Runs before anything else: shows the chosen theme, and asks for the first data while the site's WebAssembly is still on
// its way. The site takes over what is here (src/browser/early.rs); without it the site asks for everything itself.
// It is served as it stands, no build step touches it.
(() => {
  const early = (window.rallyEarly = { socket: null, topics: [], messages: [] });

  try {
    const theme = localStorage.getItem("rally-theme");
    if (theme) document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden: then the theme is the system's.
  }

  // On pages that depend on who looks, the site connects when it knows that.
  const isPersonal = /^\/(rooms\/.|questions|signed-in)/.test(location.pathname);

  const topicOf = (path) => {
    if (path === "/") return "tables";
    if (path === "/rooms") return "rooms";
    const table = /^\/tables\/([A-Za-z0-9-]{3,64})\/?$/.exec(path);
    return table && `table/${table[1]}`;
  };

  const connect = (live) => {
    const topic = topicOf(location.pathname);
    const socket = (early.socket = new WebSocket(new URL(live || "/live", location.href.replace(/^http/, "ws"))));
    socket.onopen = () => {
      if (!topic) return;
      socket.send(JSON.stringify({ action: "subscribe", topic }));
      early.topics.push(topic);
    };
    socket.onmessage = (message) => early.messages.push(message.data);
  };

  // Five seconds are long for a file of a few bytes: then the site goes on with what it knows.
  early.settings = fetch("/config.json", { signal: AbortSignal.timeout(5000) })
    .then((response) => (response.ok ? response.text() : "{}"))
    .then((text) => {
      try {
        const { live, broker } = JSON.parse(text);
        // What comes from a broker is the site's to fetch.
        if (!isPersonal && !broker) connect(live);
      } catch {
        // Settings that cannot be used are for the site to judge.
      }
      return text;
    });
  // Whoever takes over asks again; until then a failure is nobody's.
  early.settings.catch(() => {});
})();
