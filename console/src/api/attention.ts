/** How long after the last touch of key or pointer a request still counts as somebody's, ms. */
const ATTENDED = 10_000;

let lastTouch = performance.now();

for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const) {
  addEventListener(kind, () => (lastTouch = performance.now()), { passive: true, capture: true });
}

/** Whether somebody is at the screen. What a page asks by itself says that nobody is, and keeps no session alive. */
export const isAttended = (): boolean => performance.now() - lastTouch < ATTENDED;
