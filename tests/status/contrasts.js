// Copyright: (c) 2026, the novafleet.compute authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Returns the lowest contrast of the texts of each kind of element, by WCAG 2: its colour against that behind it.
const WEIGHTS = [0.2126, 0.7152, 0.0722];
const numbers = (text) => text.match(/[0-9.]+/g).map(Number);
const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const light = (colour) => WEIGHTS.reduce((sum, weight, at) => sum + weight * linear(colour[at] / 255), 0);
const behind = (element) => {
  for (; element; element = element.parentElement) {
    const found = numbers(getComputedStyle(element).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found;
  }
  return [255, 255, 255];
};
const found = {};
for (const element of document.querySelectorAll("body *")) {
  const text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  if (!text || !element.getClientRects().length) continue;
  const [one, other] = [numbers(getComputedStyle(element).color), behind(element)].map(light);
  const name = `${element.tagName}.${element.className}`;
  found[name] = Math.min(found[name] ?? Infinity, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05));
}
return found;
