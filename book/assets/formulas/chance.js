// Chance, seeded.
(() => {
  "use strict";
  // A seeded stream: sfc32 on a seed and the number of its use, so that no use disturbs another.
  const random = (seed, use = 0) => {
    let [a, b, c, d] = [seed | 0, use | 0, 0x9e3779b9 | 0, 1];
    const bits = () => {
      const t = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    };
    for (let i = 0; i < 20; i++) bits();
    const uniform = () => (bits() + 0.5) / 2 ** 32; // inside (0, 1)
    let spare = null;
    const normal = () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    };
    const below = (n) => Math.floor(n * uniform()); // 0 … n − 1
    return { uniform, normal, below };
  };

  Object.assign(window.LPULab, { random });
})();
