/**
 * Put into each page before its own script. `probe` there says what it saw:
 * `takeSlowest()`: the longest from a touch of key or pointer, as the browser stamped it, until a frame after it was painted, ms,
 * since this was asked last; `shown(selector)`: when there is such an element and it has been painted, ms since the page was
 * opened; `framesFor(ms)`: the longest between two frames.
 *
 * Not Event Timing: without a screen, Chromium counts a touch that changes little until the next frame that it presents, which may
 * be a second later.
 */
export const PROBE = `
let slowest = 0;
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const time = async ({ timeStamp }) => {
  await painted();
  slowest = Math.max(slowest, performance.now() - timeStamp);
};
for (const kind of ['keydown', 'keyup', 'pointerdown', 'pointerup', 'click', 'input'])
  addEventListener(kind, time, { capture: true, passive: true });
globalThis.probe = {
  async takeSlowest() {
    await painted();
    await painted();
    const result = slowest;
    slowest = 0;
    return result;
  },
  async shown(selector) {
    while (document.querySelector(selector) === null) await painted();
    await painted();
    return performance.now();
  },
  async framesFor(time) {
    const end = performance.now() + time;
    let longest = 0;
    for (let last = performance.now(); last < end; ) {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
    return longest;
  },
};
globalThis.firstScreen = probe.shown('[role="table"] [aria-rowindex="3"]');
`;
