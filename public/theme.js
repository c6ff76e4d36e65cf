// Sets the chosen theme before anything is painted. A script of its own: the Content-Security-Policy allows no inline one.
try {
  const theme = localStorage.getItem("rally-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: then the theme is the system's.
}
