// Starts the site. The build writes GLUE, MAIN and PAGES before this text: the address of the glue, of the module that each
// visit needs, and for each pattern of paths the chunks that its page needs, and the data that it reads at once.

const parts = (path) => path.split("/").filter(Boolean);
const path = parts(location.pathname);
const fits = ([pattern]) => {
  const wanted = parts(pattern);
  return wanted.length === path.length && wanted.every((part, index) => part === "*" || part === path[index]);
};

// The chunks of the first page come beside the main module, not after it, and so does what the page reads at once.
const [, chunks, data] = PAGES.find(fits) ?? [null, [], []];
for (const href of [...data, ...chunks]) {
  const link = document.createElement("link");
  Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
  document.head.append(link);
}

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text });

// In place of the shell's skeleton, which would stand there for ever.
const showFailure = () => {
  const shell = document.getElementById("shell");
  if (!shell) return;
  const reload = element("button", "Reload");
  reload.type = "button";
  reload.onclick = () => location.reload();
  const message = document.createElement("div");
  message.className = "notice";
  message.setAttribute("role", "alert");
  message.append(
    element("h1", "Rally could not be loaded"),
    element("p", "The connection may be down, or a new version may be out. Check the connection and reload."),
    reload,
  );
  const main = shell.querySelector("main") ?? shell;
  main.removeAttribute("aria-busy");
  main.replaceChildren(message);
};

try {
  const { default: start } = await import(GLUE);
  await start({ module_or_path: MAIN });
} catch (error) {
  console.error(error);
  showFailure();
}
