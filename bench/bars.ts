/** Ratios as bars, for documents. */

const ROW = 26;
const LABEL_WIDTH = 540;
const BAR_WIDTH = 330;

/** A drawing in SVG, legible on light and dark grounds; the line is at 1. */
export function drawBars(title: string, bars: readonly { name: string; ratio: number }[]): string {
  const most = Math.max(1, ...bars.map(({ ratio }) => ratio));
  const scale = BAR_WIDTH / most;
  const height = ROW * (bars.length + 2);
  const rows = bars.map(({ name, ratio }, index) => {
    const y = ROW * (index + 2);
    const length = (ratio * scale).toFixed(1);
    return (
      `<text class="ink" x="${LABEL_WIDTH - 10}" y="${y}" text-anchor="end">${name.replace(/&/g, '&amp;')}</text>` +
      `<rect class="bar" x="${LABEL_WIDTH}" y="${y - 13}" width="${length}" height="16"/>` +
      `<text class="ink" x="${(LABEL_WIDTH + ratio * scale + 6).toFixed(1)}" y="${y}">${ratio.toFixed(2)}</text>`
    );
  });
  const one = (LABEL_WIDTH + scale).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABEL_WIDTH + BAR_WIDTH + 60} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>${title}</title>
<style>.ink{fill:#24292f}.bar{fill:#3b7dc4}.one{stroke:#8a939c}@media(prefers-color-scheme:dark){.ink{fill:#e6e9ec}}</style>
<text class="ink" x="10" y="20" font-weight="bold">${title}</text>
${rows.join('\n')}
<line class="one" x1="${one}" x2="${one}" y1="${ROW + 4}" y2="${height - 8}"/>
</svg>
`;
}
