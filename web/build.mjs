// Bundles the style sheet and scripts of the face into web/dist: hashed names,
// manifest.json, a .gz beside each text file and the licence texts of what is inside.
// Run from the repository's root: npm ci --ignore-scripts && node web/build.mjs
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'dist');
const modules = join(here, '..', 'node_modules');

// Bootstrap keys its dark colours to an attribute. Officials who never choose should
// get what their system says, without script, so each dark rule is repeated under
// the media query unless the person chose light.
function followSystem(css) {
  const rules = css.match(/^\[data-bs-theme=dark\][^{]*\{[^}]*\}/gm) ?? [];
  if (rules.length === 0) return css;
  const auto = rules.map((r) => r.replaceAll('[data-bs-theme=dark]', ':root:not([data-bs-theme=light])'));
  return `${css}\n@media screen and (prefers-color-scheme: dark) {\n${auto.join('\n')}\n}\n`;
}

const darkByMedia = {
  name: 'dark-by-media',
  setup(b) {
    b.onLoad({ filter: /\.css$/ }, (args) => ({
      contents: followSystem(readFileSync(args.path, 'utf8').replaceAll('\r\n', '\n')),
      loader: 'css',
    }));
  },
};

for (const f of readdirSync(out)) if (f !== '.gitkeep') rmSync(join(out, f), { recursive: true });
mkdirSync(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: ['assets/app.css', 'assets/app.js', 'assets/charts.js'],
  outdir: out,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'linked',
  format: 'iife',
  charset: 'utf8',
  // The oldest browsers met in offices: Chromium 86 inside 360, 奇安信 and 麒麟 builds.
  target: ['chrome86', 'firefox91'],
  plugins: [darkByMedia],
  logLevel: 'warning',
});

const manifest = {};
for (const [file, info] of Object.entries(result.metafile.outputs)) {
  if (info.entryPoint) manifest[basename(info.entryPoint)] = basename(file);
}
for (const name of ['app.css', 'app.js', 'charts.js']) {
  if (!manifest[name]) throw new Error(`no bundle came out for ${name}`);
}

const packages = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const m = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (m) packages.add(m[1]);
}
let texts = '';
for (const name of [...packages].sort()) {
  const dir = join(modules, name);
  const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const files = readdirSync(dir, { recursive: true }).map(String).filter((f) => !f.includes('node_modules')
    && /^(licen[cs]es?|notice|copying)/i.test(f) && statSync(join(dir, f)).isFile()).sort();
  texts += `==== ${name} ${version} (${license}) ====\n\n`;
  for (const f of files) texts += readFileSync(join(dir, f), 'utf8').trimEnd() + '\n\n';
}
writeFileSync(join(out, 'licences.txt'), texts);
manifest['licences.txt'] = 'licences.txt';
writeFileSync(join(out, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');

// Budgets in gzip bytes: above these a weak office line feels it, and the build fails.
const budget = { 'app.css': 40_000, 'app.js': 25_000, 'charts.js': 230_000 };
for (const f of readdirSync(out)) {
  if (!/\.(css|js|txt)$/.test(f)) continue;
  const zipped = gzipSync(readFileSync(join(out, f)), { level: 9 });
  writeFileSync(join(out, f + '.gz'), zipped);
  const entry = Object.keys(manifest).find((k) => manifest[k] === f);
  if (entry) console.log(`${entry.padEnd(14)} ${String(zipped.length).padStart(7)} bytes gzip`);
  if (entry && budget[entry] && zipped.length > budget[entry]) {
    throw new Error(`${entry}: ${zipped.length} bytes gzip, the budget is ${budget[entry]}`);
  }
}
