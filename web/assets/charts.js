// Draws each <figure data-chart> from the data table inside it: the table is the one
// source, the accessible view and the view without script; the picture only repeats it.
import * as echarts from 'echarts/core';
import { BarChart, LineChart, SankeyChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent,
} from 'echarts/components';
import { LabelLayout } from 'echarts/features';
import { SVGRenderer } from 'echarts/renderers';
import langZH from 'echarts/lib/i18n/langZH.js';

echarts.use([BarChart, LineChart, SankeyChart, ScatterChart, AriaComponent, GridComponent,
  LabelLayout, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);
echarts.registerLocale('ZH', langZH);

// 'inherit' measures wrong and overlaps legends, so the fonts are named.
const FONT = '"Microsoft YaHei","PingFang SC","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif';
const LIGHT = { text: '#2b3441', quiet: '#5a6675', line: '#d5dde8', back: 'transparent',
  series: ['#1f6fc4', '#c2620a', '#2b8a57', '#8a4fbf', '#b3213a', '#56707d'] };
const DARK = { text: '#dee5ee', quiet: '#a9b6c6', line: '#3a4658', back: 'transparent',
  series: ['#6cabf0', '#eaa04f', '#66c592', '#c39be8', '#ef8196', '#a3bcc8'] };

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function palette(forPrint) {
  const chosen = document.documentElement.dataset.bsTheme;
  if (forPrint) return LIGHT;
  return chosen === 'dark' || (chosen !== 'light' && systemDark.matches) ? DARK : LIGHT;
}

// rows reads the table: head = names of the columns, body = [label, number|null, …].
function rows(table) {
  const head = [...table.tHead.rows[0].cells].filter((c) => !c.dataset.skip).map((c) => c.dataset.name || c.textContent.trim());
  const keep = [...table.tHead.rows[0].cells].map((c) => !c.dataset.skip);
  const body = [...table.tBodies[0].rows].map((r) => [...r.cells].filter((_, i) => keep[i]).map((c, i) => {
    if (i === 0 && !c.dataset.v) return c.dataset.name || c.textContent.trim();
    const v = c.dataset.v ?? c.textContent.trim();
    return v === '' || Number.isNaN(Number(v)) ? v || null : Number(v);
  }));
  return { head, body };
}

const escape = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const wrap = (s, n = 6) => String(s).replace(new RegExp(`(.{${n}})(?=.)`, 'gu'), '$1\n');

// legendRows is how many rows of a legend these names fill, at 13 px a Chinese character.
const legendRows = (names, wide) => {
  let rows = 1;
  let x = 0;
  for (const n of names) {
    const w = 45 + [...n].reduce((s, c) => s + (c.charCodeAt(0) > 255 ? 13 : 7), 0);
    if (x > 0 && x + w > wide) { rows += 1; x = 0; }
    x += w;
  }
  return rows;
};

function base(p, unit) {
  return {
    animation: false,
    backgroundColor: p.back,
    color: p.series,
    textStyle: { fontFamily: FONT, color: p.text, fontSize: 13 },
    aria: { enabled: true },
    // The default tooltip writes inline styles, which the content policy refuses.
    tooltip: {
      confine: true, backgroundColor: p === DARK ? '#223044' : '#ffffff', borderColor: p.line,
      textStyle: { color: p.text, fontFamily: FONT },
      formatter: (x) => {
        const list = Array.isArray(x) ? x : [x];
        const name = list[0].name || list[0].axisValueLabel || '';
        const lines = list.filter((d) => d.value !== null && d.value !== undefined)
          .map((d) => `${d.seriesName ? escape(d.seriesName) + '：' : ''}${escape(Array.isArray(d.value) ? d.value.join('，') : d.value)}${escape(unit)}`);
        return [escape(name), ...lines].filter(Boolean).join('<br>');
      },
    },
    legend: { top: 0, textStyle: { color: p.text, fontFamily: FONT } },
    grid: { left: 8, right: 20, top: 40, bottom: 8, containLabel: true },
  };
}

function axes(p, unit) {
  const value = { type: 'value', name: unit ? `单位：${unit}` : '', nameTextStyle: { color: p.quiet, align: 'left' },
    axisLabel: { color: p.quiet }, splitLine: { lineStyle: { color: p.line } } };
  const category = (data, cut) => ({ type: 'category', data, axisTick: { show: false },
    axisLabel: { color: p.text, interval: 0, formatter: cut ? (s) => wrap(s, cut) : undefined },
    axisLine: { lineStyle: { color: p.line } } });
  return { value, category };
}

const drawers = {
  // One group of columns per row.
  bar({ head, body }, p, unit, wide) {
    const { value, category } = axes(p, unit);
    const cut = Math.max(2, Math.floor(wide / Math.max(1, body.length) / 15));
    return { ...base(p, unit), tooltip: { ...base(p, unit).tooltip, trigger: 'axis', axisPointer: { type: 'shadow' } },
      grid: { ...base(p, unit).grid, top: 16 + 24 * legendRows(head.slice(1), wide) },
      xAxis: category(body.map((r) => r[0]), cut), yAxis: { ...value, name: '' },
      series: head.slice(1).map((name, i) => ({ type: 'bar', name, barMaxWidth: 36, data: body.map((r) => r[i + 1]),
        label: { show: body.length * (head.length - 1) <= 14, position: 'top', color: p.text, fontSize: 12 } })) };
  },
  // Lying bars: long names stay readable.
  barh({ head, body }, p, unit, wide, data, high) {
    const { value, category } = axes(p, '');
    const turned = [...body].reverse();
    return { ...base(p, unit), legend: { ...base(p, unit).legend, show: head.length > 2 },
      tooltip: { ...base(p, unit).tooltip, trigger: 'axis', axisPointer: { type: 'shadow' } },
      grid: { ...base(p, unit).grid, top: head.length > 2 ? 36 : 8, right: 56 },
      yAxis: category(turned.map((r) => r[0])), xAxis: value,
      series: head.slice(1).map((name, i) => ({ type: 'bar', name, barMaxWidth: 20, data: turned.map((r) => r[i + 1]),
        label: { show: head.length <= 3 && high / (body.length * (head.length - 1)) >= 13, position: 'right', color: p.text, fontSize: 12, formatter: (d) => (d.value === null ? '' : `${d.value}${unit}`) } })) };
  },
  // With few lines every point says its value; with more only the last one does, and
  // labels that would lie on one another move apart.
  line({ head, body }, p, unit, wide) {
    const { value, category } = axes(p, unit);
    const few = head.length <= 3 && body.length * (head.length - 1) <= 12;
    const ends = !few && wide > 420;
    return { ...base(p, unit), tooltip: { ...base(p, unit).tooltip, trigger: 'axis' },
      grid: { ...base(p, unit).grid, right: ends ? 64 : 20, top: 16 + 24 * legendRows(head.slice(1), wide) },
      xAxis: { ...category(body.map((r) => r[0])), boundaryGap: few }, yAxis: { ...value, name: '' },
      series: head.slice(1).map((name, i) => ({ type: 'line', name, symbol: ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'arrow'][i % 6], symbolSize: 9,
        lineStyle: { width: 3, type: ['solid', 'dashed', 'dotted'][i % 3] }, data: body.map((r) => r[i + 1]), connectNulls: false,
        label: { show: few, position: 'top', color: p.text, fontSize: 12 },
        endLabel: { show: ends, color: p.series[i % p.series.length], fontSize: 12, distance: 6, formatter: (d) => (d.value === null || d.value === undefined ? '' : `${d.value}`) },
        labelLayout: { moveOverlap: 'shiftY' } })) };
  },
  // Columns: name, x, y. The figures of the whole (data-mean-x, data-mean-y) cut the field
  // in four.
  quadrant({ head, body }, p, unit, wide, data) {
    const { value } = axes(p, '');
    const mean = [null, Number(data.meanX), Number(data.meanY)];
    const axis = (name, of) => ({ ...value, scale: true, min: (v) => Math.floor(Math.min(v.min, of) / 2) * 2, max: (v) => Math.ceil(Math.max(v.max, of) / 2) * 2, name, nameLocation: 'middle', nameGap: 32, nameTextStyle: { color: p.quiet, align: 'center' } });
    return { ...base(p, unit), legend: { show: false }, grid: { left: 24, right: 60, top: 20, bottom: 32, containLabel: true },
      xAxis: axis(head[1], mean[1]), yAxis: axis(head[2], mean[2]),
      series: [{ type: 'scatter', symbolSize: 13, data: body.map((r) => ({ name: r[0], value: [r[1], r[2]] })),
        label: { show: true, position: 'right', formatter: '{b}', color: p.text, fontSize: 12 }, labelLayout: { moveOverlap: 'shiftY', hideOverlap: true },
        markLine: { silent: true, symbol: 'none', lineStyle: { color: p.quiet, type: 'dashed' }, label: { color: p.quiet, formatter: (d) => `${data.meanOf || ''} ${d.value}` },
          data: [{ xAxis: mean[1] }, { yAxis: mean[2] }] } }] };
  },
  // Columns: name, kind, kilometres east, kilometres north. Both axes have one scale, so
  // that distances are true; each kind has its own mark and says its names if they are few.
  map({ body }, p, unit, wide, data, high) {
    const { value } = axes(p, '');
    const kinds = [...new Set(body.map((r) => r[1]))];
    const room = { left: 56, right: 24, top: 40, bottom: 44 };
    const [w, h] = [Math.max(60, wide - room.left - room.right), Math.max(60, high - room.top - room.bottom)];
    const span = (i) => [Math.min(0, ...body.map((r) => r[i])), Math.max(0, ...body.map((r) => r[i]))];
    const [x, y] = [span(2), span(3)];
    const scale = Math.max((x[1] - x[0]) / w, (y[1] - y[0]) / h, 0.001) * 1.12;
    const around = (s, n) => { const mid = (s[0] + s[1]) / 2; return { min: mid - (n * scale) / 2, max: mid + (n * scale) / 2 }; };
    const axis = (name, range) => ({ ...value, ...range, axisLabel: { ...value.axisLabel, showMinLabel: false, showMaxLabel: false, formatter: (n) => Math.round(n) }, name, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: p.quiet, align: 'center' } });
    const marks = { 学校: 'diamond', 企业: 'circle', 实训基地: 'rect' };
    return { ...base(p, unit), grid: room,
      tooltip: { ...base(p, unit).tooltip, formatter: (d) => `${escape(d.name)}<br>${escape(d.seriesName)}：向东 ${d.value[0]}，向北 ${d.value[1]} 公里` },
      xAxis: axis('向东（公里）', around(x, w)), yAxis: axis('向北（公里）', around(y, h)),
      series: kinds.map((kind) => { const of = body.filter((r) => r[1] === kind); return { type: 'scatter', name: kind, symbol: marks[kind] || 'circle',
        symbolSize: kind === '学校' ? 18 : 9, z: kind === '学校' ? 3 : 2, itemStyle: { opacity: kind === '学校' ? 1 : 0.75 },
        data: of.map((r) => ({ name: r[0], value: [r[2], r[3]] })),
        label: { show: kind === '学校' || of.length <= 12, position: 'right', formatter: '{b}', color: p.text, fontSize: 12, fontWeight: kind === '学校' ? 'bold' : 'normal', textBorderColor: p === DARK ? '#0a2144' : '#ffffff', textBorderWidth: 3 },
        labelLayout: { hideOverlap: true } }; }) };
  },
  // Columns: from, to, count.
  sankey({ body }, p, unit, wide, _, high) {
    const names = [...new Set(body.flatMap((r) => [`l:${r[0]}`, `r:${r[1]}`]))];
    const side = Math.max(new Set(body.map((r) => r[0])).size, new Set(body.map((r) => r[1])).size); // names need a line each
    return { ...base(p, unit), tooltip: { ...base(p, unit).tooltip,
      formatter: (d) => (d.dataType === 'edge' ? `${escape(d.data.source.slice(2))} → ${escape(d.data.target.slice(2))}：${d.value}${unit}` : `${escape(d.name.slice(2))}：${d.value}${unit}`) },
      series: [{ type: 'sankey', left: 8, right: Math.min(220, wide / 3), top: 8, bottom: 8, nodeGap: Math.max(8, Math.min(16, (high - 80) / side)), draggable: false,
        data: names.map((name) => ({ name })), links: body.map((r) => ({ source: `l:${r[0]}`, target: `r:${r[1]}`, value: r[2] })),
        label: { color: p.text, fontFamily: FONT, formatter: (d) => wrap(d.name.slice(2), 14) }, labelLayout: { hideOverlap: true }, lineStyle: { color: 'source', opacity: 0.35 } }] };
  },
};

