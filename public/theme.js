// Before anything is painted: the chosen theme, and whether the page is one of a room, which has no navigation. A script of its own: the
// Content-Security-Policy allows no inline one.
try {
  const theme = localStorage.getItem("rally-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: then the theme is the system's.
}
if (/^\/rooms\/./.test(location.pathname)) document.documentElement.dataset.shell = "bare";
