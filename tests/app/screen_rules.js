// The house's own rules of size and place, asked of the page as it is drawn. Every answer is a list of what breaks them.
const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".visually-hidden, .skip, svg");
const all = (selector) => [...document.body.querySelectorAll(selector)].filter(seen);
const texts = () => all("*").filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
const named = (one) => `${one.tagName} "${(one.innerText || one.ariaLabel || one.name || "").slice(0, 40)}"`;

/** Targets that a thumb misses, and text that is not read at arm's length. A link within a sentence is as its text. */
const tooSmall = ({ target, text, tab }) => {
  const targets = all("a[href], button, input, select, textarea, summary")
    .filter((one) => !one.disabled && getComputedStyle(one).display !== "inline")
    .map((one) => [one, (["checkbox", "radio"].includes(one.type) ? (one.closest("label") ?? one) : one).getBoundingClientRect()])
    .filter(([, { width, height }]) => width && Math.min(width, height) < target - 0.5)
    .map(([one, { width, height }]) => `${named(one)} ${Math.round(width)}x${Math.round(height)}`);
  const size = (one) => parseFloat(getComputedStyle(one).fontSize);
  const small = texts().filter((one) => size(one) < (one.closest("nav") ? tab : text));
  return [...targets, ...small.map((one) => `${named(one)} ${size(one)}px`)];
};

/** What sticks out of the screen or of its box. What is in `.wide` may be pushed sideways. */
const cutOff = () => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const cut = texts().filter((one) => {
    if (one.closest(".wide, pre") || ["TEXTAREA", "OPTION", "SELECT"].includes(one.tagName)) return false;
    const { left, right, width } = one.getBoundingClientRect();
    const inner = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline";
    return width && (left < -1 || right > clientWidth + 1 || inner);
  });
  return [...(scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide in ${clientWidth}`] : []), ...cut.map(named)];
};
