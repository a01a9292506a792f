import { documents } from "./dom.mjs";

export default async function (load, { dom }) {
  const { Defuddle } = await load("defuddle/node");
  const parse = await documents(load, dom);
  // It would ask services for what a page lacks.
  return async (html, url) => (await Defuddle(parse(html, url), url ?? undefined, { useAsync: false })).content;
}
