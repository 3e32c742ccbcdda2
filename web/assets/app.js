// Everything here only makes pages that already work without script quicker to use.
import htmx from 'htmx.org';

htmx.config.allowEval = false;              // the content policy forbids it anyway
htmx.config.includeIndicatorStyles = false; // no inline style
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;           // no page may rest in localStorage
htmx.config.refreshOnHistoryMiss = true;
htmx.config.scrollBehavior = 'auto';

document.documentElement.classList.add('js');

// "/" puts the cursor into the page's search box, unless somebody is typing.
document.addEventListener('keydown', (e) => {
  if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  const at = e.target;
  if (at instanceof HTMLElement && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName))) return;
  const box = document.querySelector('[data-search]') || document.getElementById('q');
  if (!box) return;
  e.preventDefault();
  box.focus();
  box.select();
});

// The search field of the head is a combobox (WAI-ARIA 1.2): arrows walk through what the
// server suggests, Enter opens it, Escape closes. Without script it is a plain field.
const find = document.getElementById('find');
const findBox = document.getElementById('find-box');
if (find && findBox) {
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': 'find-list' })) find.setAttribute(name, value);
  const options = () => [...findBox.querySelectorAll('[role=option]')];
  let at = -1;
  const mark = (i) => {
    at = i;
    options().forEach((o, n) => o.setAttribute('aria-selected', String(n === i)));
    if (i < 0) { find.removeAttribute('aria-activedescendant'); return; }
    find.setAttribute('aria-activedescendant', options()[i].id);
    options()[i].scrollIntoView({ block: 'nearest' });
  };
  const show = (open) => {
    findBox.hidden = !open;
    find.setAttribute('aria-expanded', String(open));
    mark(-1);
  };
  const go = (o) => { window.location.assign(o.dataset.url); };
  findBox.addEventListener('htmx:afterSwap', () => show(document.activeElement === find && options().length > 0));
  find.addEventListener('keydown', (e) => {
    if (e.isComposing || findBox.hidden) return;
    const n = options().length;
    if (e.key === 'ArrowDown') mark((at + 1) % n);
    else if (e.key === 'ArrowUp') mark(at <= 0 ? n - 1 : at - 1);
    else if (e.key === 'Escape') show(false);
    else if (e.key === 'Enter' && at >= 0) go(options()[at]);
    else return;
    e.preventDefault();
  });
  find.addEventListener('blur', () => show(false)); // at once, or it covers what the next keys reach
  findBox.addEventListener('mousedown', (e) => e.preventDefault()); // a click on an option leaves the focus where it is
  findBox.addEventListener('click', (e) => {
    const o = e.target instanceof Element && e.target.closest('[role=option]');
    if (o) go(o);
  });
}

// The groups of the menu are <details>: one is open at a time, Escape closes it and gives
// the focus back, a click elsewhere or a focus that goes on closes it too.
const groups = [...document.querySelectorAll('.tabs details')];
const close = (but) => groups.forEach((g) => { if (g !== but) g.open = false; });
for (const g of groups) {
  g.addEventListener('toggle', () => { if (g.open) close(g); });
  g.addEventListener('focusout', (e) => { if (e.relatedTarget && !g.contains(e.relatedTarget)) g.open = false; });
  g.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape' || !g.open) return;
    g.open = false;
    g.querySelector('summary').focus();
  });
}
document.addEventListener('click', (e) => close(groups.find((g) => e.target instanceof Node && g.contains(e.target))));
window.addEventListener('pageshow', () => close());

// A verb that cannot be taken back asks once more; a second click sends nothing twice.
document.addEventListener('submit', (e) => {
  const form = e.target;
  const asker = e.submitter && e.submitter.dataset.confirm ? e.submitter : form;
  if (asker.dataset.confirm && !window.confirm(asker.dataset.confirm)) {
    e.preventDefault();
    e.stopImmediatePropagation();
    return;
  }
  if (form.method.toLowerCase() !== 'post') return;
  if (form.dataset.sent) { e.preventDefault(); return; }
  form.dataset.sent = '1';
  setTimeout(() => { delete form.dataset.sent; }, 8000); // a slow line may need a second try
}, true);
window.addEventListener('pageshow', () => {
  for (const f of document.querySelectorAll('form[data-sent]')) delete f.dataset.sent;
});

// After a refused form the summary is what to read first.
const summary = document.querySelector('.errors');
if (summary) summary.focus();

// Print buttons, and texts that are there to be copied.
document.addEventListener('click', (e) => {
  if (!(e.target instanceof Element)) return;
  if (e.target.closest('[data-print]')) window.print();
  if (e.target.matches('[data-select]')) e.target.select(); // ready to be copied
});

// The wall screen renews itself; a person may pause it.
const wall = document.querySelector('[data-renew]');
if (wall) {
  const every = Number(wall.dataset.renew) * 1000;
  const pause = document.getElementById('pause');
  let paused = false;
  if (pause) {
    pause.hidden = false;
    pause.addEventListener('click', () => {
      paused = !paused;
      pause.textContent = paused ? '继续更新' : '暂停更新';
      pause.setAttribute('aria-pressed', String(paused));
    });
  }
  setInterval(() => { if (!paused && !document.hidden) window.location.reload(); }, every);
}
