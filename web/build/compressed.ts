import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(js|css|html|json|svg)$/;

/** Puts a gzip form beside each text of the build, so that the server need not compress. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, part] of Object.entries(bundle)) {
          if (!TEXT.test(fileName)) continue;
          const text = part.type === "chunk" ? part.code : part.source;
          const source = gzipSync(text, { level: 9 });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source });
        }
      },
    },
  };
}
