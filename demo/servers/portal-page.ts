/** The portal's page as HTML. Each server has a colour of its own, so that a change of server is seen at a glance. */
export function portalPage(server: string, visit: number): string {
  const hue = (HUES[Number(/\d+$/.exec(server)?.[0] ?? 0) % HUES.length] ?? 0).toString();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>St. Elsewhere EHR portal</title>
<style>
  :root { color-scheme: light dark; --accent: hsl(${hue} 60% 42%); }
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#f4f6f8, #14181c); }
  header { padding: 1.2rem 1.5rem; color: white; background: var(--accent); font-size: 1.25rem; font-weight: 600; }
  main { max-width: 40rem; margin: 2.5rem auto; padding: 1.5rem 2rem; border-radius: 12px;
         background: light-dark(white, #1e2429); box-shadow: 0 1px 6px #0003; }
  strong { color: var(--accent); }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 1.5rem 0; }
  dt { opacity: .65; }
  dd { margin: 0; font-variant-numeric: tabular-nums; }
  footer { opacity: .65; font-size: .875rem; }
</style>
</head>
<body>
<header>St. Elsewhere EHR portal</header>
<main>
  <p>St. Elsewhere EHR portal, served by <strong>${server}</strong></p>
  <dl>
    <dt>Visits in this session</dt><dd>${visit}</dd>
  </dl>
  <p>Load the page again: the session stays on its server. When that server fails, another one takes over and the count
  begins anew, because each server keeps its sessions to itself.</p>
  <footer>A demonstration. There are no patients here.</footer>
</main>
</body>
</html>
`;
}

const HUES = [280, 210, 150, 25] as const;
