import { documents } from "./dom.mjs";

export default async function (load, { dom }) {
  const { Readability } = (await load("@mozilla/readability")).default;
  const parse = await documents(load, dom);
  return (html, url) => new Readability(parse(html, url)).parse()?.content;
}