const charts = [];
const PAPER = 660; // width of a plot on paper

// A plot changes its width with the window, with a style sheet that comes late and with
// the scroll bar; each time its picture follows.
// Not while it is printed: the paper has a width of its own, and the plots' size on the
// screen is told once more when they are drawn for it.
let printing = false;
const follow = new ResizeObserver((entries) => {
  if (printing) return;
  for (const e of entries) {
    const chart = echarts.getInstanceByDom(e.target);
    if (chart && e.contentRect.width > 0 && Math.abs(chart.getWidth() - e.contentRect.width) > 1) chart.resize();
  }
});

function draw(figure, forPrint) {
  let make = drawers[figure.dataset.chart];
  const plot = figure.querySelector('.plot');
  const table = figure.querySelector('table');
  if (!make || !plot || !table || !table.tBodies[0] || table.tBodies[0].rows.length === 0) return null;
  figure.classList.add('drawn');
  // Many standing bars on a phone or on paper would put their names on end: let them lie.
  const width = forPrint ? PAPER : plot.clientWidth;
  const many = table.tBodies[0].rows.length;
  const lie = make === drawers.bar && many > 5 && width < 60 * many;
  if (lie) make = drawers.barh;
  if (lie !== ('lie' in figure.dataset)) {
    figure.classList.toggle('tall', lie);
    if (lie) figure.dataset.lie = ''; else delete figure.dataset.lie;
  }
  const p = palette(forPrint);
  const old = echarts.getInstanceByDom(plot);
  const chart = old || echarts.init(plot, null, { renderer: 'svg', locale: 'ZH' });
  chart.setOption(make(rows(table), p, figure.dataset.unit || '', width, figure.dataset, plot.clientHeight), true);
  follow.observe(plot);
  return chart;
}

function drawAll(forPrint) {
  charts.length = 0;
  for (const figure of document.querySelectorAll('figure[data-chart]')) {
    const c = draw(figure, forPrint);
    if (c) charts.push(c);
  }
}

drawAll(false);
systemDark.addEventListener('change', () => drawAll(false));
// The size of a plot on paper, as the style sheet has it.
const paper = (chart) => ({ width: PAPER, height: chart.getDom().closest('.tall') ? 380 : 250 });
window.addEventListener('beforeprint', () => { printing = true; drawAll(true); charts.forEach((c) => { c.resize(paper(c)); c.getZr().flush(); }); }); // no frame comes before the paper
window.addEventListener('afterprint', () => { printing = false; drawAll(false); charts.forEach((c) => c.resize({ width: 'auto', height: 'auto' })); });
document.addEventListener('htmx:afterSettle', () => drawAll(false));
