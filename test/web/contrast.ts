/** Runs in the page: every text that is shown, with its colour against what lies behind it. */

/** The texts that are harder to read than AA allows (4.5 to 1), with their contrast. */
export function mixOf(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
  const over = (layers: string[]) => {
    canvas.clearRect(0, 0, 1, 1)
    for (const layer of layers) {
      canvas.fillStyle = layer
      canvas.fillRect(0, 0, 1, 1)
    }
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)]
  }
  const light = (rgb: number[]) => {
    const [r, g, b] = rgb.map((part) =>
      part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
  }
  const poor = new Set<string>()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent!.trim()
    const own = node.parentElement!
    const box = own.getBoundingClientRect()
    if (text === '' || box.width === 0 || own.closest('.unseen, :disabled, noscript, script')) continue
    const layers: string[] = []
    for (let each: Element | null = own; each; each = each.parentElement)
      layers.unshift(getComputedStyle(each).backgroundColor)
    const [front, back] = [light(over([...layers, getComputedStyle(own).color])), light(over(layers))]
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05)
    if (contrast < 4.5) poor.add(`${contrast.toFixed(2)} ${own.className} ${text.slice(0, 30)}`)
  }
  return [...poor]
}
